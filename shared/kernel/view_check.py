"""Whether the views that a service keeps are what its topics make of them: folded again beside, compared to the byte.

The live set may go on meanwhile: it is read as of one moment, and folded again exactly as far as it was then.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count
from typing import Any, Literal

from aiokafka import TopicPartition
from bson import CodecOptions
from bson.raw_bson import RawBSONDocument

from shared.kernel import views as documents
from shared.kernel.metrics import Metrics
from shared.kernel.mongo.driver import faults
from shared.kernel.ports import Partition, StoreFault
from shared.kernel.process import Core, followed_topics, projector_of
from shared.kernel.projector import Projector
from shared.kernel.runner import KafkaConsumer
from shared.kernel.service import Service
from shared.kernel.settings import Settings
from shared.kernel.topic_scan import reading, until
from shared.kernel.topics import partitions_of

CHECK = "check"
"""The view set that is folded for the comparison, and dropped after it."""
RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)

Digests = dict[tuple[str, str], bytes]
"""By view and document id, a digest of the document's bytes."""


@dataclass(frozen=True)
class Difference:
    view: str
    id: str
    what: Literal["missing", "unexpected", "other"]
    """`missing`: the topics make this document and the live set lacks it; `unexpected`: the other way round."""


class CannotCompare(Exception):
    """The topics could not be folded as far as the live views stand; `str()` says where it ended."""


async def compare(service: Service, settings: Settings) -> list[Difference]:
    """What differs; nothing if the live views are right. Raises CannotCompare, StoreFault, KafkaError, or
    SetServed while another process compares."""
    async with _opened(service, settings) as core:
        live, goal = await _as_of_now(core, service.view_set)
        projector = projector_of(service, core.views, core.owner, core.metrics, view_set=CHECK)
        await core.views.drop_set(CHECK)
        await projector.prepare()
        try:
            await _fold(projector, settings, goal)
            folded, _ = await _as_of_now(core, CHECK)
        finally:
            await core.views.drop_set(CHECK)
    return list(_differences(live, folded))


@asynccontextmanager
async def _opened(service: Service, settings: Settings) -> AsyncIterator[Core]:
    """With its pulse: the sessions of a process that is silent are ended by the relay's leader."""
    core = Core(service, settings, Metrics())
    await core.open()

    async def beating() -> None:
        for second in count(1):
            await asyncio.sleep(1.0)
            with suppress(StoreFault):
                await core.pulse(second)

    pulse = asyncio.create_task(beating())
    try:
        yield core
    finally:
        pulse.cancel()
        await core.driver.close()


async def _as_of_now(core: Core, view_set: str) -> tuple[Digests, dict[Partition, int]]:
    """Every document of a view set, and how far in each partition it is, as of one moment."""
    topics = followed_topics({kind for view in core.service.views.values() for kind in view.events})
    digests: Digests = {}
    with faults():
        async with await core.driver.client.start_session(snapshot=True) as session:
            found = await core.driver.db.checkpoints.find(
                {"_id": {"$regex": f"^{view_set}:"}}, session=session
            ).to_list(None)
            for view in core.service.views.values():
                name = documents.collection_of(view_set, view)
                collection: Any = core.driver.db.get_collection(name, codec_options=RAW)
                async for document in collection.find({}, session=session):
                    digests[view.name, document["_id"]] = blake2b(document.raw, digest_size=16).digest()
    offsets = {checkpoint["_id"].removeprefix(f"{view_set}:"): checkpoint["next_offset"] for checkpoint in found}
    partitions = partitions_of(topics, core.settings.partitions)
    return digests, {p: offsets.get(f"{p[0]}:{p[1]}", 0) for p in partitions}


async def _fold(projector: Projector, settings: Settings, goal: Mapping[Partition, int]) -> None:
    """Fold the topics from their beginning up to these offsets."""
    async with reading(settings, sorted({topic for topic, _ in goal})) as consumer:
        assert isinstance(projector.consumer, KafkaConsumer)
        projector.consumer.inner = consumer
        for partition, offset in (await projector.claim(goal)).items():
            consumer.seek(TopicPartition(*partition), offset)
        async for records in until(consumer, goal):
            await projector.batch(records)
    for partition, offset in goal.items():
        standing = projector.standing[partition]
        if standing.done.offset < offset:
            raise CannotCompare(f"{partition[0]}[{partition[1]}] could be folded up to {standing.done.offset} only")


def _differences(live: Digests, folded: Digests) -> Iterator[Difference]:
    for view, document_id in sorted({*live, *folded}):
        mine, made = live.get((view, document_id)), folded.get((view, document_id))
        if mine != made:
            yield Difference(
                view, document_id, "missing" if mine is None else "unexpected" if made is None else "other"
            )
