"""Arrivals that do not wait for answers."""

import asyncio
from collections.abc import Awaitable, Callable


async def at_rate(per_second: int, count: int, act: Callable[[int], Awaitable[None]]) -> None:
    """Begin `act(0)`, `act(1)`, ... at fixed times, whatever becomes of those before; returns when all have ended."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.TaskGroup() as all_of_them:
        for number in range(count):
            await asyncio.sleep(began + number / per_second - loop.time())
            all_of_them.create_task(_as_awaited(act(number)))


async def _as_awaited(act: Awaitable[None]) -> None:
    await act
