"""What the service processes hold and burn: memory after a long history, CPU while nothing happens."""

import asyncio
from collections.abc import Mapping

import psutil

from deploy.local.service_processes import SERVICES, processes_of
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.town import Town

MIB = 2**20
SETTLING = 3.0
"""Seconds without anything to do before idleness begins."""


async def run(bench: Bench, town: Town) -> list[Figure]:
    """Of all six; each holds its part of what the town's log brought."""
    ours = {process.name: bench.stack.pid(process.name) for process in processes_of(SERVICES)}
    memory = {name: psutil.Process(pid).memory_info().rss / MIB for name, pid in ours.items()}
    bench.say(f"  {max(memory.values()):.0f} MiB at most after {town.events:,} events; now idle")
    await asyncio.sleep(min(SETTLING, bench.sizes.idle))
    burnt = await _burnt({**ours, **bench.pids}, bench.sizes.idle)
    idle = sum(burnt[name] for name in ours)
    bench.say(f"  {idle:.1f} % of a core")
    held = {"after_events": town.events, "mib": _rounded(memory), "caught_up_in_seconds": round(town.caught_up_in, 1)}
    return [
        Figure("rss_mib", max(memory.values()), max(memory.values()), details=held),
        Figure("idle_cpu_percent", idle, idle, details={"percent": _rounded(burnt), "seconds": bench.sizes.idle}),
    ]


async def _burnt(pids: Mapping[str, int], seconds: float) -> dict[str, float]:
    """Per cent of a core that each process takes during so many seconds."""
    processes = {name: psutil.Process(pid) for name, pid in pids.items()}
    before = {name: _cpu(process) for name, process in processes.items()}
    await asyncio.sleep(seconds)
    return {name: (_cpu(process) - before[name]) / seconds * 100 for name, process in processes.items()}


def _cpu(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in values.items()}
