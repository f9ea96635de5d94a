"""Ours: the kernel's projector, fed by its runner, from the start of a topic to its end."""

import asyncio
from collections.abc import Sequence
from typing import Any

from shared.kernel.clock import ServerClock
from shared.kernel.follower import Plan
from shared.kernel.metrics import Metrics
from shared.kernel.mongo.driver import Driver, connect
from shared.kernel.mongo.views import MongoViews
from shared.kernel.ports import Record
from shared.kernel.projector import Projector
from shared.kernel.runner import KafkaConsumer, Runner
from tests.bench.beside import every_second
from tests.bench.meals import Kept, canteen
from tests.bench.measured import Meter
from tests.bench.prefill import PLAIN


class Timed(Projector):
    """From the first records handed over to the last ones committed."""

    def __init__(self, *, events: int, meter: Meter, **projector: Any) -> None:
        super().__init__(**projector)
        self._events, self._meter = events, meter
        self.measured: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def take(self, records: Sequence[Record]) -> Plan:
        if not self._meter.started:
            self._meter.start()
        return super().take(records)

    async def apply(self, plan: Plan) -> None:
        await super().apply(plan)
        if sum(standing.done.offset for standing in self.standing.values()) == self._events:
            self.measured.set_result(self._meter.stop(self._events))


async def measure(
    mongo_url: str, kafka: str, pids: dict[str, int], topic: str, database: str, events: int, kept: Kept = "one"
) -> Any:
    driver, metrics, clock, service = (
        Driver(connect(mongo_url), database, "bench"),
        Metrics(),
        ServerClock(),
        canteen("b", kept),
    )
    await driver.open()
    follower = Timed(
        events=events,
        meter=Meter(pids),
        view_set=service.view_set,
        views=list(service.views.values()),
        runner="views",
        store=MongoViews(driver),
        consumer=KafkaConsumer(),
        owner="bench",
        metrics=metrics,
    )
    await follower.prepare()
    runner = Runner(
        name="views",
        group=database,
        topics=[topic],
        bootstrap=kafka,
        security=PLAIN,
        follower=follower,
        clock=clock,
        metrics=metrics,
    )
    running = [asyncio.create_task(runner.run()), asyncio.create_task(every_second(runner))]
    measured = await follower.measured
    for task in running:
        task.cancel()
    await runner.stop()
    await driver.close()
    return measured
