"""The relay's ceiling: the very records of a numbered log, ready made, through an idempotent producer."""

from typing import Any

from aiokafka import AIOKafkaProducer

from shared.kernel.cloudevents import record_headers
from shared.kernel.mongo.driver import Driver, connect
from shared.kernel.mongo.relay import MongoRelay
from shared.kernel.relay import outgoing
from shared.kernel.topics import PARTITIONS
from tests.bench.measured import Meter


async def measure(
    mongo_url: str, kafka: str, pids: dict[str, int], topic: str, database: str, events: int, linger_ms: int
) -> Any:
    records = await _records(mongo_url, database, events)
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka, enable_idempotence=True, acks="all", linger_ms=linger_ms, max_batch_size=256 * 1024
    )
    await producer.start()
    meter = Meter(pids)
    meter.start()
    acknowledged = [await producer.send(topic, **record) for record in records]
    for one in acknowledged:
        await one
    measured = meter.stop(len(records))
    await producer.stop()
    return measured


async def _records(mongo_url: str, database: str, events: int) -> list[dict[str, Any]]:
    driver = Driver(connect(mongo_url), database, "bench")
    store, records = MongoRelay(driver), list[dict[str, Any]]()
    while len(records) < events:
        numbered = await store.numbered(len(records), 5_000)
        for one in outgoing(numbered, len(records), PARTITIONS):
            wire = {"value": one.wire.body, "key": one.wire.key.encode(), "headers": record_headers(one)}
            records.append({**wire, "partition": one.partition})
    await driver.close()
    return records
