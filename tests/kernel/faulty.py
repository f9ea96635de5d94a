"""Stores and brokers that fail on purpose, and what a topic holds in the end."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.kernel.clock import ServerClock
from shared.kernel.cloudevents import read_position
from shared.kernel.continuity import Verdict, judge
from shared.kernel.kafka import KafkaBroker, to_record
from shared.kernel.mongo.driver import Driver
from shared.kernel.mongo.log import MongoLog
from shared.kernel.mongo.relay import MongoRelay
from shared.kernel.ports import BrokerFault, Commit, Move, Outgoing, Record, Sequence_, Unknown, Write
from tests.kernel.laboratory import PARTITIONS


class LosesAnswers(MongoLog):
    """The first append takes effect, or not, and nobody hears which."""

    def __init__(self, driver: Driver, *, applied: bool, times: int = 1) -> None:
        super().__init__(driver)
        self._applied, self._times = applied, times

    async def append(self, commits: Sequence[Commit], writes: Sequence[Write] = (), moves: Sequence[Move] = ()) -> None:
        if not self._times:
            await super().append(commits, writes, moves)
            return
        self._times -= 1
        if self._applied:
            await super().append(commits, writes, moves)
        raise Unknown("the answer was lost")


class TakesEffectLater(MongoLog):
    """The first append is still under way when its outcome is looked up; `arrive` is when it takes effect."""

    def __init__(self, driver: Driver) -> None:
        super().__init__(driver)
        self.under_way: tuple[Sequence[Commit], Sequence[Write], Sequence[Move]] | None = None
        self._first = True

    async def append(self, commits: Sequence[Commit], writes: Sequence[Write] = (), moves: Sequence[Move] = ()) -> None:
        if self._first:
            self._first, self.under_way = False, (commits, writes, moves)
            raise Unknown("the answer was lost")
        await self.arrive()
        await super().append(commits, writes, moves)

    async def arrive(self) -> None:
        late, self.under_way = self.under_way, None
        if late is not None:
            await super().append(*late)


class SkewedClock(ServerClock):
    """A replica whose clock is wrong."""

    def __init__(self, by: timedelta) -> None:
        super().__init__()
        self._by = by

    def now(self) -> datetime:
        return super().now() + self._by


class ShortLease(MongoRelay):
    """A leader is given up after a second, so that a test need not wait for five."""

    async def lead(self, name: str, owner: str, seconds: float) -> int | None:
        return await super().lead(name, owner, 1.0)


class FallsAsleep(ShortLease):
    """Once tired, a leader's process stands still before or after an operation, for everything, until it is woken."""

    def __init__(self, driver: Driver, operation: str, *, before: bool) -> None:
        super().__init__(driver)
        self._where = (operation, before)
        self.tired = False
        self.asleep, self._awake = asyncio.Event(), asyncio.Event()
        self._awake.set()

    def wake(self) -> None:
        self.tired = False
        self._awake.set()

    async def _here(self, operation: str, *, before: bool) -> None:
        if self.tired and (operation, before) == self._where:
            self._awake.clear()
            self.asleep.set()
        await self._awake.wait()

    async def lead(self, name: str, owner: str, seconds: float) -> int | None:
        await self._awake.wait()
        return await super().lead(name, owner, seconds)

    async def plan(self, before: Sequence_, after: Sequence_) -> bool:
        await self._here("plan", before=True)
        done = await super().plan(before, after)
        await self._here("plan", before=False)
        return done

    async def stamp(self, commits: Sequence[Commit]) -> None:
        await self._here("stamp", before=True)
        await super().stamp(commits)
        await self._here("stamp", before=False)

    async def published(self, epoch: int, before: int, position: int) -> bool:
        await self._here("published", before=True)
        return await super().published(epoch, before, position)


class BreaksOff(KafkaBroker):
    """Sends a part of what it is given and fails, as often as it is told."""

    def __init__(self, *servers: Any, after: int, times: int) -> None:
        super().__init__(*servers)
        self._after, self._times = after, times

    async def send(self, records: Sequence[Outgoing]) -> None:
        if not records or not self._times:
            await super().send(records)
            return
        self._times -= 1
        await super().send(records[: self._after])
        raise BrokerFault("broken off")


async def records_of(bootstrap: str, topic: str) -> list[Record]:
    """Everything in a topic, partition by partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[Record] = []
        for partition, end in ends.items():
            while await consumer.position(partition) < end:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += [to_record(record) for record in records]
        return sorted(found, key=lambda record: (record.partition, record.offset))
    finally:
        await consumer.stop()


@dataclass
class Consumed:
    """What a consumer makes of a topic that goes by positions alone."""

    applied: dict[int, Record] = field(default_factory=dict)
    verdicts: dict[Verdict, int] = field(default_factory=dict)

    def __getitem__(self, verdict: Verdict) -> int:
        return self.verdicts.get(verdict, 0)


def consume(records: Sequence[Record]) -> Consumed:
    """Apply what is next in each partition; AssertionError if a repeated record is not the same to the byte."""
    seen, last = Consumed(), dict[int, int]()
    bytes_of: dict[int, Any] = {}
    for record in records:
        read = read_position(record.headers)
        assert read is not None
        position, previous, source = read
        same = (record.key, record.value, tuple(record.headers), record.timestamp)
        assert bytes_of.setdefault(position, same) == same, f"position {position} was sent again with other bytes"
        verdict = judge(last.get(record.partition, 0), source, position, previous, source)
        seen.verdicts[verdict] = seen.verdicts.get(verdict, 0) + 1
        if verdict is Verdict.NEXT:
            last[record.partition] = position
            seen.applied[position] = record
    return seen


def sequences(consumed: Consumed) -> Mapping[str, list[int]]:
    """Of each stream the numbers of its events in the order in which they were applied."""
    found: dict[str, list[int]] = {}
    for record in consumed.applied.values():
        headers = {name: (value or b"").decode() for name, value in record.headers}
        found.setdefault(headers["ce_subject"], []).append(int(headers["ce_sequence"]))
    return found
