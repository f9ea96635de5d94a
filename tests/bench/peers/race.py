"""One run of a peer: started, watched from outside until it has read everything, ended. Timed, or killed at half.

The clock runs from the moment the broker has given the peer its partitions until the last event of each partition can
be seen in the database: the same for a program in any language.
"""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from deploy.local.child import Child
from tests.bench.bench import Bench
from tests.bench.measured import Meter
from tests.bench.peers.account import Account, account
from tests.bench.peers.cards import Cards
from tests.bench.peers.charged import Meals
from tests.bench.peers.launch import program
from tests.bench.peers.peer import Peer

POLL, LOOK, LOOK_UP = 0.05, 0.02, 5.0
"""Seconds between looks at the end; at a group that forms or a half that comes near; at whether it moves at all, which
costs the database as much as a hundred events."""
JOINED_WITHIN = 90.0
STILL = 45.0
"""Seconds in which nothing changes, after which it is taken to have stopped; a rebalance takes less."""


class Stopped(Exception):
    """A peer has crashed or does not go on."""


class Race:
    """One peer on one topic, each run in a database and a consumer group of its own."""

    def __init__(self, bench: Bench, peer: Peer, meals: Meals, topic: str, database: str) -> None:
        self._bench, self._peer, self._meals, self._topic = bench, peer, meals, topic
        self._database = database
        self._group = f"connect-{database}" if peer.home == "java" else database
        self._folder = bench.stack.state / "peers" / database
        self._folder.mkdir(parents=True)
        self._cards = Cards(bench.stack.mongo_url, database, peer, meals)

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _child(self, batch: int) -> Child:
        given = {
            **self._bench.servers,
            "topic": self._topic,
            "database": self._database,
            "group": self._group,
            "batch": batch,
            "state": str(self._folder),
        }
        return Child(program(self._peer, given, self._log))

    async def timed(self, batch: int) -> dict[str, Any]:
        """`Measured`, with the processes `peer`, `mongod` and `kafka`, and the peak of its memory. Stopped."""
        child = self._child(batch)
        async with ended(child):
            await child.spawn()
            await self._until_joined(child)
            meter = Meter({**self._bench.pids, "peer": child.pid}, me="harness")
            meter.start()
            await self._until_complete(child)
            return {**meter.stop(self._meals.count), "peak_mib": peak_mib(child.pid), "batch": batch}

    async def killed(self, batch: int) -> Account:
        """SIGKILL when half can be seen, started again at once. Stopped."""
        updates = self._cards.updates()
        child = self._child(batch)
        async with ended(child):
            await child.spawn()
            killed_at = await self._until_half(child)
            child.signal(signal.SIGKILL)
            await child.process.wait()
            await child.spawn()
            with suppress(TimeoutError):  # it never showed the last ones: what is missing will be told
                await self._until_complete(child)
            await self._until_still(child)
        asked = self._cards.updates() - updates
        cards = await asyncio.to_thread(self._cards.all)
        history = await asyncio.to_thread(self._cards.history)
        return account(self._peer, self._meals, killed_at, cards, history, asked)

    def close(self) -> None:
        self._cards.close()

    async def _until_joined(self, child: Child) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bench.stack.kafka_bootstrap)
        await admin.start()
        try:
            async with asyncio.timeout(JOINED_WITHIN):
                while not await joined(admin, self._group):
                    self._must_run(child)
                    await asyncio.sleep(LOOK)
        except TimeoutError:
            raise Stopped(f"did not join its group within {JOINED_WITHIN:.0f} s") from None
        finally:
            await admin.close()

    async def _until_half(self, child: Child) -> int:
        """Half can be seen, and something has just moved: it is in the middle of its work, not between two batches."""
        began, half, before = time.monotonic(), self._meals.count // 2, 0
        while (applied := self._cards.progress()[0]) < half or not half <= before < applied:
            self._must_run(child)
            if time.monotonic() - began > JOINED_WITHIN + 10 * STILL or self._cards.complete():
                raise Stopped(f"could not be killed at half: {applied:,} events can be seen")
            before = applied
            await asyncio.sleep(LOOK if applied < half else 0)
        return applied

    async def _until_complete(self, child: Child) -> None:
        """TimeoutError where nothing is written any more."""
        moved = looked = time.monotonic()
        progress = (0, 0)
        while not self._cards.complete():
            self._must_run(child)
            await asyncio.sleep(POLL)
            if time.monotonic() - looked > LOOK_UP:
                looked, before, progress = time.monotonic(), progress, self._cards.progress()
                moved = looked if progress != before else moved
            if time.monotonic() - moved > STILL:
                raise TimeoutError(f"wrote nothing for {STILL:.0f} s")

    async def _until_still(self, child: Child) -> None:
        """Nothing more is written for a while, though it lives."""
        progress = (0, 0)
        while progress != (progress := self._cards.progress()):
            self._must_run(child)
            await asyncio.sleep(2.0)

    def _must_run(self, child: Child) -> None:
        if not child.running:
            lines = [line for line in child.last_lines().splitlines() if line.strip()]
            raise Stopped(f"ended with {child.process.returncode}: {lines[-1] if lines else 'without a word'}")


@asynccontextmanager
async def ended(child: Child) -> AsyncIterator[None]:
    """It does not outlive the run."""
    try:
        yield
    finally:
        if child.running:
            await child.stop()


async def joined(admin: Any, group: str) -> bool:
    """Whether the group's members have got their partitions."""
    try:
        (response,) = await admin.describe_consumer_groups([group])
    except GroupCoordinatorNotAvailableError:  # the broker has not made its own topics yet
        return False
    (described,) = response.groups
    return "Stable" in described


def peak_mib(pid: int) -> float:
    """The most memory that a process has held (VmHWM)."""
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
