"""The relay's ceiling: the same events from memory through an idempotent producer, which has nothing to read or keep.

An event is what an application has in its hands: a key, a body, and headers as text.
"""

from typing import Any

from aiokafka import AIOKafkaProducer

from shared.kernel.cloudevents import record_headers
from shared.kernel.mongo.driver import Driver, connect
from shared.kernel.mongo.relay import MongoRelay
from shared.kernel.ports import Outgoing
from shared.kernel.relay import outgoing
from shared.kernel.topics import PARTITIONS
from tests.bench.measured import Meter


async def measure(
    mongo_url: str, kafka: str, pids: dict[str, int], topic: str, database: str, events: int, batch_kib: int
) -> Any:
    records = await _records(mongo_url, database, events)
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka, enable_idempotence=True, acks="all", max_batch_size=batch_kib * 1024
    )
    await producer.start()
    meter = Meter(pids)
    meter.start()
    acknowledged = [
        await producer.send(topic, one.wire.body, key=one.wire.key.encode(), headers=record_headers(one))
        for one in records
    ]
    for outcome in acknowledged:
        await outcome
    measured = meter.stop(len(records))
    await producer.stop()
    return measured


async def _records(mongo_url: str, database: str, events: int) -> list[Outgoing]:
    driver = Driver(connect(mongo_url), database, "bench")
    store, records = MongoRelay(driver), list[Outgoing]()
    while len(records) < events:
        records += outgoing(await store.numbered(len(records), 5_000), len(records), PARTITIONS)
    await driver.close()
    return records
