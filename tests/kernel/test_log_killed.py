"""A process that is killed leaves its transaction open, and its documents locked: others go on within seconds."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.kernel.mongo.relay import MongoRelay
from shared.kernel.ports import Put, StoreFault, WriteConflict
from shared.kernel.relay import Relay
from tests.kernel.laboratory import Laboratory, Replica, until

pytestmark = pytest.mark.stack


class Impatient(MongoRelay):
    """Takes a process for dead after a second of silence: the database's own limit must not be what helps."""

    async def end_silent_processes(self, seconds: float) -> int:
        return await super().end_silent_processes(1.0)


@asynccontextmanager
async def killed(replica: Replica) -> AsyncIterator[None]:
    """Another process has a transaction open on the document `wanted`, and is no more."""
    await replica.store.append([], [Put("things", "wanted", {"by": "nobody"})])
    url, name = replica.lab.mongo_url, replica.driver.db.name
    command = (sys.executable, "-m", "tests.kernel.holds_a_lock", url, name)
    victim = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert victim.stdout is not None
    async with asyncio.timeout(20):
        assert await victim.stdout.readline() == b"open\n"
    with pytest.raises(WriteConflict):
        await replica.store.append([], [Put("things", "wanted", {"by": "somebody"})])
    victim.kill()
    await victim.wait()
    yield


async def seconds_until_writable(replica: Replica) -> float:
    begun = time.perf_counter()

    async def written() -> bool:
        try:
            await replica.store.append([], [Put("things", "wanted", {"by": "somebody"})])
        except StoreFault:
            return False
        return True

    await until(written, within=15, what="writing what a dead process had locked")
    return time.perf_counter() - begun


async def test_the_relays_leader_ends_what_a_killed_process_left_open(lab: Laboratory) -> None:
    replica = await lab.replica()
    replica.relay_store = Impatient(replica.driver)
    relay = replica.lead()
    await until(lambda: _leads(relay), what="leading")
    async with killed(replica):
        seconds = await seconds_until_writable(replica)
    assert seconds < 3.5, "the database itself would have taken four to six seconds"
    assert await replica.driver.db.processes.find_one({"_id": "victim"}) is None
    assert relay.observed.leader, "and nothing happened to those who live"
    assert await replica.driver.db.processes.find_one({"_id": replica.owner}) is not None


async def _leads(relay: Relay) -> bool:
    return relay.observed.leader


async def test_a_process_that_only_was_silent_for_a_while_loses_a_transaction_and_no_more(lab: Laboratory) -> None:
    silent, other = await lab.replica(), await lab.replica()

    async def write_while_it_is_ended() -> None:
        async with silent.driver.transaction() as session:
            await silent.driver.db.things.insert_one({"_id": "mine"}, session=session)
            await other.driver.end_sessions(silent.driver.session_ids)
            await silent.driver.db.things.insert_one({"_id": "mine too"}, session=session)

    with pytest.raises(WriteConflict):
        await write_while_it_is_ended()
    assert await other.store.document("things", "mine") is None
    await silent.store.append([], [Put("things", "mine", {"by": "silent"})])


async def test_a_transaction_that_is_cancelled_writes_nothing_though_the_drivers_thread_goes_on(
    lab: Laboratory,
) -> None:
    replica = await lab.replica()
    sessions = set(replica.driver.session_ids)

    async def write(number: int) -> None:
        async with replica.driver.transaction() as session:
            for part in range(3):
                await replica.driver.db.things.insert_one({"_id": f"{number}.{part}"}, session=session)

    for number in range(25):
        writing = asyncio.create_task(write(number))
        await asyncio.sleep(0.0005 * number)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    await asyncio.sleep(0.3)
    found = [row["_id"] async for row in replica.driver.db.things.find({})]
    halves = {row.split(".")[0] for row in found}
    assert len(found) == 3 * len(halves), f"only whole transactions: {sorted(found)}"
    assert len(replica.driver.session_ids) == len(sessions)
    await replica.store.append([], [Put("things", "after", {})])
