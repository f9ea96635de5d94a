"""The floor of latency: produce, consume, one majority write; nothing in between, nothing promised."""

import asyncio
import secrets
import time
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from motor.motor_asyncio import AsyncIOMotorClient

from tests.bench.measured import Meter
from tests.bench.open_loop import at_rate


async def measure(
    mongo_url: str, kafka: str, pids: dict[str, int], topic: str, database: str, per_second: int, count: int
) -> Any:
    """Milliseconds of each, from the producer to the answer of the write."""
    cards: Any = AsyncIOMotorClient(mongo_url, w="majority", journal=True)[database].cards
    producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True, acks="all")
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, group_id=database, auto_offset_reset="earliest")
    await producer.start()
    await consumer.start()
    sent, taken = dict[bytes, float](), list[float]()
    body = b'{"receipt":"%s"}' % (b"r" * 320)

    async def produce(_: int) -> None:
        key = secrets.token_hex(8).encode()
        sent[key] = time.perf_counter()
        await producer.send(topic, body, key=key)

    async def consume() -> None:
        while len(taken) < count:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    await cards.replace_one({"_id": record.key.decode()}, {"value": record.value}, upsert=True)
                    taken.append((time.perf_counter() - sent[record.key]) * 1000)

    meter = Meter(pids)
    meter.start()
    async with asyncio.TaskGroup() as both:
        both.create_task(at_rate(per_second, count, produce))
        both.create_task(consume())
    measured = meter.stop(count)
    await producer.stop()
    await consumer.stop()
    return {**measured, "taken": taken}
