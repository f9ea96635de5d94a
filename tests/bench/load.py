"""A closed loop of commands: so many connections, each with its next command as soon as the last one is answered."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.bench.connection import Connection, post
from tests.bench.measured import Meter, percentile


async def measure(
    port: int,
    seats: Sequence[tuple[str, str]],
    tokens: Mapping[str, str],
    connections: int,
    seconds: float,
    warm_up: float,
    pids: dict[str, int],
) -> Any:
    """`seats` as (activity, member); each is asked for once, by the member itself, as long as there is time."""
    requests = iter([post(f"/activities/{where}/enrolments/{who}", tokens[who]) for where, who in seats])
    lines = [await Connection.to(port) for _ in range(connections)]
    await _load(lines, requests, warm_up)
    meter = Meter(pids, me="load")
    meter.start()
    taken, statuses = await _load(lines, requests, seconds)
    assert taken, "no command is left"
    measured = meter.stop(len(taken))
    for line in lines:
        line.close()
    return {**measured, "p50": percentile(taken, 0.5), "p99": percentile(taken, 0.99), "statuses": statuses}


async def _load(
    lines: Sequence[Connection], requests: Iterator[bytes], seconds: float
) -> tuple[list[float], dict[int, int]]:
    """Milliseconds of every answer, and how often each status came."""
    taken, statuses, until = list[float](), Counter[int](), time.perf_counter() + seconds

    async def one(line: Connection) -> None:
        while (began := time.perf_counter()) < until and (request := next(requests, None)):
            statuses[await line.send(request)] += 1
            taken.append((time.perf_counter() - began) * 1000)

    await asyncio.gather(*map(one, lines))
    return taken, dict(statuses)
