"""How often the relay looks at the log: at once when it was quiet, or when there is much; else at its pace."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from shared.kernel.ports import Commit, Outgoing, Sequence_, Wire
from shared.kernel.relay import MUCH, PACE, Relay, SteppedDown


class Hours:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.passed = 0.0

    def monotonic(self) -> float:
        return self.passed

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.passed, UTC)

    def today(self) -> date:
        return self.now().date()

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds


class Store:
    """A log that shows these batches, one at a look, and numbers whatever it is told to."""

    def __init__(self, hours: Hours, batches: Sequence[int]) -> None:
        self._hours, self._batches, self._named = hours, list(batches), 0
        self.looks: list[float] = []
        self.sequence_ = Sequence_(epoch=1)

    async def pending(self, limit: int, after: Any = None) -> tuple[list[Commit], Any]:
        self.looks.append(round(self._hours.passed, 6))
        count = self._batches.pop(0) if self._batches else 0
        self._named += count
        return [commit(number) for number in range(self._named - count, self._named)], None

    async def last_numbered(self, stream: str) -> int:
        return 1

    async def plan(self, before: Sequence_, after: Sequence_) -> bool:
        return True

    async def stamp(self, commits: Sequence[Commit]) -> None: ...

    async def published(self, epoch: int, before: int, position: int) -> bool:
        return True


class Broker:
    async def send(self, records: Sequence[Outgoing]) -> None: ...


def commit(number: int) -> Commit:
    wire = Wire("gonghui.toy", str(number), b"{}", {"ce_id": str(number)})
    return Commit(f"c{number}", f"Till:{number}", 1, (wire,), "", "", "")


def relay(hours: Hours, store: Store) -> Relay:
    parts: Any = {"store": store, "broker": Broker(), "clock": hours}
    made = Relay(**parts, owner="here", topics=["gonghui.toy"], partitions=1)
    made._sequence = replace(store.sequence_, tails={})
    made._held_until = 1e9
    return made


async def looked(*batches: int, steps: int) -> list[float]:
    """Seconds at which the log was looked at."""
    hours = Hours()
    store = Store(hours, batches)
    leader = relay(hours, store)
    for _ in range(steps):
        await leader.step()
    return store.looks


async def test_the_first_commit_does_not_wait_and_those_that_follow_come_together() -> None:
    assert await looked(1, 1, 3, steps=3) == [0.0, PACE, 2 * PACE]


async def test_a_log_that_is_behind_is_looked_at_without_a_pause() -> None:
    assert await looked(MUCH, MUCH, 1, 1, steps=4) == [0.0, 0.0, 0.0, PACE]


async def test_whose_lease_ran_out_while_it_waited_numbers_nothing() -> None:
    hours = Hours()
    store = Store(hours, [1, 1])
    leader = relay(hours, store)
    leader._held_until = PACE / 2
    await leader.step()
    outcome = await asyncio.gather(leader.step(), return_exceptions=True)
    assert isinstance(outcome[0], SteppedDown)
    assert store.looks == [0.0]
