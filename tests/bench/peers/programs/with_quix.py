"""Quix Streams with its MongoDB sink; `fold` in its state (RocksDB and a changelog topic), or a plain upsert."""

import gc
import json
import sys
from typing import Any
from urllib.parse import urlsplit

from quixstreams import Application, State
from quixstreams.sinks.community.mongodb import MongoDBSink


def main(given: Any) -> None:
    application = Application(
        broker_address=given["kafka"],
        consumer_group=given["group"],
        auto_offset_reset="earliest",
        state_dir=given["state"],
        consumer_extra_config={"session.timeout.ms": given["session_ms"]},
        commit_every=given["batch"],
        loglevel="WARNING",
    )
    mongo = urlsplit(given["mongo_url"])
    sink = MongoDBSink(
        host=mongo.hostname or "",
        port=mongo.port or 0,
        db=given["database"],
        collection="cards",
        replicaSet=mongo.query.removeprefix("replicaSet="),
    )
    meals = application.dataframe(application.topic(given["topic"], value_deserializer="json", key_deserializer="str"))
    if given["fold"]:
        meals = meals.apply(_fold, stateful=True)
    meals.sink(sink)
    application.run()


def _fold(meal: Any, state: State) -> Any:
    card = state.get("card") or {"charges": 0, "spent": 0, "number": 0, "disorder": 0}
    card = {
        "charges": card["charges"] + 1,
        "spent": card["spent"] + meal["amount"],
        "number": meal["number"],
        "disorder": card["disorder"] + (meal["number"] != card["number"] + 1),
    }
    state.set("card", card)
    return card


if __name__ == "__main__":
    gc.disable()
    main(json.loads(sys.argv[1]))
