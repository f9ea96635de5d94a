"""Ours: the kernel's relay, alone in its process, from leading a log that waits to the last acknowledgement."""

import asyncio
from typing import Any

from shared.kernel.clock import ServerClock
from shared.kernel.collector import spare_the_collector
from shared.kernel.kafka import KafkaBroker
from shared.kernel.mongo.driver import Driver, connect
from shared.kernel.mongo.relay import MongoRelay
from shared.kernel.relay import Relay
from shared.kernel.topics import PARTITIONS
from tests.bench.measured import Meter
from tests.bench.prefill import PLAIN

LOOK = 0.005
"""Seconds between two looks at how far it is."""


async def measure(
    mongo_url: str, kafka: str, pids: dict[str, int], topic: str, database: str, events: int, republish: bool
) -> Any:
    driver = Driver(connect(mongo_url), database, "bench")
    store, broker = MongoRelay(driver), KafkaBroker(kafka, PLAIN, PARTITIONS)
    if republish:
        await store.request_republish(1)
        await store.republish_requested()
    relay = Relay(
        store=store,
        broker=broker,
        clock=ServerClock(),
        owner="bench",
        topics=[topic],
        partitions=PARTITIONS,
    )
    await broker.send([])  # the producer starts before the clock, as the bare one does
    running = asyncio.create_task(relay.run())
    spare_the_collector()  # as every process does that runs a relay
    meter = Meter(pids)
    while not relay.observed.leader:
        await asyncio.sleep(LOOK)
    meter.start()
    while relay.observed.published < events:
        await asyncio.sleep(LOOK)
    measured = meter.stop(events)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await broker.close()
    await driver.close()
    return measured
