"""Ours: the kernel's projector through its runner, put together as in every service."""

import asyncio
import json
import logging
import signal
import sys

from shared.kernel.clock import ServerClock
from shared.kernel.logs import configure
from shared.kernel.metrics import Metrics
from shared.kernel.mongo.driver import Driver, connect
from shared.kernel.mongo.views import MongoViews
from shared.kernel.process import projector_of
from shared.kernel.runner import Runner
from tests.bench.beside import every_second
from tests.bench.peers.charged import canteen
from tests.bench.prefill import PLAIN


async def main(mongo_url: str, kafka: str, topic: str, database: str, group: str) -> None:
    driver, metrics, clock, service = Driver(connect(mongo_url), database, "ours"), Metrics(), ServerClock(), canteen()
    await driver.open()
    projector = projector_of(service, MongoViews(driver), "ours", metrics)
    await projector.prepare()
    runner = Runner(
        name="views",
        group=group,
        topics=[topic],
        bootstrap=kafka,
        security=PLAIN,
        follower=projector,
        clock=clock,
        metrics=metrics,
    )
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    running = [asyncio.create_task(runner.run()), asyncio.create_task(every_second(runner))]
    await ended.wait()
    for task in running:
        task.cancel()
    await runner.stop()
    await driver.close()


if __name__ == "__main__":
    configure("bench", level="WARNING")
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    given = json.loads(sys.argv[1])
    asyncio.run(main(**{name: given[name] for name in ("mongo_url", "kafka", "topic", "database", "group")}))
