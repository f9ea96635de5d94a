"""Exactly once beside carelessly: the same topic folded into the same cards, in turns; and several views at once."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from pymongo import MongoClient

from shared.kernel.ports import Document
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.meals import charges
from tests.bench.measured import best, per_million, rate, spread, told
from tests.bench.prefill import databases, fill_topic, new_topic

BATCHES = (1_000, 2_000, 5_000)
"""Sizes that the careless loops may try."""

Runs = dict[str, list[Mapping[str, Any]]]


async def run(bench: Bench) -> list[Figure]:
    events, cards = bench.sizes.events, bench.sizes.cards
    topic = await new_topic(bench.stack.kafka_bootstrap)
    bench.say(f"  filling a topic with {events:,} events of {cards:,} cards")
    await fill_topic(bench.stack.kafka_bootstrap, charges(events, cards, topic, "/gonghui/bench/1"))
    runs: Runs = defaultdict(list)
    with databases(bench.stack.mongo_url) as prefix:
        for turn in range(bench.sizes.repeat):
            await _turn(bench, runs, topic, f"{prefix}_{turn}", BATCHES[turn % len(BATCHES)])
    return [
        _figure(runs, "projector_ratio", "one", "careless_loop"),
        _figure(runs, "projector_confluent_ratio", "one", "confluent_loop"),
        _figure(runs, "five_views_cost", "five", "one", cost=True),
        _figure(runs, "tally_ratio", "tally", "one"),
    ]


async def _turn(bench: Bench, runs: Runs, topic: str, database: str, batch: int) -> None:
    events = bench.sizes.events
    given = {**bench.servers, "pids": bench.pids, "topic": topic, "events": events}
    for kept, must in (("one", "v1_card.charges"), ("five", "v1_days.meals"), ("tally", "v1_takings.meals")):
        runs[kept].append(await bench.run("exactly_once", database=f"{database}{kept}", kept=kept, **given))
        _must_add_up(bench, f"{database}{kept}", must, events)
        bench.say(f"  exactly once, {kept}: {told(runs[kept][-1])}")
    for loop in ("careless_loop", "confluent_loop"):
        found = await bench.run(loop, database=f"{database}{loop}", batch=batch, **given)
        runs[loop].append({**found, "batch": batch})
        _must_add_up(bench, f"{database}{loop}", "cards.charges", events)
        bench.say(f"  {loop.replace('_', ' ')}, batches of {batch:,}: {told(runs[loop][-1])}")


def _figure(runs: Runs, name: str, ours: str, ceiling: str, *, cost: bool = False) -> Figure:
    mine, theirs = best(runs[ours]), best(runs[ceiling])
    ratio = rate(theirs) / rate(mine) if cost else rate(mine) / rate(theirs)
    details = {
        "events": mine["events"],
        "ours_per_second": spread(runs[ours]),
        "ceiling_per_second": spread(runs[ceiling]),
        "ceiling_batch": theirs.get("batch"),
        "ours_cpu_per_million": per_million(mine),
        "ceiling_cpu_per_million": per_million(theirs),
    }
    return Figure(name, ratio, rate(mine), rate(theirs), details)


def _must_add_up(bench: Bench, database: str, counted: str, events: int) -> None:
    collection, field = counted.split(".")
    client: MongoClient[Document] = MongoClient(bench.stack.mongo_url)
    with client:
        (found,) = client[database][collection].aggregate([{"$group": {"_id": None, "n": {"$sum": f"${field}"}}}])
    if found["n"] != events:
        raise AssertionError(f"{found['n']} in {database}.{counted}, not {events}")
