"""Children kept running: started until ready, restarted with back-off when they die, stopped in order."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from deploy.local.child import Child, Program
from deploy.local.why_it_ended import ending, why_it_failed


@dataclass(frozen=True)
class Died:
    name: str
    how: str
    next_try: float
    """Seconds until it is started again."""


@dataclass(frozen=True)
class Restarted:
    name: str
    pid: int


Report = Callable[[Died | Restarted], None]


@dataclass(frozen=True)
class Backoff:
    """Seconds between a death and the next start: `first`, doubling to `longest`; `healthy` seconds of life forgive."""

    first: float = 0.5
    longest: float = 30.0
    healthy: float = 60.0


class Supervisor:
    def __init__(self, report: Report = lambda _: None, backoff: Backoff = Backoff()) -> None:
        self.children: dict[str, Child] = {}
        """By name, in the order of their start."""
        self._report = report
        self._backoff = backoff
        self._keepers: dict[str, asyncio.Task[None]] = {}

    async def start(self, program: Program) -> None:
        """Returns when it is ready, and keeps it running from then on. Raises CannotStart; then it does not run."""
        child = self.children[program.name] = Child(program)
        try:
            await child.spawn()
            await self._until_ready(child)
        except BaseException:
            await self.stop(program.name)
            raise
        self._keepers[program.name] = asyncio.create_task(self._keep(child))

    async def _until_ready(self, child: Child) -> None:
        program = child.program
        with suppress(TimeoutError):
            async with asyncio.timeout(program.ready_within):
                while child.running:
                    if await program.ready():
                        return
                    await asyncio.sleep(0.05)
        raise why_it_failed(child)

    async def _keep(self, child: Child) -> None:
        pause = self._backoff.first
        loop = asyncio.get_running_loop()
        born = loop.time()
        while True:
            how = ending(await child.process.wait())
            while True:
                if loop.time() - born >= self._backoff.healthy:
                    pause = self._backoff.first
                self._report(Died(child.name, how, pause))
                await asyncio.sleep(pause)
                pause, born = min(2 * pause, self._backoff.longest), loop.time()
                try:
                    await child.spawn()
                    break
                except OSError as error:  # no space for its log, no memory for a process: perhaps later
                    how = f"could not be started ({error.strerror})"
            child.restarts += 1
            self._report(Restarted(child.name, child.pid))

    async def stop(self, *names: str) -> None:
        """Stop these side by side and forget them. Unknown names are none of its business."""
        known = [name for name in names if name in self.children]
        keepers = [self._keepers.pop(name) for name in known if name in self._keepers]
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        children = [self.children[name] for name in known]
        await asyncio.gather(*(child.stop() for child in children if child.running))
        for name in known:
            del self.children[name]

    def kill_all(self) -> None:
        """SIGKILL to every child, and none is restarted."""
        for keeper in self._keepers.values():
            keeper.cancel()
        for child in self.children.values():
            child.signal(signal.SIGKILL)
