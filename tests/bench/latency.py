"""From the 201 of a transfer request to its being visible in another service, beside the least that is possible."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from services.activities.service import service as activities
from shared.directory.entries import Membership
from shared.kernel.views import collection_of
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.measured import percentile
from tests.bench.member_history import home_of
from tests.bench.prefill import databases, new_topic
from tests.bench.town import Town

TURNS = 2
"""Ours and the floor, in turns; each turn lasts as long as one load of commands."""


async def run(bench: Bench, town: Town) -> list[Figure]:
    """All six service processes are at work; every one of them but the API of `members` follows what happens."""
    answering, visible, floor = list[float](), list[float](), list[float]()
    count = min(int(bench.sizes.per_second * bench.sizes.seconds), len(town.members) // TURNS)
    for turn in range(TURNS):
        found = await _ours(bench, town, range(turn * count, (turn + 1) * count))
        answering += found["answering"]
        visible += found["visible"]
        bench.say(f"  201 {_told(found['answering'])}; from there to visible {_told(found['visible'])}")
        await town.drained()
        floor += (least := await _floor(bench))
        bench.say(f"  produce, consume, write {_told(least)}")
    ours, least_of_all = percentile(visible, 0.99), percentile(floor, 0.99)
    details = {
        "per_second": bench.sizes.per_second,
        "answering_ms": _ms(answering),
        "ours_ms": _ms(visible),
        "ceiling_ms": _ms(floor),
        "p50_ratio": round(percentile(visible, 0.5) / percentile(floor, 0.5), 2),
    }
    return [Figure("latency_ratio", ours / least_of_all, ours, least_of_all, details)]


async def _ours(bench: Bench, town: Town, numbers: range) -> Any:
    return await bench.run(
        "seen_elsewhere",
        mongo_url=bench.stack.mongo_url,
        port=urlsplit(bench.stack.service_urls["members"]).port,
        database=f"gonghui_{activities.name}",
        collection=collection_of(activities.view_set, activities.view_of(Membership)),
        transfers=[(town.members[number], home_of(number + 1)) for number in numbers],
        tokens={town.members[number]: town.token(town.members[number]) for number in numbers},
        per_second=bench.sizes.per_second,
        connections=bench.sizes.connections,
    )


async def _floor(bench: Bench) -> list[float]:
    topic = await new_topic(bench.stack.kafka_bootstrap)
    with databases(bench.stack.mongo_url) as database:
        found: Any = await bench.run(
            "floor",
            **bench.servers,
            topic=topic,
            database=database,
            per_second=bench.sizes.per_second,
            seconds=bench.sizes.seconds,
        )
    return list(found)


def _told(taken: Sequence[float]) -> str:
    return f"p50 {percentile(taken, 0.5):.1f} ms, p99 {percentile(taken, 0.99):.1f} ms"


def _ms(taken: Sequence[float]) -> dict[str, float]:
    return {"p50_ms": round(percentile(taken, 0.5), 1), "p99_ms": round(percentile(taken, 0.99), 1)}
