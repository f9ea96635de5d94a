"""One Apache Kafka in KRaft mode, broker and controller in one process."""

import base64
import shutil
import uuid
from pathlib import Path

from deploy.local.binaries import find_java
from deploy.local.child import Program
from deploy.local.listening import listens
from deploy.local.run_to_end import run_to_end
from shared.kernel.admin import ping_kafka

JVM = ("-Xms96m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""Small and quick to start: the first compiler alone saves a third of the CPU of a start and 30 MB, and costs a broker
of this size nothing measurable afterwards (0.6 s of CPU for 150,000 records with either)."""
LOG4J = Path(__file__).with_name("kafka-log4j2.properties")
FORMATTED = "meta.properties"


def kafka_bootstrap(port: int) -> str:
    return f"127.0.0.1:{port}"


def configuration(data: Path, port: int, controller_port: int) -> str:
    broker, controller = f"PLAINTEXT://127.0.0.1:{port}", f"CONTROLLER://127.0.0.1:{controller_port}"
    lines = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"{broker},{controller}",
        "advertised.listeners": f"{broker},{controller}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": data,
        # Topics are what shared/kernel/topics.py says, and nothing is ever thrown away.
        "auto.create.topics.enable": "false",
        "log.retention.ms": -1,
        # There is one of everything.
        "default.replication.factor": 1,
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 3,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "share.coordinator.state.topic.num.partitions": 1,
        # A newcomer waits for no one; a consumer that died may be given up sooner than in production.
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1000,
        # How long a broker that was killed is refused as a duplicate of itself when it comes back.
        "broker.session.timeout.ms": 1500,
        "broker.heartbeat.interval.ms": 300,
        # Two cores and little memory: 128 MiB of the cleaner's buffer alone would be for offsets of a few groups.
        "log.cleaner.dedupe.buffer.size": 2 * 1024 * 1024,
        "log.cleaner.io.buffer.size": 64 * 1024,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "background.threads": 2,
        "group.coordinator.threads": 1,
    }
    return "".join(f"{key}={value}\n" for key, value in lines.items())


async def kafka(state: Path, port: int, controller_port: int, class_path: str) -> Program:
    """Formats its storage the first time. Raises CannotStart."""
    java, data, properties = str(find_java()), state / "kafka", state / "kafka.properties"
    properties.write_text(configuration(data, port, controller_port))
    run = (java, *JVM, f"-Dlog4j2.configurationFile={LOG4J}", "-cp", class_path)
    log = state / "log" / "kafka.log"
    if not (data / FORMATTED).exists():
        await format_storage(run, data, properties, log)

    async def ready() -> bool:
        return await listens(port) and await ping_kafka(kafka_bootstrap(port))

    return Program(
        name="kafka",
        command=(*run, "kafka.Kafka", str(properties)),
        log=log,
        ready=ready,
        port=port,
        stop_within=10.0,
    )


async def format_storage(run: tuple[str, ...], data: Path, properties: Path, log: Path) -> None:
    shutil.rmtree(data, ignore_errors=True)  # of a format that was interrupted
    tool = ("kafka.tools.StorageTool", "format", "-t", new_cluster_id(), "-c", str(properties), "--standalone")
    await run_to_end("kafka-format", (*run, *tool), log)


def new_cluster_id() -> str:
    """A random id as Kafka writes it; never with a dash in front, which the tool would take for an option."""
    while (made := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        continue
    return made
