"""Exactly once beside carelessly: the same topic folded into the same cards, in turns."""

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
"""Sizes that the careless loop may try."""


async def run(bench: Bench) -> list[Figure]:
    events, cards = bench.sizes.events, bench.sizes.cards
    topic = await new_topic(bench.stack.kafka_bootstrap)
    bench.say(f"  filling a topic with {events:,} events of {cards:,} cards")
    await fill_topic(bench.stack.kafka_bootstrap, charges(events, cards, topic, "/gonghui/bench/1"))
    ours: list[Mapping[str, Any]] = []
    careless: list[Mapping[str, Any]] = []
    with databases(bench.stack.mongo_url) as prefix:
        for turn in range(bench.sizes.repeat):
            given = {**bench.servers, "pids": bench.pids, "topic": topic, "events": events}
            database = f"{prefix}_{turn}"
            ours.append(await bench.run("exactly_once", database=database, **given))
            _must_add_up(bench, database, "v1_card", events)
            bench.say(f"  exactly once {told(ours[-1])}")
            size = BATCHES[turn % len(BATCHES)]
            found = await bench.run("careless_loop", database=f"{database}c", batch=size, **given)
            careless.append({**found, "batch": size})
            _must_add_up(bench, f"{database}c", "cards", events)
            bench.say(f"  careless, batches of {size:,}: {told(careless[-1])}")
    ratio = rate(best(ours)) / rate(best(careless))
    details = {
        "events": events,
        "ours_per_second": spread(ours),
        "ceiling_per_second": spread(careless),
        "ceiling_batch": best(careless)["batch"],
        "ours_cpu_per_million": per_million(best(ours)),
        "ceiling_cpu_per_million": per_million(best(careless)),
    }
    return [Figure("projector_ratio", ratio, rate(best(ours)), rate(best(careless)), details)]


def _must_add_up(bench: Bench, database: str, collection: str, events: int) -> None:
    client: MongoClient[Document] = MongoClient(bench.stack.mongo_url)
    with client:
        (found,) = client[database][collection].aggregate([{"$group": {"_id": None, "n": {"$sum": "$charges"}}}])
    if found["n"] != events:
        raise AssertionError(f"{found['n']} charges in {database}.{collection}, not {events}")
