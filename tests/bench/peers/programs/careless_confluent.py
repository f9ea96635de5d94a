"""A loop written by hand: confluent-kafka `consume`, one unordered `bulk_write` of PyMongo, then the offsets.

No transaction, no checkpoint, no validation. At least once: what was written and not yet committed is applied again.
"""

import gc
import json
import sys
from typing import Any

from confluent_kafka import Consumer
from pymongo import MongoClient, UpdateOne


def main(given: Any) -> None:
    client: MongoClient[Any] = MongoClient(given["mongo_url"])
    cards = client[given["database"]].cards
    consumer = Consumer(
        {
            "bootstrap.servers": given["kafka"],
            "group.id": given["group"],
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "session.timeout.ms": given["session_ms"],
        }
    )
    consumer.subscribe([given["topic"]])
    while True:
        found = consumer.consume(given["batch"], timeout=0.5)
        if updates := [_update(json.loads(message.value() or b"")) for message in found if not message.error()]:
            cards.bulk_write(updates, ordered=False)
            consumer.commit(asynchronous=True)


def _update(meal: Any) -> UpdateOne:
    charged = {"$inc": {"charges": 1, "spent": meal["amount"]}, "$set": {"number": meal["number"]}}
    return UpdateOne({"_id": meal["card_id"]}, charged, upsert=True)


if __name__ == "__main__":
    gc.disable()
    main(json.loads(sys.argv[1]))
