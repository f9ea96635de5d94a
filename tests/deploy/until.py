"""Wait for something to become true, for a bounded time."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], bool | Awaitable[bool]], within: float = 10.0) -> None:
    """TimeoutError if it does not hold within so many seconds."""
    async with asyncio.timeout(within):
        while not (await held if isinstance(held := condition(), Awaitable) else held):
            await asyncio.sleep(0.02)
