"""The stack from Python, with real MongoDB and Kafka."""

import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from motor.motor_asyncio import AsyncIOMotorClient

from deploy.local.cannot_start import CannotStart, ServerUnreachable
from deploy.local.own_servers import OwnServers
from deploy.local.ports import is_free
from deploy.local.service_processes import ServiceProcess, answers
from deploy.local.stack import Stack
from deploy.local.supervisor import Died, Restarted
from shared.kernel.admin import Refused, begin_business_on, create_topics, ping_kafka, ping_mongo
from shared.kernel.clock import ServerClock
from shared.kernel.topics import TOPICS, Topic, partition_count
from tests.deploy.until import until

pytestmark = pytest.mark.stack
DUMMY = Path(__file__).with_name("dummy_service.py")


def dummy(_: ServiceProcess, port: int) -> Sequence[str]:
    return (sys.executable, str(DUMMY), str(port))


@pytest.fixture
def state() -> Iterator[Path]:
    with TemporaryDirectory(prefix="gonghui-") as folder:
        yield Path(folder)


async def partitions(bootstrap: str) -> dict[str, int]:
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return {found["topic"]: len(found["partitions"]) for found in await admin.describe_topics()}
    finally:
        await admin.close()


async def business_date(url: str) -> date:
    """As a process of a service would have it."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(url)
    try:
        found = await client.gonghui_platform.clock.find_one({"_id": "business"})
    finally:
        client.close()
    assert found is not None
    clock = ServerClock()
    clock.business_days = found["days"]
    return clock.today()


async def written(url: str) -> list[dict[str, Any]]:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(url)
    try:
        return await client.trial.kept.find().to_list(None)
    finally:
        client.close()


async def write(url: str, document: dict[str, Any]) -> None:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(url, w="majority", journal=True)
    try:
        await client.trial.kept.insert_one(document)
    finally:
        client.close()


async def test_every_topic_has_its_partitions_and_is_kept_for_ever(infra: Stack) -> None:
    found = await partitions(infra.kafka_bootstrap)
    assert {topic.name: partition_count(topic.name) for topic in TOPICS}.items() <= found.items()


async def test_topics_and_documents_survive_even_where_all_ports_are_taken_by_others(state: Path) -> None:
    async with Stack(state, services=(), begins_on=date(2026, 9, 21)) as stack:
        first = stack.addresses()
        await create_topics(stack.kafka_bootstrap, topics=[Topic("kept", "nobody", "")], partitions=2)
        await write(stack.mongo_url, {"_id": 1})
    async with Stack(state, services=(), begins_on=date(2026, 1, 1)) as stack:
        assert await business_date(stack.mongo_url) == date(2026, 9, 21)
        assert (stack.mongo_url, stack.kafka_bootstrap) == (first["mongo"], first["kafka"])
        assert (await partitions(stack.kafka_bootstrap))["kept"] == 2
        await write(stack.mongo_url, {"_id": 2})
    (state / "ports.json").unlink()
    async with Stack(state, services=()) as stack:
        assert stack.mongo_url != first["mongo"]
        assert (await partitions(stack.kafka_bootstrap))["kept"] == 2
        assert await written(stack.mongo_url) == [{"_id": 1}, {"_id": 2}]


async def test_the_business_date_of_databases_in_use_does_not_go_back(infra: Stack) -> None:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(infra.mongo_url)
    await client.gonghui_in_use.log.insert_one({})
    with pytest.raises(Refused):
        await begin_business_on(infra.mongo_url, date(2026, 9, 21))
    client.close()


async def test_database_and_broker_come_back_after_sigkill(state: Path) -> None:
    reports: list[Died | Restarted] = []
    async with Stack(state, services=(), report=reports.append) as stack:
        await write(stack.mongo_url, {"_id": 1})
        for name in ("mongod", "kafka"):
            before = stack.pid(name)
            await stack.kill(name)
            await stack.until_ready(name)
            assert stack.pid(name) != before
        assert await ping_kafka(stack.kafka_bootstrap)
        assert await written(stack.mongo_url) == [{"_id": 1}]
        assert [type(report) for report in reports] == [Died, Restarted] * 2
        assert {process["name"]: process["restarts"] for process in stack.addresses()["processes"]} == {
            "mongod": 1,
            "kafka": 1,
        }


async def test_nothing_needs_to_be_installed(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    async with Stack(state, services=()) as stack:
        programs = [psutil.Process(stack.pid(name)).exe() for name in ("mongod", "kafka")]
    assert all(program.startswith(sys.prefix) for program in programs)


async def test_one_process_can_be_paused_resumed_stopped_and_started(state: Path, infra: Stack) -> None:
    own = OwnServers(infra.mongo_url, infra.kafka_bootstrap)
    async with Stack(state, services=("members",), command=dummy, own=own) as stack:
        ready = f"{stack.service_urls['members']}/readyz"
        assert await answers(ready)
        stack.pause("members-api")
        assert not await answers(ready)
        stack.resume("members-api")
        await until(lambda: answers(ready))
        await stack.stop("members-api")
        assert not await answers(ready)
        await stack.start_again("members-api")
        assert await answers(ready)


async def test_servers_of_ones_own_replace_the_embedded_ones(state: Path, infra: Stack) -> None:
    async with Stack(
        state, services=("members",), command=dummy, own=OwnServers(infra.mongo_url, infra.kafka_bootstrap)
    ) as stack:
        assert [process["name"] for process in stack.addresses()["processes"]] == ["members-api", "members-runners"]
    assert await ping_mongo(infra.mongo_url)
    assert await ping_kafka(infra.kafka_bootstrap)


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        (OwnServers(mongo_url="mongodb://me:secret@127.0.0.1:9/"), r"^GONGHUI_MONGO_URL names 127\.0\.0\.1:9/, and"),
        (OwnServers(kafka_bootstrap="127.0.0.1:9"), r"^GONGHUI_KAFKA_BOOTSTRAP names 127\.0\.0\.1:9, and nothing"),
    ],
)
async def test_a_server_of_ones_own_that_does_not_answer_is_named(
    state: Path, infra: Stack, own: OwnServers, sentence: str
) -> None:
    both = OwnServers(own.mongo_url or infra.mongo_url, own.kafka_bootstrap or infra.kafka_bootstrap)
    with pytest.raises(ServerUnreachable, match=sentence):
        await Stack(state, services=(), own=both).start()


async def test_another_partition_count_is_refused(state: Path, infra: Stack) -> None:
    other = OwnServers(infra.mongo_url, infra.kafka_bootstrap, partitions=24)
    with pytest.raises(CannotStart, match=r"has 6 partitions, not 24: set GONGHUI_PARTITIONS as it was"):
        await Stack(state, services=(), own=other).start()


async def test_a_service_that_breaks_while_starting_leaves_nothing_running(state: Path) -> None:
    def broken(process: ServiceProcess, port: int) -> Sequence[str]:
        return (*dummy(process, port), "broken" if process.name == "members-runners" else "unready")

    stack = Stack(state, services=("members",), command=broken)
    with pytest.raises(CannotStart, match="members-runners ended with code 3 while starting") as told:
        await stack.start()
    assert told.value.__notes__ == ["line one\nthis is why"]
    assert stack.addresses()["processes"] == []
    assert is_free(int(stack.kafka_bootstrap.rpartition(":")[2]))
