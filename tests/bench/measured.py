"""What a run took: events, seconds, and the CPU seconds of every process that had a part in it."""

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import psutil


class Measured(TypedDict):
    events: int
    seconds: float
    cpu: dict[str, float]
    """CPU seconds, user and system, by process."""


class Meter:
    """Runs from `start` to `stop`; counts this process under the name `me`, others by those they are given."""

    def __init__(self, others: Mapping[str, int], me: str = "python") -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in {me: os.getpid(), **others}.items()}
        self._began = 0.0
        self._before: dict[str, float] = {}

    def start(self) -> None:
        self._before = self._cpu()
        self._began = time.perf_counter()

    @property
    def started(self) -> bool:
        return bool(self._before)

    def stop(self, events: int) -> Measured:
        seconds = time.perf_counter() - self._began
        cpu = {name: after - self._before[name] for name, after in self._cpu().items()}
        return Measured(events=events, seconds=seconds, cpu=cpu)

    def _cpu(self) -> dict[str, float]:
        return {name: used.user + used.system for name, p in self._processes.items() for used in (p.cpu_times(),)}


def rate(measured: Mapping[str, Any]) -> float:
    return float(measured["events"]) / float(measured["seconds"])


def best(runs: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return max(runs, key=rate)


def spread(runs: Sequence[Mapping[str, Any]]) -> str:
    """Slowest to fastest, for the noise."""
    return f"{min(map(rate, runs)):,.0f}-{max(map(rate, runs)):,.0f}"


def per_million(measured: Mapping[str, Any]) -> dict[str, float]:
    """CPU seconds per million events, by process."""
    return {name: round(used / measured["events"] * 1e6, 1) for name, used in measured["cpu"].items()}


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
