"""The projector's ceiling, as one writes it by hand: no transaction, no checkpoint, no validation, nothing told twice.

It loses or repeats a batch whenever it is killed in the middle of one.
"""

import gc
import json
from typing import Any

from aiokafka import AIOKafkaConsumer
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import UpdateOne

from tests.bench.measured import Meter


async def measure(
    mongo_url: str, kafka: str, pids: dict[str, int], topic: str, database: str, events: int, batch: int
) -> Any:
    gc.disable()
    cards: Any = AsyncIOMotorClient(mongo_url)[database].cards
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, group_id=database, auto_offset_reset="earliest")
    await consumer.start()
    meter, done = Meter(pids), 0
    while done < events:
        found = await consumer.getmany(timeout_ms=1000, max_records=batch)
        if not found:
            continue
        if not meter.started:
            meter.start()
        updates = [_update(json.loads(record.value)) for records in found.values() for record in records]
        await cards.bulk_write(updates, ordered=False)
        done += len(updates)
    measured = meter.stop(events)
    await consumer.stop()
    return measured


def _update(meal: Any) -> UpdateOne:
    charged = {"$inc": {"charges": 1, "spent": meal["amount"]}, "$set": {"last": meal["amount"]}}
    return UpdateOne({"_id": meal["card_id"]}, charged, upsert=True)
