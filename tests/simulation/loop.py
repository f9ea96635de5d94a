"""An event loop in imaginary time, whose tasks belong to processes that can stand still or die between any two steps.

Nothing here reads a clock, a socket or a hash: what runs, and in which order, follows from what it is asked to do. A
process is a context: whatever it starts belongs to it, and a step of one that has stopped is put aside until it wakes,
or for ever, as with a process that was killed: none of its `finally` runs.
"""

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable, Coroutine
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeVar

T = TypeVar("T")

SERVER = contextvars.Context()
"""Of what happens outside of every process: in the servers and on the network."""


class Stalled(Exception):
    """Nothing will ever happen again."""


class Steps:
    """What tells whose step it is, and keeps the steps of one that has stopped."""

    def __init__(self) -> None:
        self.stopped = False
        self.kept: list[_Step] = []
        self.context = contextvars.copy_context()
        self.context.run(OWNER.set, self)


OWNER: contextvars.ContextVar[Steps | None] = contextvars.ContextVar("OWNER", default=None)


class _Step:
    """`asyncio.Handle`, of which nobody asks more than this."""

    __slots__ = ("args", "call", "context", "dropped")

    def __init__(self, call: Callable[..., object], args: tuple[Any, ...], context: contextvars.Context) -> None:
        self.call, self.args, self.context, self.dropped = call, args, context, False

    def cancel(self) -> None:
        self.dropped = True

    def cancelled(self) -> bool:
        return self.dropped


class ImaginaryLoop(asyncio.AbstractEventLoop):
    def __init__(self) -> None:
        self._now = 0.0
        self._ready: deque[_Step] = deque()
        self._later: list[tuple[float, int, _Step]] = []
        self._number = count()
        self._closed = False
        self._ending = False
        self._tasks: list[asyncio.Task[Any]] = []
        """All there ever were: one that nobody can wake must not be collected, for that would run its `finally`."""
        self.steps = 0
        self.defects: list[str] = []
        """What callbacks raised, and what tasks raised that nobody awaited."""

    # -- what asyncio asks ----------------------------------------------------------------------------------------

    def time(self) -> float:
        return self._now

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return self._closed

    def call_soon(  # type: ignore[override]
        self, callback: Any, *args: Any, context: contextvars.Context | None = None
    ) -> Any:
        step = _Step(callback, args, contextvars.copy_context() if context is None else context)
        self._ready.append(step)
        return step

    def call_at(  # type: ignore[override]
        self, when: float, callback: Any, *args: Any, context: contextvars.Context | None = None
    ) -> Any:
        step = _Step(callback, args, contextvars.copy_context() if context is None else context)
        heappush(self._later, (when, next(self._number), step))
        return step

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Any, *args: Any, context: contextvars.Context | None = None
    ) -> Any:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(
        self, coro: Any, *, name: str | None = None, context: contextvars.Context | None = None
    ) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, name=name, context=context)
        self._tasks.append(task)
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        if not self._ending:
            self.defects.append(f"{context.get('message')}: {context.get('exception')!r}")

    # -- running --------------------------------------------------------------------------------------------------

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Until it is done. Stalled if it can never be."""
        asyncio.events._set_running_loop(self)
        try:
            task = self.create_task(main, context=SERVER)
            while not task.done():
                self._step()
            result: T = task.result()
            return result
        finally:
            asyncio.events._set_running_loop(None)

    def _step(self) -> None:
        if not self._ready:
            while True:
                if not self._later:
                    raise Stalled
                when, _, step = heappop(self._later)
                if not step.dropped:
                    break
            self._now = max(self._now, when)
            self._ready.append(step)
        step = self._ready.popleft()
        if step.dropped:
            return
        owner = step.context.get(OWNER)
        if owner is not None and owner.stopped and not self._ending:
            owner.kept.append(step)
            return
        self.steps += 1
        try:
            step.context.run(step.call, *step.args)
        except Exception as error:  # as asyncio does: one callback must not end all
            self.call_exception_handler({"message": "a callback raised", "exception": error})

    def wake(self, owner: Steps) -> None:
        """Go on with everything that was put aside."""
        owner.stopped = False
        kept, owner.kept = owner.kept, []
        self._ready.extend(kept)

    def end(self, owners: list[Steps]) -> None:
        """Unwind everything that still waits; whoever asks the outer world for anything now must be refused at once."""
        self._ending = True
        asyncio.events._set_running_loop(self)
        try:
            for owner in owners:
                self._ready.extend(owner.kept)
                owner.kept = []
            for _ in range(20):
                self._tasks = [task for task in self._tasks if not task.done()]
                if not self._tasks:
                    break
                for task in self._tasks:
                    task.cancel()
                while self._ready:
                    self._step()
        finally:
            asyncio.events._set_running_loop(None)
        self._later.clear()
        self._closed = True
        assert not self._tasks, f"tasks that cannot be unwound: {self._tasks}"
