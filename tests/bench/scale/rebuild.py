"""Rebuild of one view and of all views of a service: whether time is linear in the events, and memory flat."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pymongo import MongoClient

import services.members
from services.members.membership.member_card import MemberCard
from services.members.membership.membership_rate import MembershipRate
from shared.directory.entries import Membership
from shared.kernel.ports import Document
from shared.kernel.views import collection_of
from tests.bench.bench import Bench
from tests.bench.measured import disturbed, per_million, rate
from tests.bench.prefill import databases, new_topic
from tests.bench.scale.figures import Figure
from tests.bench.scale.growing_town import Town
from tests.bench.scale.sizes import Sizes
from tests.bench.worker import in_process

WITHIN = 4 * 3_600.0
"""Seconds for one of its steps."""
Looks = Sequence[Mapping[str, Any]]


async def run(bench: Bench, sizes: Sizes) -> Sequence[Figure]:
    topic = await new_topic(bench.stack.kafka_bootstrap)
    bench.say(f"  filling a topic with {sizes.events:,} events of {sizes.town.members(sizes.events):,} members")
    await fill(bench, sizes.town, topic, "/gonghui/members/bench", 1, sizes.events)
    marks = [sizes.events // 10, sizes.events // 3, sizes.events]
    with databases(bench.stack.mongo_url) as prefix:
        one = await fold(bench, topic, f"{prefix}one", marks, ["member_card"])
        bench.say(_told("one view", one))
        every = await fold(bench, topic, f"{prefix}all", marks)
        bench.say(_told(f"{len(services.members.service.views)} views", every))
        must_add_up(bench, f"{prefix}all", sizes.town, sizes.events)
        rows = row_costs(bench, f"{prefix}all")
    in_topic = _topic_bytes(bench, topic) / sizes.events
    of_members = [row for row in rows.values() if row["rows"] == sizes.town.members(sizes.events)]
    a_member = sum(row["stored"] + row["indexes"] for row in of_members)
    first, last = (every[number]["mib"]["python"] for number in (0, -1))
    return [
        _of_time("rebuild_one_exponent", one),
        _of_time("rebuild_all_exponent", every),
        Figure("rebuild_all_memory", last / first, last, first, {"mib": [look["mib"] for look in every]}),
        Figure("topic_bytes", in_topic, in_topic),
        Figure("member_bytes", a_member, a_member, details={"rows": rows}),
    ]


async def fill(
    bench: Bench, town: Town, topic: str, source: str, first: int, last: int, database: str = ""
) -> list[list[Any]]:
    """A group's events between two positions into topic and log; the tails after them."""
    given = {"topic": topic, "source": source, "first": first, "last": last, "database": database}
    tails: list[list[Any]] = await in_process(
        "scale.filling", bench.logs, WITHIN, town=asdict(town), **bench.servers, **given
    )
    return tails


async def fold(bench: Bench, topic: str, database: str, marks: Sequence[int], only: Sequence[str] = ()) -> Looks:
    given = {"topic": topic, "database": database, "marks": marks, "only": only}
    looks: Looks = await in_process("scale.rebuilding", bench.logs, WITHIN, **bench.servers, pids=bench.pids, **given)
    return looks


def must_add_up(bench: Bench, database: str, town: Town, events: int) -> None:
    """AssertionError unless every member has a card and a membership, and is counted where it is."""
    service, members = services.members.service, town.members(events)
    client: MongoClient[Document] = MongoClient(bench.stack.mongo_url)
    with client:
        for model in (MemberCard, Membership):
            rows = client[database][collection_of(service.view_set, service.view_of(model))].count_documents({})
            assert rows == members, f"{rows:,} documents of {model.__name__} for {members:,} members"
        rate_ = client[database][collection_of(service.view_set, service.view_of(MembershipRate))]
        (counted,) = rate_.aggregate([{"$group": {"_id": None, "n": {"$sum": "$active"}}}])
        assert counted["n"] == members, f"{counted['n']:,} active of {members:,} members"
        assert client[database].quarantine.find_one() is None


def row_costs(bench: Bench, database: str) -> dict[str, dict[str, float]]:
    """Bytes of a document of each large collection: as stored, of its indexes, and before compression."""
    client: MongoClient[Document] = MongoClient(bench.stack.mongo_url)
    costs = {}
    with client:
        client.admin.command("fsync")
        for name in sorted(client[database].list_collection_names()):
            stats = client[database].command("collStats", name)
            if stats["count"] >= 1_000:
                sizes = {"stored": "storageSize", "indexes": "totalIndexSize", "uncompressed": "size"}
                costs[name] = {"rows": stats["count"]} | {
                    what: round(stats[field] / stats["count"], 1) for what, field in sizes.items()
                }
    return costs


def _topic_bytes(bench: Bench, topic: str) -> int:
    return sum(file.stat().st_size for file in Path(bench.stack.state).glob(f"kafka/{topic}-*/*.log"))


def _of_time(name: str, looks: Looks) -> Figure:
    first, last = looks[0], looks[-1]
    details = {
        "looks": [
            {"events": look["events"], "seconds": round(look["seconds"], 1), "per_second": round(rate(look))}
            for look in looks
        ],
        "ours_cpu_per_million": per_million(last),
        "ceiling_cpu_per_million": per_million(first),
        "elsewhere": round(last["elsewhere"], 3),
    }
    return Figure(name, exponent(looks), last["seconds"], first["seconds"], details)


def exponent(looks: Looks) -> float:
    """k of the least squares in seconds = c · events ^ k."""
    points = [(math.log(look["events"]), math.log(look["seconds"])) for look in looks]
    x, y = (sum(column) / len(points) for column in zip(*points, strict=True))
    slope: float = sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)
    return slope


def _told(what: str, looks: Looks) -> str:
    parts = [f"{look['events']:,}: {look['seconds']:.0f} s, {look['mib']['python']:.0f} MiB" for look in looks]
    return f"  {what} from {'; from '.join(parts)}{disturbed(looks[-1])}"
