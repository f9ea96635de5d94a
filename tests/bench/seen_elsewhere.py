"""Ours: commands at a fixed rate, and for each the time from its 201 until another service's view shows it.

The view is watched by a change stream, which tells of a document when a majority holds it: what it adds counts as ours.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient

from tests.bench.connection import Connection, post
from tests.bench.measured import Meter
from tests.bench.open_loop import at_rate

PATIENCE = 30.0
"""Seconds until the last one must be visible."""


async def measure(
    mongo_url: str,
    pids: dict[str, int],
    port: int,
    database: str,
    collection: str,
    transfers: Sequence[tuple[str, str]],
    tokens: Mapping[str, str],
    per_second: int,
    connections: int,
) -> Any:
    """`transfers` as (member, to_org), each requested once: milliseconds to the 201, and from there to visible."""
    requests = [
        post(f"/members/{who}/transfer", tokens[who], b'{"to_org":"%s"}' % to_org.encode()) for who, to_org in transfers
    ]
    free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
    for _ in range(connections):
        free.put_nowait(await Connection.to(port))
    answered, answering, seen = dict[str, float](), list[float](), dict[str, float]()

    async def command(number: int) -> None:
        began, line = time.perf_counter(), await free.get()
        status = await line.send(requests[number])
        now = time.perf_counter()
        assert status == 201, status
        free.put_nowait(line)
        answered[transfers[number][0]] = now
        answering.append((now - began) * 1000)

    documents: Any = AsyncIOMotorClient(mongo_url)[database][collection]
    async with documents.watch([{"$project": {"documentKey": 1}}], max_await_time_ms=1000) as changes:
        await changes.try_next()
        meter = Meter(pids, me="load")
        meter.start()
        commanding = asyncio.create_task(at_rate(per_second, len(requests), command))
        async with asyncio.timeout(len(requests) / per_second + PATIENCE):
            while len(seen) < len(requests):
                if (change := await changes.try_next()) is not None:
                    seen.setdefault(change["documentKey"]["_id"], time.perf_counter())
        await commanding
    visible = [max(0.0, seen[who] - answered[who]) * 1000 for who in answered]
    return {**meter.stop(len(requests)), "answering": answering, "visible": visible}
