"""What only a minority holds is never decided on: a failover takes it back."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import PyMongoError

from deploy.local.binaries import find_mongod
from deploy.local.child import Child, Program
from deploy.local.ports import remembered_or_free
from deploy.local.stack import Stack
from shared.kernel.mongo.log import to_document
from shared.kernel.ports import Commit, StoreFault
from tests.kernel.laboratory import Laboratory, Replica, until
from tests.kernel.toy import SoldOut

pytestmark = pytest.mark.stack

REPLICA_SET = "three"


@dataclass
class ReplicaSet:
    """Three mongods of this test's own, of which the first leads as long as it can."""

    directory: Path
    ports: list[int] = field(default_factory=list)
    mongods: list[Child] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"mongodb://{','.join(f'127.0.0.1:{port}' for port in self.ports)}/?replicaSet={REPLICA_SET}"

    async def start(self) -> None:
        self.ports = list(remembered_or_free({}, "abc").values())
        for number, port in enumerate(self.ports):
            data = self.directory / str(port)
            data.mkdir()
            command = (
                *(str(find_mongod()), "--replSet", REPLICA_SET, "--dbpath", str(data), "--port", str(port)),
                *("--bind_ip", "127.0.0.1", "--nounixsocket", "--quiet", "--wiredTigerCacheSizeGB", "0.25"),
                *("--oplogSize", "64", "--setParameter", "diagnosticDataCollectionEnabled=false"),
                *("--setParameter", "enableTestCommands=1"),
            )
            ready = partial(self.answers, number)
            self.mongods.append(Child(Program(f"mongod-{number}", command, self.directory / f"{port}.log", ready)))
            await self.mongods[number].spawn()
        members = [{"_id": n, "host": f"127.0.0.1:{p}", "priority": 3 - n} for n, p in enumerate(self.ports)]
        times = {"electionTimeoutMillis": 2_000, "heartbeatIntervalMillis": 500}
        config = {"_id": REPLICA_SET, "members": members, "settings": times}
        for mongod in self.mongods:
            await until(mongod.program.ready, within=30, what="a mongod that answers")
        async with self.member(0) as first:
            await first.admin.command("replSetInitiate", config)
        await until(self.first_leads, within=40, what="the first member leading")

    async def replicate(self, yes: bool) -> None:
        """Let the first member's writes reach the others, or not: to them it lives, so that it goes on leading."""
        mode, others = "off" if yes else "alwaysOn", (1, 2)
        for number in others:
            async with self.member(number) as client:
                before = await client.admin.command({"configureFailPoint": "stopReplProducer", "mode": mode})
                if not yes:
                    wait = {"waitForFailPoint": "stopReplProducer", "timesEntered": before["count"] + 1}
                    stopped = asyncio.ensure_future(client.admin.command({**wait, "maxTimeMS": 20_000}))
                    await until(partial(self._written_until, stopped), what="the end of replication")

    async def _written_until(self, stopped: asyncio.Future[Any]) -> bool:
        """What a member has asked for already it still gets: something harmless."""
        async with self.member(0) as first:
            await first.test.harmless.insert_one({})
        return stopped.done()

    @asynccontextmanager
    async def member(self, number: int) -> AsyncIterator[Any]:
        client = AsyncIOMotorClient[Any](
            f"127.0.0.1:{self.ports[number]}", directConnection=True, w=1, serverSelectionTimeoutMS=3_000
        )
        try:
            yield client
        finally:
            client.close()

    async def answers(self, number: int) -> bool:
        try:
            async with self.member(number) as client:
                return bool(await client.admin.command("ping"))
        except PyMongoError:
            return False

    async def first_leads(self) -> bool:
        async with self.member(0) as client:
            return bool((await client.admin.command("hello"))["isWritablePrimary"])

    async def stop(self) -> None:
        for mongod in self.mongods:
            mongod.signal(signal.SIGKILL)
            await mongod.process.wait()


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[ReplicaSet]:
    replica_set = ReplicaSet(tmp_path)
    try:
        await replica_set.start()
        yield replica_set
    finally:
        await replica_set.stop()


async def test_a_commit_that_a_failover_takes_back_is_never_decided_on(infra: Stack, three: ReplicaSet) -> None:
    async with Laboratory(three.url, infra.kafka_bootstrap) as lab:
        warm, cold = await lab.replica(), await lab.replica()
        await warm.open_till("till", 1)
        await warm.open_till("another", 1)
        sold = (await warm.sell("another", "ghost", key="K")).commits[0]
        await cold.store.tail("Till:till", 1)

        await three.replicate(False)
        ghost = await _write_to_the_minority(three, lab, sold)
        assert await warm.store.commit(ghost.id) is None
        assert await warm.store.keyed("ghost", "K") is None
        assert [commit.version for commit in await cold.store.tail("Till:till", 1)] == [1]
        # Refused by what it must not see, a replica waits for it to become true, and does not decide meanwhile.
        waiting = asyncio.create_task(_told(cold.sell("till", "buyer")))
        await asyncio.sleep(1)
        assert not waiting.done()

        three.mongods[0].signal(signal.SIGKILL)
        await three.replicate(True)
        assert await waiting in ("sold", "fault")
        await until(lambda: _sold_in_the_end(warm), within=40, what="a sale after the failover")
        history = await warm.store.tail("Till:till", 1)
        assert [commit.version for commit in history] == [1, 2], "the seat that the ghost had was free"
        assert ghost.id not in {commit.id for commit in history}
        assert await warm.store.keyed("ghost", "K") is None


async def _write_to_the_minority(three: ReplicaSet, lab: Laboratory, like: Commit) -> Commit:
    """A sale of the last ticket that the primary holds alone: who reads there without majority sees it."""
    (wire,) = like.events
    sale = replace(wire, key="till", body=wire.body.replace(b"another", b"till"))
    ghost = replace(like, id="ghost", stream="Till:till", events=(sale,), actor="ghost", unit="ghost", key="K")
    async with three.member(0) as client:
        log = client[f"gonghui_{lab.name}"].log
        await log.insert_one(to_document(ghost))
        assert await log.find_one({"_id": "ghost"}) is not None, "there it can be read"
    return ghost


async def _told(sale: Any) -> str:
    try:
        await sale
    except SoldOut:
        return "sold out"
    except StoreFault:
        return "fault"
    return "sold"


async def _sold_in_the_end(replica: Replica) -> bool:
    return await _told(replica.sell("till", "buyer")) == "sold"
