"""Kafka Connect, stand-alone, with MongoDB's sink: every event is written over the one before it, by the card's id."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.local.binaries import find_java
from deploy.local.kafka import LOG4J
from tests.bench.peers.connect_jars import class_path

JVM = ("-Xms256m", "-Xmx1g")
POLLED = 2_000
"""Records of one write; of its own 500 it makes a third less."""
PLAIN = "org.apache.kafka.connect.storage.StringConverter"
BY_CARD = "com.mongodb.kafka.connect.sink.processor.id.strategy.PartialValueStrategy"


def command(given: Mapping[str, Any]) -> Sequence[str]:
    """CannotStart."""
    worker, sink = Path(given["state"]) / "worker.properties", Path(given["state"]) / "sink.properties"
    worker.write_text(
        _lines(
            {
                "bootstrap.servers": given["kafka"],
                "key.converter": PLAIN,
                "value.converter": PLAIN,
                "offset.storage.file.filename": f"{given['state']}/offsets",
                "offset.flush.interval.ms": 10_000,  # as in the example that comes with Kafka
                "listeners": "http://127.0.0.1:0",
                "plugin.discovery": "service_load",
            }
        )
    )
    sink.write_text(
        _lines(
            {
                "name": given["group"].removeprefix("connect-"),
                "connector.class": "com.mongodb.kafka.connect.MongoSinkConnector",
                "tasks.max": 1,
                "topics": given["topic"],
                "connection.uri": given["mongo_url"],
                "database": given["database"],
                "collection": "cards",
                "document.id.strategy": BY_CARD,
                "document.id.strategy.partial.value.projection.list": "card_id",
                "document.id.strategy.partial.value.projection.type": "AllowList",
                "consumer.override.auto.offset.reset": "earliest",
                "consumer.override.max.poll.records": given["batch"] or POLLED,
                "consumer.override.session.timeout.ms": given["session_ms"],
            }
        )
    )
    run = (str(find_java()), *JVM, f"-Dlog4j2.configurationFile={LOG4J}", "-cp", class_path())
    return (*run, "org.apache.kafka.connect.cli.ConnectStandalone", str(worker), str(sink))


def _lines(settings: Mapping[str, Any]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())
