"""A growing group goes into a topic, and into a log as well where a database is named; two processes share the work."""

import asyncio
from collections.abc import Collection
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from pymongo import MongoClient

from shared.kernel.kafka import KafkaBroker
from shared.kernel.mongo.log import to_document
from shared.kernel.ports import Commit, Document
from shared.kernel.relay import outgoing
from shared.kernel.topics import PARTITIONS
from tests.bench.prefill import PLAIN, chunks
from tests.bench.scale.growing_town import Growing, Town

CHUNK = 4_000
SHARES = (tuple(range(0, PARTITIONS, 2)), tuple(range(1, PARTITIONS, 2)))
"""Partitions that each process fills."""


async def measure(
    mongo_url: str, kafka: str, town: dict[str, int], topic: str, source: str, first: int, last: int, database: str
) -> list[list[Any]]:
    """The tails of all partitions after `last`."""
    loop, given = asyncio.get_running_loop(), (mongo_url, kafka, town, topic, source, first, last, database)
    with ProcessPoolExecutor(len(SHARES), get_context("spawn")) as pool:
        tails = await asyncio.gather(*(loop.run_in_executor(pool, _fill, share, *given) for share in SHARES))
    return tails[0]


def _fill(share: Collection[int], *given: Any) -> list[list[Any]]:
    return asyncio.run(_filled(share, *given))


async def _filled(
    share: Collection[int],
    mongo_url: str,
    kafka: str,
    town: dict[str, int],
    topic: str,
    source: str,
    first: int,
    last: int,
    database: str,
) -> list[list[Any]]:
    growing, broker = Growing(Town(**town), topic, source), KafkaBroker(kafka, PLAIN, PARTITIONS)
    client: MongoClient[Document] = MongoClient(mongo_url)
    with client:
        for chunk in chunks(growing.commits(first, last, share), CHUNK):
            sending = broker.send(outgoing(chunk, 0, PARTITIONS))
            if database:
                documents = [_numbered(commit) for commit in chunk]
                await asyncio.gather(sending, asyncio.to_thread(client[database].log.insert_many, documents))
            else:
                await sending
    await broker.close()
    return [[name, number, position] for (name, number), position in growing.tails.items()]


def _numbered(commit: Commit) -> Document:
    """As the relay has stamped it."""
    document = to_document(commit)
    del document["pending"]
    numbers = {"first_position": commit.first_position, "last_position": commit.first_position}
    return {**document, **numbers, "previous": list(commit.previous)}
