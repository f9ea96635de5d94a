"""Whether the views of a service equal a rebuild from the topics and a fold of the logs that stand in the database,
and whether the topics tell what stands in its log, byte for byte.

python -m tests.faults.views SERVICE this|next MONGO_URL KAFKA_BOOTSTRAP      prints what differs, a line each
"""

import asyncio
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any

import bson

from shared.kernel import views as documents
from shared.kernel.cloudevents import record_headers
from shared.kernel.metrics import Metrics
from shared.kernel.mongo.driver import Driver, connect
from shared.kernel.mongo.relay import MongoRelay
from shared.kernel.ports import Document, Partition, Record
from shared.kernel.process import followed_topics
from shared.kernel.projector import Projector
from shared.kernel.relay import last_position, outgoing
from shared.kernel.service import Service
from shared.kernel.settings import Settings
from shared.kernel.topic_scan import everything
from shared.kernel.view_check import compare
from tests.faults.service import build
from tests.kernel.memory_views import MemoryViews, NoConsumer

PAGE = 2_000
OWNERS = ("members", "activities", "welfare")


async def differences(service: Service, settings: Settings) -> list[str]:
    found = [f"rebuild: {one.view} {one.id}: {one.what}" for one in await compare(service, settings)]
    return found + [f"log: {one}" for one in await against_the_logs(service, settings)]


async def against_the_logs(service: Service, settings: Settings) -> list[str]:
    client = connect(settings.mongo_url)
    try:
        logged = [record async for record in _logged(client, settings)]
        folded = await _folded(service, logged)
        live = await _live(service, client)
    finally:
        client.close()
    return [*_differ(live, folded), *told_otherwise(service.name, logged, await everything(settings))]


def told_otherwise(owner: str, logged: Sequence[Record], told: Iterable[Record]) -> Iterator[str]:
    """Events of this service that a topic lacks, tells otherwise or has besides."""
    mine, theirs = _by_position(owner, logged), _by_position(owner, told)
    for partition, position in sorted({*mine, *theirs}):
        logged_, told_ = mine.get((partition, position)), theirs.get((partition, position))
        if logged_ != told_:
            what = "is missing" if told_ is None else "is in no log" if logged_ is None else "is another"
            yield f"position {position} in {partition} {what}"


def _by_position(owner: str, records: Iterable[Record]) -> dict[tuple[str, int], tuple[object, ...]]:
    """Of records that came more than once, the last."""
    found: dict[tuple[str, int], tuple[object, ...]] = {}
    for record in records:
        headers = dict(record.headers)
        if (headers["ce_source"] or b"").split(b"/")[2] == owner.encode():
            where = f"{record.topic}[{record.partition}]", int(headers["ce_position"] or b"")
            found[where] = (record.key, record.value, tuple(record.headers))
    return found


async def _logged(client: Any, settings: Settings) -> AsyncIterator[Record]:
    """Every event as it stands in the database, in the order of its log."""
    offsets: dict[Partition, int] = defaultdict(int)
    for owner in OWNERS:
        relay, after = MongoRelay(Driver(client, f"gonghui_{owner}", "faults")), 0
        while commits := await relay.numbered(after, PAGE):
            for record in outgoing(commits, after, settings.partitions):
                where = (record.wire.topic, record.partition)
                wire, headers = record.wire, record_headers(record)
                yield Record(*where, offsets[where], wire.key.encode(), wire.body, headers)
                offsets[where] += 1
            after = last_position(commits[-1])


async def _folded(service: Service, records: Sequence[Record]) -> dict[tuple[str, str], Document]:
    store: Any = MemoryViews()
    views = list(service.views.values())
    projector = Projector(
        view_set=service.view_set,
        views=views,
        runner="views",
        store=store,
        consumer=NoConsumer(),
        owner="faults",
        metrics=Metrics(),
    )
    topics = followed_topics({kind for view in views for kind in view.events})
    mine = [record for record in records if record.topic in topics]
    await projector.claim({(record.topic, record.partition) for record in mine})
    for begin in range(0, len(mine), PAGE):
        await projector.batch(mine[begin : begin + PAGE])
    if store.documents.get("quarantine"):
        raise RuntimeError("the log holds what a view could not take")
    return {
        (view.name, key): document
        for view in views
        for key, document in store.documents.get(documents.collection_of(service.view_set, view), {}).items()
    }


async def _live(service: Service, client: Any) -> dict[tuple[str, str], Document]:
    db = client.get_database(f"gonghui_{service.name}")
    live: dict[tuple[str, str], Document] = {}
    for view in service.views.values():
        async for document in db[documents.collection_of(service.view_set, view)].find({}):
            live[view.name, document["_id"]] = document
    return live


def _differ(live: dict[tuple[str, str], Document], folded: dict[tuple[str, str], Document]) -> Iterator[str]:
    for name in sorted({*live, *folded}):
        mine, made = live.get(name), folded.get(name)
        if mine is None or made is None or bson.encode(mine) != bson.encode(made):
            yield f"{' '.join(name)}: {'missing' if mine is None else 'unexpected' if made is None else 'other'}"


def main() -> None:
    name, which, mongo, kafka = sys.argv[1:]
    service = build(name, next_build=which == "next")
    for line in asyncio.run(differences(service, Settings(mongo_url=mongo, kafka_bootstrap=kafka))):
        print(line)


if __name__ == "__main__":
    main()
