"""Views folded from the beginning of a topic to its end, by the kernel's projector and runner, looked at on the way."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import psutil

import services.members
from shared.kernel.clock import ServerClock
from shared.kernel.metrics import Metrics
from shared.kernel.mongo.driver import Driver, connect
from shared.kernel.mongo.views import MongoViews
from shared.kernel.process import projector_of
from shared.kernel.runner import KafkaConsumer, Runner
from tests.bench.beside import every_second
from tests.bench.measured import Meter
from tests.bench.prefill import PLAIN

LOOK = 0.02
"""Seconds between two looks at how far it is."""
MIB = 2**20


async def measure(
    mongo_url: str,
    kafka: str,
    pids: dict[str, int],
    topic: str,
    database: str,
    marks: Sequence[int],
    only: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """What it had taken at each mark (a number of events, the last one being all): seconds, CPU, memory in MiB."""
    every = services.members.service
    service = replace(every, views={name: view for name, view in every.views.items() if not only or name in only})
    driver, metrics = Driver(connect(mongo_url), database, "bench"), Metrics()
    await driver.open()
    projector = projector_of(service, MongoViews(driver), "bench", metrics)
    await projector.prepare()
    assert isinstance(projector.consumer, KafkaConsumer)
    runner = Runner(
        name="views",
        group=f"{database}.bench",
        topics=[topic],
        bootstrap=kafka,
        security=PLAIN,
        follower=projector,
        clock=ServerClock(),
        metrics=metrics,
    )
    running = [asyncio.create_task(runner.run()), asyncio.create_task(every_second(runner))]
    found = await _watched(runner, Meter(pids), marks, pids)
    for task in running:
        task.cancel()
    await runner.stop()
    await driver.close()
    return found


async def _watched(runner: Runner, meter: Meter, marks: Sequence[int], pids: dict[str, int]) -> list[dict[str, Any]]:
    while not runner.follower.standing:
        await asyncio.sleep(LOOK)
    meter.start()
    began, found = _applied(runner), list[dict[str, Any]]()
    processes = {"python": psutil.Process(), **{name: psutil.Process(pid) for name, pid in pids.items()}}
    for mark in marks:
        while (applied := _applied(runner)) < mark:
            await asyncio.sleep(LOOK)
        memory = {name: round(process.memory_info().rss / MIB, 1) for name, process in processes.items()}
        found.append({**meter.stop(applied - began), "at": applied, "mib": memory})
    return found


def _applied(runner: Runner) -> int:
    return sum(row["next_offset"] for row in runner.report())
