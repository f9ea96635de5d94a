"""What a run took: events, seconds, and the CPU seconds of every process that had a part in it."""

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import psutil

DISTURBING = 0.1


class Measured(TypedDict):
    events: int
    seconds: float
    cpu: dict[str, float]
    """CPU seconds, user and system, by process."""
    elsewhere: float
    """Share of the machine, 0 to 1, that processes without a part in it took meanwhile."""


class Meter:
    """Runs from `start` to `stop`; counts this process under the name `me`, others by those they are given."""

    def __init__(self, others: Mapping[str, int], me: str = "python") -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in {me: os.getpid(), **others}.items()}
        self._began = 0.0
        self._before: dict[str, float] = {}
        self._busy = 0.0

    def start(self) -> None:
        self._before, self._busy = self._cpu(), _busy()
        self._began = time.perf_counter()

    @property
    def started(self) -> bool:
        return bool(self._before)

    def stop(self, events: int) -> Measured:
        seconds = time.perf_counter() - self._began
        cpu = {name: after - self._before[name] for name, after in self._cpu().items()}
        elsewhere = max(0.0, _busy() - self._busy - sum(cpu.values())) / seconds / (psutil.cpu_count() or 1)
        return Measured(events=events, seconds=seconds, cpu=cpu, elsewhere=elsewhere)

    def _cpu(self) -> dict[str, float]:
        return {name: used.user + used.system for name, p in self._processes.items() for used in (p.cpu_times(),)}


def _busy() -> float:
    """CPU seconds that the whole machine has worked."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)


def rate(measured: Mapping[str, Any]) -> float:
    return float(measured["events"]) / float(measured["seconds"])


def best(runs: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return max(runs, key=rate)


def told(measured: Mapping[str, Any]) -> str:
    return f"{rate(measured):,.0f}/s{disturbed(measured)}"


def disturbed(measured: Mapping[str, Any]) -> str:
    """A warning where somebody else was at work on this machine."""
    elsewhere: float = measured["elsewhere"]
    return f" [yellow](others took {elsewhere:.0%} of the machine)[/]" if elsewhere > DISTURBING else ""


def spread(runs: Sequence[Mapping[str, Any]]) -> str:
    """Slowest to fastest, for the noise."""
    return f"{min(map(rate, runs)):,.0f}-{max(map(rate, runs)):,.0f}"


def per_million(measured: Mapping[str, Any]) -> dict[str, float]:
    """CPU seconds per million events, by process."""
    return {name: round(used / measured["events"] * 1e6, 1) for name, used in measured["cpu"].items()}


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
