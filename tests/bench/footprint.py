"""What the service processes hold and burn: memory after a long history, CPU while nothing happens."""

import asyncio
from collections.abc import Mapping

import psutil

from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.measured import Meter, disturbed
from tests.bench.town import Town

MIB = 2**20
SETTLING = 3.0
"""Seconds without anything to do before idleness begins."""


async def run(bench: Bench, town: Town) -> list[Figure]:
    """Of all of them; each holds its part of what the town's log brought."""
    ours = bench.service_pids
    memory = {name: psutil.Process(pid).memory_info().rss / MIB for name, pid in ours.items()}
    bench.say(f"  {max(memory.values()):.0f} MiB at most after {town.events:,} events; now idle")
    await asyncio.sleep(min(SETTLING, bench.sizes.idle))
    meter = Meter({**ours, **bench.pids})
    meter.start()
    await asyncio.sleep(bench.sizes.idle)
    quiet = meter.stop(0)
    burnt = {name: used / quiet["seconds"] * 100 for name, used in quiet["cpu"].items()}
    idle = sum(burnt[name] for name in ours)
    bench.say(f"  {idle:.1f} % of a core{disturbed(quiet)}")
    held = {"after_events": town.events, "mib": _rounded(memory), "applied_in_seconds": round(town.applied_in, 1)}
    return [
        Figure("rss_mib", max(memory.values()), max(memory.values()), details=held),
        Figure("idle_cpu_percent", idle, idle, details={"percent": _rounded(burnt), "seconds": bench.sizes.idle}),
    ]


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in values.items()}
