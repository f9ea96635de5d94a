"""Kafka Connect's jars and MongoDB's sink, locked as Kafka's own are:  python -m tests.bench.peers.connect_jars

Run by hand, writes `connect.lock`, by whoever raises a version; all others get exactly what the lock names.
"""

import tempfile
from pathlib import Path
from typing import Any

from jgo.maven import MavenContext

from deploy.local import kafka_jars
from deploy.local.kafka_jars import read_lock
from deploy.local.lock_jars import KAFKA, locked, resolve

LOCK = Path(__file__).with_name("connect.lock")
SINK, DRIVER = "org.mongodb.kafka:mongo-kafka-connect:2.0.1", "4.7.2"
"""The sink names a range of drivers; this is its newest."""


def class_path() -> str:
    """Fetched where missing. CannotStart."""
    jars = {jar.coordinate: jar for jar in (*read_lock(), *read_lock(LOCK))}
    return kafka_jars.class_path(lambda _so_far, _total: None, jars=jars.values())


def main() -> None:
    known = {jar.coordinate for jar in read_lock()}
    with tempfile.TemporaryDirectory() as directory:
        maven = MavenContext(repo_cache=Path(directory), local_repos=[])
        runtime = resolve(maven, f"org.apache.kafka:connect-runtime:{KAFKA.rpartition(':')[2]}")
        sink = resolve(maven, SINK)
        avro = [artifact for artifact in sink if artifact.artifactId == "avro"]
        driver = resolve(maven, f"org.mongodb:mongodb-driver-sync:{DRIVER}")
        found = {_coordinate(artifact): artifact for artifact in (*runtime, *sink[:1], *avro, *driver)}
        lines = sorted(locked(artifact) for name, artifact in found.items() if name not in known)
    LOCK.write_text("\n".join(lines) + "\n")


def _coordinate(artifact: Any) -> str:
    return f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}"


def version(artifact: str) -> str:
    """Of one of its jars, as locked."""
    names = [jar.coordinate.split(":") for jar in read_lock(LOCK)]
    return next(version for _, name, version in names if name == artifact)


if __name__ == "__main__":
    main()
