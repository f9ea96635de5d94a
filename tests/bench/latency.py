"""From the 201 of a transfer request to its being visible in another service, beside the least that is possible."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from services.activities.service import service as activities
from shared.directory.entries import Membership
from shared.kernel.views import collection_of
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.measured import disturbed, per_million, percentile
from tests.bench.member_history import home_of
from tests.bench.prefill import databases, new_topic
from tests.bench.town import Town

TURNS = 2
"""Ours and the floor, in turns; each turn lasts as long as one load of commands."""


async def run(bench: Bench, town: Town) -> list[Figure]:
    """All six service processes are at work; every one of them but the other APIs has a part in it."""
    ours, floor = list[Mapping[str, Any]](), list[Mapping[str, Any]]()
    count = min(int(bench.sizes.per_second * bench.sizes.seconds), len(town.members) // TURNS)
    for turn in range(TURNS):
        ours.append(found := await _ours(bench, town, range(turn * count, (turn + 1) * count)))
        bench.say(f"  201 {_told(found['answering'])}; then visible {_told(found['visible'])}{disturbed(found)}")
        await town.drained()
        floor.append(least := await _floor(bench, count))
        bench.say(f"  produce, consume, write {_told(least['taken'])}{disturbed(least)}")
    visible = [taken for found in ours for taken in found["visible"]]
    least_of_all = [taken for found in floor for taken in found["taken"]]
    details = {
        "per_second": bench.sizes.per_second,
        "answering_ms": _ms([taken for found in ours for taken in found["answering"]]),
        "ours_ms": _ms(visible),
        "ceiling_ms": _ms(least_of_all),
        "p50_ratio": round(percentile(visible, 0.5) / percentile(least_of_all, 0.5), 2),
        "ours_cpu_per_million": per_million(ours[-1]),
        "ceiling_cpu_per_million": per_million(floor[-1]),
    }
    p99 = [percentile(taken, 0.99) for taken in (visible, least_of_all)]
    return [Figure("latency_ratio", p99[0] / p99[1], p99[0], p99[1], details)]


async def _ours(bench: Bench, town: Town, numbers: range) -> Any:
    return await bench.run(
        "seen_elsewhere",
        mongo_url=bench.stack.mongo_url,
        pids={**bench.pids, **bench.service_pids},
        port=urlsplit(bench.stack.service_urls["members"]).port,
        database=f"gonghui_{activities.name}",
        collection=collection_of(activities.view_set, activities.view_of(Membership)),
        transfers=[(town.members[number], home_of(number + 1)) for number in numbers],
        tokens={town.members[number]: town.token(town.members[number]) for number in numbers},
        per_second=bench.sizes.per_second,
        connections=bench.sizes.connections,
    )


async def _floor(bench: Bench, count: int) -> Any:
    topic = await new_topic(bench.stack.kafka_bootstrap)
    with databases(bench.stack.mongo_url) as database:
        return await bench.run(
            "floor",
            **bench.servers,
            pids={**bench.pids, **bench.service_pids},
            topic=topic,
            database=database,
            per_second=bench.sizes.per_second,
            count=count,
        )


def _told(taken: Sequence[float]) -> str:
    return f"p50 {percentile(taken, 0.5):.1f} ms, p99 {percentile(taken, 0.99):.1f} ms"


def _ms(taken: Sequence[float]) -> dict[str, float]:
    return {"p50_ms": round(percentile(taken, 0.5), 1), "p99_ms": round(percentile(taken, 0.99), 1)}
