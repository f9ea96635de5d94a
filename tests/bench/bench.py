"""What the parts share: the servers, the sizes, a place to report to."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from rich.console import Console

from deploy.local.service_processes import SERVICES, processes_of
from deploy.local.stack import Stack
from tests.bench.worker import in_process

SERVERS = ("mongod", "kafka")
WITHIN = 900.0
"""Seconds for one measurement; only a whole group's roster needs a tenth of it."""


@dataclass(frozen=True)
class Sizes:
    events: int = 300_000
    """For the projector, and in the topic of the relay's log."""
    cards: int = 20_000
    """Keys among which they are spread."""
    commits: int = 50_000
    """Un-numbered in the relay's log."""
    repeat: int = 3
    """Runs of ours and of the ceiling, in turns; the best of each counts."""
    members: int = 20_000
    history: int = 15
    """Events of each member in the log of `members` before the services start."""
    activities: int = 200
    seconds: float = 6.0
    """Of each load of commands; twice that for the latency."""
    connections: int = 32
    per_second: int = 200
    """Commands of the open loop."""
    idle: float = 20.0
    """Seconds."""
    rows: int = 100_000
    """Members in the roster that is brought in."""

    def quick(self) -> Self:
        """Enough to see that everything works, and no figure worth a look."""
        return replace(
            self,
            events=3_000,
            cards=500,
            commits=1_500,
            repeat=1,
            members=400,
            history=3,
            activities=20,
            seconds=0.4,
            per_second=60,
            idle=0.5,
            rows=300,
        )


class Bench:
    def __init__(self, stack: Stack, sizes: Sizes, console: Console) -> None:
        self.stack, self.sizes, self._console = stack, sizes, console

    def say(self, line: str) -> None:
        self._console.print(line)

    @property
    def servers(self) -> dict[str, str]:
        return {"mongo_url": self.stack.mongo_url, "kafka": self.stack.kafka_bootstrap}

    @property
    def pids(self) -> dict[str, int]:
        """Of the embedded servers; those of somebody else are not looked at."""
        return self._running(SERVERS)

    @property
    def service_pids(self) -> dict[str, int]:
        return self._running(process.name for process in processes_of(SERVICES))

    def _running(self, names: Iterable[str]) -> dict[str, int]:
        found = {}
        for name in names:
            with suppress(KeyError):
                found[name] = self.stack.pid(name)
        return found

    @property
    def logs(self) -> Path:
        return self.stack.state / "log"

    async def run(self, module: str, **arguments: Any) -> Any:
        """A measurement in a process of its own. WorkerFailed."""
        return await in_process(module, self.logs, WITHIN, **arguments)
