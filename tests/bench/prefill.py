"""Topics and logs filled before the clock runs."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from pymongo import MongoClient

from shared.kernel.admin import create_topics
from shared.kernel.kafka import KafkaBroker
from shared.kernel.mongo.log import to_document
from shared.kernel.ports import Commit, Document, Partition
from shared.kernel.relay import assign, outgoing
from shared.kernel.topics import PARTITIONS, Topic

PLAIN = {"security_protocol": "PLAINTEXT"}
CHUNK = 5_000


async def new_topic(kafka: str) -> str:
    """A topic of its own for one part."""
    name = f"gonghui.bench{secrets.token_hex(4)}"
    await create_topics(kafka, topics=[Topic(name, "bench", "A measurement.")], partitions=PARTITIONS)
    return name


async def fill_topic(kafka: str, commits: Iterable[Commit]) -> None:
    """Number commits as the relay does and send them."""
    broker, tails, first = KafkaBroker(kafka, PLAIN, PARTITIONS), dict[Partition, int](), 1
    try:
        for chunk in chunks(commits):
            numbered, tails = assign(chunk, first, tails, PARTITIONS)
            await broker.send(outgoing(numbered, 0, PARTITIONS))
            first += len(chunk)
    finally:
        await broker.close()


def fill_log(mongo_url: str, database: str, commits: Iterable[Commit]) -> None:
    """Append commits in order, un-numbered. Its indexes must be there: a log is opened before it is filled."""
    client: MongoClient[Document] = MongoClient(mongo_url, w="majority", journal=True)
    with client:
        for chunk in chunks(commits):
            client[database].log.insert_many([to_document(commit) for commit in chunk])


def chunks(commits: Iterable[Commit], size: int = CHUNK) -> Iterator[Sequence[Commit]]:
    remaining = iter(commits)
    while chunk := list(islice(remaining, size)):
        yield chunk


@contextmanager
def databases(mongo_url: str) -> Iterator[str]:
    """A prefix of databases of one part's own, dropped at its end."""
    prefix = f"bench{secrets.token_hex(4)}"
    try:
        yield prefix
    finally:
        client: MongoClient[Document] = MongoClient(mongo_url)
        with client:
            for name in client.list_database_names():
                if name.startswith(prefix):
                    client.drop_database(name)
