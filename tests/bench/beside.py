"""What every process of a service does beside its runner."""

import asyncio

from shared.kernel.collector import collect, spare_the_collector
from shared.kernel.runner import Runner


async def every_second(runner: Runner) -> None:
    spare_the_collector()
    while True:
        await asyncio.sleep(1.0)
        collect()
        await runner.tick()
