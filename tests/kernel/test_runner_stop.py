"""A batch that fails while its runner stops or gives its partitions back: nothing behind it may be applied."""

import asyncio
from typing import Any

import pytest

from shared.kernel.clock import ServerClock
from shared.kernel.follower import Plan
from shared.kernel.metrics import Metrics
from shared.kernel.runner import KafkaConsumer, Runner


class NobodyAssigned:
    """An aiokafka consumer without partitions."""

    def assignment(self) -> set[Any]:
        return set()

    def pause(self, *partitions: Any) -> None: ...


class OneFails:
    """A follower whose first batch fails when it is told to."""

    def __init__(self) -> None:
        self.consumer = KafkaConsumer()
        self.consumer.inner = NobodyAssigned()
        self.standing: dict[Any, Any] = {}
        self.fail, self.fold = asyncio.Event(), asyncio.Event()
        self.applied: list[Any] = []

    def take(self, records: Any) -> Plan:
        return Plan(wanted=list(records))

    async def fold_ahead(self, plan: Plan) -> None:
        if plan.wanted == ["second"]:
            await self.fold.wait()

    async def apply(self, plan: Plan) -> None:
        if plan.wanted == ["first"]:
            await self.fail.wait()
            raise RuntimeError("planned")
        self.applied += plan.wanted

    async def release(self) -> None: ...

    def forget(self) -> None: ...


def runner_of(follower: Any) -> Runner:
    runner = Runner(
        name="views",
        group="g",
        topics=[],
        bootstrap="",
        security={},
        follower=follower,
        clock=ServerClock(),
        metrics=Metrics(),
    )
    runner._claimed = True
    return runner


async def test_whoever_stops_applies_nothing_behind_a_batch_that_fails_then() -> None:
    follower = OneFails()
    runner = runner_of(follower)
    await runner._handle(["first"])
    follower.fold.set()
    second = asyncio.create_task(runner._handle(["second"]))
    await asyncio.sleep(0.01)
    stopping = asyncio.create_task(runner.stop())
    await asyncio.sleep(0.01)
    follower.fail.set()
    await asyncio.gather(second, stopping)
    assert follower.applied == []


@pytest.mark.parametrize("revoked", [False, True], ids=["stop", "revoke"])
async def test_a_recovery_that_is_called_off_lets_nothing_pass_behind_what_failed(revoked: bool) -> None:
    follower = OneFails()
    runner = runner_of(follower)
    await runner._handle(["first"])
    second = asyncio.create_task(runner._handle(["second"]))
    await asyncio.sleep(0.01)
    follower.fail.set()
    await asyncio.sleep(0.01)
    leaving = asyncio.create_task(runner.on_partitions_revoked(set()) if revoked else runner.stop())
    await asyncio.sleep(0.01)
    follower.fold.set()
    await asyncio.gather(second, leaving)
    assert follower.applied == []
