"""A batch that fails while its runner is stopping: nothing behind it may be applied."""

import asyncio
from typing import Any

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
        self.fail = asyncio.Event()
        self.applied: list[Any] = []

    def take(self, records: Any) -> Plan:
        return Plan(wanted=list(records))

    async def fold_ahead(self, plan: Plan) -> None: ...

    async def apply(self, plan: Plan) -> None:
        if plan.wanted == ["first"]:
            await self.fail.wait()
            raise RuntimeError("planned")
        self.applied += plan.wanted

    async def release(self) -> None: ...


async def test_whoever_stops_applies_nothing_behind_a_batch_that_failed() -> None:
    follower: Any = OneFails()
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
    await runner._handle(["first"])
    second = asyncio.create_task(runner._handle(["second"]))
    await asyncio.sleep(0.01)
    stopping = asyncio.create_task(runner.stop())
    await asyncio.sleep(0.01)
    follower.fail.set()
    await asyncio.gather(second, stopping)
    assert follower.applied == []
