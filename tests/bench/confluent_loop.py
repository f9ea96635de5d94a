"""The careless loop on the fastest clients there are: librdkafka's consumer and PyMongo, nothing asynchronous.

As `careless_loop`, it loses or repeats a batch whenever it is killed in the middle of one.
"""

import gc
import json
from typing import Any

from confluent_kafka import Consumer
from pymongo import MongoClient, UpdateOne

from tests.bench.measured import Meter


async def measure(
    mongo_url: str, kafka: str, pids: dict[str, int], topic: str, database: str, events: int, batch: int
) -> Any:
    gc.disable()
    cards: Any = MongoClient(mongo_url)[database].cards
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": database, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    meter, done = Meter(pids), 0
    while done < events:
        found = [message for message in consumer.consume(batch, timeout=1.0) if not message.error()]
        if not found:
            continue
        if not meter.started:
            meter.start()
        cards.bulk_write([_update(json.loads(message.value() or b"")) for message in found], ordered=False)
        done += len(found)
    measured = meter.stop(events)
    consumer.close()
    return measured


def _update(meal: Any) -> UpdateOne:
    charged = {"$inc": {"charges": 1, "spent": meal["amount"]}, "$set": {"last": meal["amount"]}}
    return UpdateOne({"_id": meal["card_id"]}, charged, upsert=True)
