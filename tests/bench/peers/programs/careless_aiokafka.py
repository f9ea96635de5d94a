"""A loop written by hand: aiokafka `getmany`, one unordered `bulk_write` of Motor, then the offsets.

No transaction, no checkpoint, no validation. At least once: what was written and not yet committed is applied again.
"""

import asyncio
import gc
import json
import sys
from typing import Any

from aiokafka import AIOKafkaConsumer
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import UpdateOne


async def main(given: Any) -> None:
    cards: Any = AsyncIOMotorClient(given["mongo_url"])[given["database"]].cards
    consumer = AIOKafkaConsumer(
        given["topic"],
        bootstrap_servers=given["kafka"],
        group_id=given["group"],
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=given["session_ms"],
    )
    await consumer.start()
    while True:
        found = await consumer.getmany(timeout_ms=1000, max_records=given["batch"])
        if updates := [_update(json.loads(record.value)) for records in found.values() for record in records]:
            await cards.bulk_write(updates, ordered=False)
            await consumer.commit()


def _update(meal: Any) -> UpdateOne:
    charged = {"$inc": {"charges": 1, "spent": meal["amount"]}, "$set": {"number": meal["number"]}}
    return UpdateOne({"_id": meal["card_id"]}, charged, upsert=True)


if __name__ == "__main__":
    gc.disable()
    asyncio.run(main(json.loads(sys.argv[1])))
