"""What lies between a process and its servers: time passes, requests and answers get lost or come late, and at any
request the process may die or fall asleep."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from shared.kernel.ports import StoreFault, Unknown
from tests.simulation.database import Database, Locked
from tests.simulation.loop import SERVER, ImaginaryLoop, Steps

T = TypeVar("T")

PATIENCE = 5.0
"""Seconds for which a request waits for locked documents."""


@dataclass
class Weather:
    """How bad it is. Every seed has its own, with some kinds of trouble not at all, so that the others get room."""

    trouble: float = 0.0
    """How likely a request to the database, or its answer, is lost or late."""
    conflict: float = 0.0
    """How likely a transaction is ended by the server for no reason of ours."""
    broker: float = 0.0
    """How likely a partition's batch is lost, comes twice or comes late."""
    offsets: float = 0.0
    """How likely an offset that is told to the broker gets lost, or comes late."""
    lag: float = 0.0
    """Seconds, at the most, by which a majority trails."""
    drag: float = 0.0
    """Seconds, at the most, that a transaction stays open before its commit arrives."""
    slow: float = 0.05
    """How likely a message takes long."""


class Network:
    def __init__(self, loop: ImaginaryLoop, chance: random.Random, note: Callable[..., None]) -> None:
        self.loop, self.chance, self.note = loop, chance, note
        self.weather = Weather()
        self.peril: Callable[[Any, str], str | None] = lambda process, what: None
        """Asked at every request that matters: what befalls the process now."""
        self.strike: Callable[[Any], None] = lambda process: None
        """Let it happen."""
        self.ended = False

    async def struck(self, process: Steps) -> None:
        """What befalls the process now; it goes on from here once it wakes, if it does."""
        self.strike(process)
        awake = self.loop.create_future()
        self.later(0.0, settle, awake)
        await awake

    def takes(self) -> float:
        """Seconds that a message is on its way."""
        drawn = self.chance.random()
        if drawn >= self.weather.slow:
            return 0.0005 + 0.006 * self.chance.random()
        return 0.5 * self.chance.random() ** 2

    def later(self, seconds: float, call: Callable[..., object], *args: Any) -> None:
        """Outside of all processes."""
        self.loop.call_later(seconds, call, *args, context=SERVER)

    def happens(self, likely: float) -> bool:
        return likely > 0 and self.chance.random() < likely

    def fate(self, likely: float) -> str:
        """What becomes of one request."""
        if not self.happens(likely):
            return ""
        return self.chance.choice(("refused", "unanswered", "unanswered", "late"))


def settle(future: "asyncio.Future[Any]", result: Any = None) -> None:
    """Tell who waits, if somebody still does."""
    if not future.done():
        future.set_result(result)


class Line:
    """A process's connection to one database."""

    def __init__(self, network: Network, process: Steps, database: Database) -> None:
        self.network, self.process, self.database = network, process, database
        self.seen = 0
        """Reads that ask for it are not older than what this process was told last."""

    async def ask(
        self,
        name: str,
        do: Callable[[], T],
        *,
        write: bool = False,
        causal: bool = False,
        matters: bool = True,
        late: bool = True,
        takes: float | None = None,
        detail: str = "",
    ) -> T:
        """One request. Unknown: no answer came, and it may or may not be carried out, even later."""
        network, database = self.network, self.database
        if network.ended:
            raise Unknown("the simulation is over")
        struck = network.peril(self.process, name) if matters else None
        if struck == "before":
            await network.struck(self.process)
        fate = network.fate(network.weather.trouble) if matters else ""
        if fate == "late" and not late:
            fate = "refused"
        answer: asyncio.Future[T] = network.loop.create_future()
        until = network.loop.time() + PATIENCE

        def tell(result: Any, fault: StoreFault | None, moment: int) -> None:
            if fate != "unanswered":
                network.later(network.takes(), deliver, result, fault, moment)

        def deliver(result: Any, fault: StoreFault | None, moment: int) -> None:
            if answer.done():
                return
            if isinstance(fault, Unknown):
                moment = 0
            self.seen = max(self.seen, moment)
            if fault is None:
                answer.set_result(result)
            else:
                answer.set_exception(fault)

        def arrive() -> None:
            if network.ended:
                return
            if causal and database.majority < needed:
                database.when_majority(needed, lambda _: arrive())
                return
            try:
                result = do()
            except Locked:
                if network.loop.time() < until:
                    database.blocked.append(arrive)
                    network.later(until - network.loop.time(), database.unblock)
                else:
                    tell(None, Unknown("it took too long"), 0)
                return
            except StoreFault as fault:
                network.note(self.process, f"{name} {detail}: {type(fault).__name__} {fault}")
                tell(None, fault, database.written)
                return
            network.note(self.process, f"{name} {detail}: {result}")
            if write:
                moment = database.written
                database.when_majority(moment, lambda fault: tell(result, fault, moment))
            else:
                tell(result, None, 0)
            if struck == "there":
                network.strike(self.process)

        needed = self.seen
        delay = network.takes() if takes is None else takes
        if fate:
            network.note(self.process, f"{name} {detail} is {fate}")
            unheard = delay + network.takes() + 0.3 * network.chance.random()
            network.later(unheard, deliver, None, Unknown("no answer"), 0)
            if fate == "late":
                delay = unheard + 3.0 * network.chance.random() ** 2
        if fate != "refused":
            network.later(delay, arrive)
        if struck == "after":
            network.strike(self.process)
        return await answer
