"""The relay from a log that waits, un-numbered and numbered, beside a producer that has nothing to read."""

from collections.abc import Mapping
from typing import Any

from shared.kernel.mongo.driver import Driver, connect
from shared.kernel.mongo.log import MongoLog
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.meals import charges
from tests.bench.measured import best, per_million, rate, spread, told
from tests.bench.prefill import databases, fill_log, new_topic

BATCHES = (16, 64, 256)
"""KiB of a request that the bare producer may try; 16 is its own default."""
Runs = dict[str, list[Mapping[str, Any]]]


async def run(bench: Bench) -> list[Figure]:
    runs: Runs = {"relay_ratio": [], "relay_numbered_ratio": [], "bare": []}
    with databases(bench.stack.mongo_url) as prefix:
        for turn in range(bench.sizes.repeat):
            await _turn(bench, f"{prefix}_{turn}", BATCHES[turn % len(BATCHES)], runs)
    return [_figure(bench, name, runs) for name in ("relay_ratio", "relay_numbered_ratio")]


async def _turn(bench: Bench, database: str, batch_kib: int, runs: Runs) -> None:
    events, topic = bench.sizes.commits, await new_topic(bench.stack.kafka_bootstrap)
    driver = Driver(connect(bench.stack.mongo_url), database, "bench")
    await MongoLog(driver).prepare()
    await driver.close()
    bench.say(f"  filling a log with {events:,} commits")
    fill_log(bench.stack.mongo_url, database, charges(events, bench.sizes.cards, topic, "/gonghui/bench/1"))
    given = {**bench.servers, "pids": bench.pids, "topic": topic, "database": database, "events": events}
    runs["relay_ratio"].append(await bench.run("relaying", republish=False, **given))
    bench.say(f"  numbered and published {told(runs['relay_ratio'][-1])}")
    runs["relay_numbered_ratio"].append(await bench.run("relaying", republish=True, **given))
    bench.say(f"  published {told(runs['relay_numbered_ratio'][-1])}")
    runs["bare"].append(await bench.run("bare_producer", batch_kib=batch_kib, **given))
    bench.say(f"  bare producer, batches of {batch_kib} KiB: {told(runs['bare'][-1])}")


def _figure(bench: Bench, name: str, runs: Runs) -> Figure:
    ours, bare = best(runs[name]), best(runs["bare"])
    details = {
        "events": bench.sizes.commits,
        "ours_per_second": spread(runs[name]),
        "ceiling_per_second": spread(runs["bare"]),
        "ours_cpu_per_million": per_million(ours),
        "ceiling_cpu_per_million": per_million(bare),
    }
    return Figure(name, rate(ours) / rate(bare), rate(ours), rate(bare), details)
