"""Many who ask for one document each, at the same moment, are answered by one question to the server."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

A = TypeVar("A")
"""An answer."""


class Together(Generic[A]):
    """Whoever asks while nothing has been sent yet joins in, so an answer is never older than the asking for it."""

    def __init__(self, ask: Callable[[list[str]], Awaitable[Mapping[str, A]]]) -> None:
        self._ask = ask
        self._waiting: dict[str, asyncio.Future[A | None]] = {}
        self._asking: set[asyncio.Task[None]] = set()

    async def of(self, name: str) -> A | None:
        """What is there under a name. Raises whatever the one question raised."""
        if not self._waiting:
            task = asyncio.create_task(self._answer())
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
        if name not in self._waiting:
            self._waiting[name] = asyncio.get_running_loop().create_future()
        return await asyncio.shield(self._waiting[name])

    async def _answer(self) -> None:
        await asyncio.sleep(0)  # those who are ready to ask now do so first
        waiting, self._waiting = self._waiting, {}
        try:
            found = await self._ask(list(waiting))
        except BaseException as error:
            for one in waiting.values():
                one.set_exception(error)
                one.exception()  # it is no news where nobody waits any more
            if not isinstance(error, Exception):
                raise
            return
        for name, one in waiting.items():
            one.set_result(found.get(name))
