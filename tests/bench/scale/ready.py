"""How long a process takes from its start until it is ready."""

import time
from collections.abc import Mapping, Sequence

from tests.bench.bench import Bench
from tests.bench.measured import percentile
from tests.bench.scale.figures import Figure

PROCESSES = {"start_api": "members-api", "start_runners": "members-runners"}
Seconds = Mapping[str, Sequence[float]]


async def until_ready(bench: Bench, times: int) -> Seconds:
    """Of each process of `members`, stopped and started again so often."""
    seconds: dict[str, list[float]] = {name: [] for name in PROCESSES}
    for _ in range(times):
        for name, process in PROCESSES.items():
            await bench.stack.stop(process)
            began = time.perf_counter()
            await bench.stack.start_again(process)
            seconds[name].append(time.perf_counter() - began)
    return seconds


def figures(long: Seconds, empty: Seconds, events: int) -> Sequence[Figure]:
    found = []
    for name in PROCESSES:
        ours, theirs = percentile(long[name], 0.5), percentile(empty[name], 0.5)
        told = {"events": events, "long": _rounded(long[name]), "empty": _rounded(empty[name])}
        found.append(Figure(name, ours / theirs, ours, theirs, told))
    return found


def _rounded(seconds: Sequence[float]) -> list[float]:
    return [round(one, 2) for one in seconds]
