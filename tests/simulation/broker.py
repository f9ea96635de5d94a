"""A broker: partitions, groups that share them, and what the kernel's producer and consumer see of it.

The consumer answers as aiokafka's does, so that `shared.kernel.runner` runs on it as it is: it hands out what comes
next from where it stands, unless paused; while its group is being divided anew it waits; told to seek, it forgets what
it had fetched; where the broker does not hold an offset, it raises.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aiokafka import TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from shared.kernel.cloudevents import read_position, record_headers
from shared.kernel.ports import BrokerFault, Outgoing, Partition, Record
from shared.kernel.topics import partitions_of
from tests.simulation.loop import Steps
from tests.simulation.network import Network, settle

SESSION = 3.0
"""Seconds after which a member that is not heard of loses its partitions; shorter than in earnest, to save time."""
TOGETHER = 6.0
"""Seconds for which a group waits for its members to come back."""


class Topics:
    """What the broker holds, and for whom."""

    def __init__(self, network: Network, partitions: int, appended: Callable[[Partition, Record], None]) -> None:
        self.network, self.partitions = network, partitions
        self._appended = appended
        self.records: dict[Partition, list[Record]] = defaultdict(list)
        self.groups: dict[str, Group] = {}
        self._waiting: list[asyncio.Future[None]] = []

    def append(self, batch: Sequence[Outgoing]) -> None:
        for one in batch:
            partition = (one.wire.topic, one.partition)
            records = self.records[partition]
            body, key = one.wire.body, one.wire.key.encode()
            record = Record(*partition, len(records), key, body, tuple(record_headers(one)))
            records.append(record)
            self._appended(partition, record)
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            settle(waiter)

    def cut(self, partition: Partition, records: int) -> list[Record]:
        """The leader of a partition is lost, and with it its last records."""
        held = self.records[partition]
        gone = held[max(0, len(held) - records) :]
        del held[len(held) - len(gone) :]
        return gone

    async def news(self, seconds: float) -> None:
        """Until something is appended, or the time is over."""
        waiter = self.network.loop.create_future()
        self._waiting.append(waiter)
        self.network.later(seconds, settle, waiter)
        await waiter

    def group(self, name: str, topics: Sequence[str]) -> "Group":
        if name not in self.groups:
            self.groups[name] = Group(self.network, partitions_of(topics, self.partitions))
        return self.groups[name]


class Producer:
    """`Broker`."""

    def __init__(self, topics: Topics, process: Steps) -> None:
        self._topics, self._process = topics, process

    async def send(self, records: Sequence[Outgoing]) -> None:
        left = list(records)
        while left:  # a partition gets one batch at a time, the next one once that is acknowledged
            batches: dict[Partition, list[Outgoing]] = {}
            later: list[Outgoing] = []
            size = self._topics.network.chance.choice((1, 3, 1000))
            for record in left:
                partition = (record.wire.topic, record.partition)
                batch = batches.setdefault(partition, [])
                (batch if len(batch) < size else later).append(record)
            await self._round(list(batches.values()))
            left = later

    async def _round(self, batches: Sequence[Sequence[Outgoing]]) -> None:
        network = self._topics.network
        if network.ended:
            raise BrokerFault("the simulation is over")
        struck = network.peril(self._process, "send")
        if struck == "before":
            await network.struck(self._process)
        answers = [network.loop.create_future() for _ in batches]
        for batch, answer in zip(batches, answers, strict=True):
            fate, delay = network.fate(network.weather.broker), network.takes()
            where = f"{batch[0].wire.topic}:{batch[0].partition} {[one.position for one in batch]}"
            network.note(self._process, f"send {where} {fate}")
            if fate:
                unheard = delay + network.takes() + 0.3 * network.chance.random()
                network.later(unheard, settle, answer, False)
                delay = unheard + 3.0 * network.chance.random() ** 2 if fate == "late" else delay
            if fate != "refused":
                network.later(delay, self._topics.append, batch)
            if not fate:
                network.later(delay + network.takes(), settle, answer, True)
        if struck is not None:
            network.strike(self._process)
        outcomes = [await answer for answer in answers]
        if not all(outcomes):
            raise BrokerFault("not acknowledged")

    async def last_records(self, topics: Sequence[str], back: int = 20) -> dict[Partition, Record | None]:
        network = self._topics.network
        if network.ended:
            raise BrokerFault("the simulation is over")
        answer = network.loop.create_future()

        def look() -> None:
            found: dict[Partition, Record | None] = {}
            for partition in partitions_of(topics, self._topics.partitions):
                last = self._topics.records[partition][-back:]
                found[partition] = max(last, key=lambda one: (position_of(one), one.offset), default=None)
            network.later(network.takes(), settle, answer, found)

        network.later(network.takes(), look)
        return await answer  # type: ignore[no-any-return]

    async def close(self) -> None: ...


def position_of(record: Record) -> int:
    read = read_position(record.headers)
    return read[0] if read else 0


@dataclass
class Member:
    """One consumer of a group, as its coordinator knows it."""

    process: Steps
    name: str
    generation: int = -1
    heard: float = 0.0
    joined: asyncio.Future[list[Partition]] | None = None
    """It waits for its share."""


class Group:
    """Divides partitions among its members; again whenever one comes, goes or is not heard of any more."""

    def __init__(self, network: Network, partitions: Sequence[Partition]) -> None:
        self._network = network
        self._partitions = list(partitions)
        self.members: list[Member] = []
        self.generation = 0
        self.dividing = False
        self.committed: dict[Partition, int] = {}

    def join(self, member: Member, answer: asyncio.Future[list[Partition]]) -> None:
        if member not in self.members:
            self.members.append(member)
        member.joined, member.heard = answer, self._network.loop.time()
        self.divide()

    def divide(self) -> None:
        """Everybody is to come back; who has not within a time is left out."""
        if not self.dividing:
            self.dividing = True
            self._network.later(TOGETHER, self._complete, self.generation, True)
        self._complete(self.generation, False)

    def _complete(self, generation: int, now: bool) -> None:
        if not self.dividing or generation != self.generation:
            return
        if now:
            self.members = [member for member in self.members if member.joined is not None]
        if not all(member.joined is not None for member in self.members):
            return
        self.dividing = False
        self.generation += 1
        if not self.members:
            return
        chance = self._network.chance
        shares: list[list[Partition]] = [[] for _ in self.members]
        turn = chance.randrange(len(self.members))
        for number, partition in enumerate(self._partitions):
            shares[(number + turn) % len(self.members)].append(partition)
        for member, share in zip(self.members, shares, strict=True):
            member.generation = self.generation
            self._network.note(member.process, f"group gives {member.name} {share}")
            joined, member.joined = member.joined, None
            if joined is not None:
                self._network.later(self._network.takes(), settle, joined, share)

    def beat(self, member: Member) -> bool:
        """A member is heard of: whether it may keep its partitions."""
        member.heard = self._network.loop.time()
        return member in self.members and member.generation == self.generation and not self.dividing

    def leave(self, member: Member) -> None:
        if member in self.members:
            self.members.remove(member)
            self.divide()

    def look(self) -> None:
        """Who is silent is out."""
        limit = self._network.loop.time() - SESSION
        silent = [member for member in self.members if member.heard < limit and member.joined is None]
        silent += [member for member in self.members if member.process.stopped and member.heard < limit]
        if silent:
            self.members = [member for member in self.members if member not in silent]
            self.divide()

    def commit(self, generation: int, offsets: Mapping[Partition, int]) -> None:
        """Kafka 4.1 takes a stale commit under a new generation without a word."""
        self.committed.update(offsets)


@dataclass
class Reading:
    """Where a consumer stands in one partition."""

    offset: int | None
    paused: bool = False


@dataclass
class Consumer:
    """What `shared.kernel.runner` uses of aiokafka's consumer."""

    topics: Topics
    process: Steps
    group: Group
    positions: dict[TopicPartition, Reading] = field(default_factory=dict)
    rejoining: bool = False
    """The group is being divided: nothing is handed out."""
    told: Callable[[TopicPartition, list[Record]], None] = lambda where, records: None

    def assign(self, share: Sequence[Partition]) -> None:
        """As of now; where no offset was told yet, aiokafka asks the broker for the committed one."""
        self.positions = {TopicPartition(*partition): Reading(None) for partition in share}
        self.rejoining = False
        network = self.topics.network
        for where in self.positions:
            network.later(network.takes(), self._refresh, where, self.positions[where])

    def _refresh(self, where: TopicPartition, reading: Reading) -> None:
        if reading.offset is None:
            reading.offset = self.group.committed.get(tuple(where), 0)

    def assignment(self) -> set[TopicPartition]:
        return set(self.positions)

    def pause(self, *partitions: TopicPartition) -> None:
        for where in partitions:
            self.positions[where].paused = True

    def resume(self, *partitions: TopicPartition) -> None:
        for where in partitions:
            self.positions[where].paused = False

    def seek(self, where: TopicPartition, offset: int) -> None:
        self.positions[where].offset = offset

    async def beginning_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        await self._request()
        return dict.fromkeys(partitions, 0)

    def highwater(self, where: TopicPartition) -> int | None:
        return len(self.topics.records[where.topic, where.partition])

    def last_poll_timestamp(self, where: TopicPartition) -> float:
        return float("inf")  # the runner compares it with the machine's clock, which is none of this world

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        network = self.topics.network
        if network.ended or network.happens(network.weather.offsets):
            return
        late = 4.0 * network.chance.random() if network.happens(network.weather.offsets) else network.takes()
        plain = {(where.topic, where.partition): offset for where, offset in offsets.items()}
        network.later(late, self.group.commit, self.group.generation, plain)

    async def getmany(self, *, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Record]]:
        network = self.topics.network
        until = network.loop.time() + timeout_ms / 1000
        while True:
            await self._request()
            if not self.rejoining and (found := self._found(max_records)):
                return found
            left = until - network.loop.time()
            if left <= 0.0:
                return {}
            await self.topics.news(left)

    def _found(self, limit: int) -> dict[TopicPartition, list[Record]]:
        found: dict[TopicPartition, list[Record]] = {}
        limit = min(limit, self.topics.network.chance.choice((1, 2, 5, 1000)))
        order = sorted(self.positions)
        self.topics.network.chance.shuffle(order)
        for where in order:
            reading, records = self.positions[where], self.topics.records[where.topic, where.partition]
            if reading.paused or reading.offset is None or limit <= 0:
                continue
            if reading.offset > len(records):
                if found:
                    break
                raise OffsetOutOfRangeError({where: reading.offset})
            if run := records[reading.offset : reading.offset + limit]:
                found[where] = run
                reading.offset += len(run)
                limit -= len(run)
                self.told(where, run)
        return found

    async def _request(self) -> None:
        network = self.topics.network
        if network.ended:
            raise BrokerFault("the simulation is over")
        answer = network.loop.create_future()
        network.later(network.takes() + network.takes(), settle, answer, True)
        await answer
