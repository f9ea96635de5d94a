"""faust-streaming: an agent that takes a batch of events and writes it with one unordered `bulk_write`."""

import gc
import json
import sys
from typing import Any

import faust
from pymongo import AsyncMongoClient, UpdateOne

given = json.loads(sys.argv[1])
app = faust.App(
    given["group"],
    broker=f"kafka://{given['kafka']}",
    datadir=given["state"],
    store="memory://",
    web_enabled=False,
    topic_partitions=6,
    topic_disable_leader=True,
    consumer_auto_offset_reset="earliest",
    broker_session_timeout=given["session_ms"] / 1000,
    broker_heartbeat_interval=1.0,
    stream_buffer_maxsize=4 * given["batch"],
)
topic = app.topic(given["topic"], value_type=bytes, value_serializer="raw", key_serializer="raw", internal=False)


@app.agent(topic)  # type: ignore[untyped-decorator]
async def charge(stream: Any) -> None:
    client: AsyncMongoClient[Any] = AsyncMongoClient(given["mongo_url"])
    cards = client[given["database"]].cards
    async for bodies in stream.take(given["batch"], within=0.5):
        await cards.bulk_write([_update(json.loads(body)) for body in bodies], ordered=False)


def _update(meal: Any) -> UpdateOne:
    charged = {"$inc": {"charges": 1, "spent": meal["amount"]}, "$set": {"number": meal["number"]}}
    return UpdateOne({"_id": meal["card_id"]}, charged, upsert=True)


if __name__ == "__main__":
    gc.disable()
    faust.Worker(app, loglevel="WARNING").execute_from_commandline()
