"""FastStream as its documentation shows it: one handler, one `update_one`, and the offset after each event."""

import asyncio
import json
import sys
from typing import Any

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker
from motor.motor_asyncio import AsyncIOMotorClient
from pydantic import BaseModel

given = json.loads(sys.argv[1])
broker = KafkaBroker(given["kafka"], logger=None)
cards: Any = AsyncIOMotorClient(given["mongo_url"])[given["database"]].cards


class Meal(BaseModel):
    card_id: str
    number: int
    amount: int


@broker.subscriber(  # type: ignore[untyped-decorator]
    given["topic"],
    group_id=given["group"],
    auto_offset_reset="earliest",
    ack_policy=AckPolicy.ACK,
    session_timeout_ms=given["session_ms"],
)
async def charge(meal: Meal) -> None:
    charged = {"$inc": {"charges": 1, "spent": meal.amount}, "$set": {"number": meal.number}}
    await cards.update_one({"_id": meal.card_id}, charged, upsert=True)


if __name__ == "__main__":
    asyncio.run(FastStream(broker).run())
