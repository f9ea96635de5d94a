"""Reading topics from their beginning to their end, and what the records themselves tell about their continuity.

Nothing here is shared with the consumers that it checks.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.kernel.kafka import to_record
from shared.kernel.ports import Partition, Record
from shared.kernel.settings import Settings
from shared.kernel.topics import TOPICS, partitions_of

AT_ONCE = 5_000
"""Records of one fetch."""


@asynccontextmanager
async def reading(settings: Settings, topics: Sequence[str]) -> AsyncIterator[Any]:
    """A consumer of no group that is assigned every partition of these topics. KafkaError if there is no broker."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_bytes=8 * 1024 * 1024,
        **settings.kafka_security(),
    )
    try:
        await consumer.start()
        consumer.assign([TopicPartition(*partition) for partition in partitions_of(topics, settings.partitions)])
        yield consumer
    finally:
        await consumer.stop()


async def ends(consumer: Any) -> dict[Partition, int]:
    """For each assigned partition the offset that the next record will have."""
    found = await consumer.end_offsets(list(consumer.assignment()))
    return {(partition.topic, partition.partition): offset for partition, offset in found.items()}


async def until(consumer: Any, goal: Mapping[Partition, int]) -> AsyncIterator[list[Record]]:
    """Every record before these offsets, batch by batch, in order within a partition."""
    beginnings = await consumer.beginning_offsets([TopicPartition(*partition) for partition in goal])
    left = {p for p, offset in goal.items() if beginnings[TopicPartition(*p)] < offset}
    consumer.pause(*(TopicPartition(*partition) for partition in goal.keys() - left))
    while left:
        found = await consumer.getmany(timeout_ms=500, max_records=AT_ONCE)
        batch: list[Record] = []
        for partition, records in found.items():
            where = (partition.topic, partition.partition)
            batch += [to_record(record) for record in records if record.offset < goal[where]]
            if records[-1].offset >= goal[where] - 1:
                consumer.pause(partition)
                left.discard(where)
        if batch:
            yield batch


async def everything(settings: Settings) -> list[Record]:
    """All that every topic holds now."""
    async with reading(settings, [topic.name for topic in TOPICS]) as consumer:
        return [record async for batch in until(consumer, await ends(consumer)) for record in batch]


@dataclass
class Continuity:
    """What the records of all topics say: `see` each in the order of its partition, then ask for the `breaks`."""

    breaks: list[str] = field(default_factory=list)
    repeated: int = 0
    """Records that were sent again, identically: each consumer drops them by their position."""
    _positions: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _last: dict[Partition, int] = field(default_factory=lambda: defaultdict(int))
    _contents: dict[tuple[Partition, int], int] = field(default_factory=dict)
    _sequences: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    _sources: dict[str, str] = field(default_factory=dict)

    def see(self, record: Record) -> None:
        partition = (record.topic, record.partition)
        where = f"{record.topic}[{record.partition}] at {record.offset}"
        try:
            headers = {name: (value or b"").decode() for name, value in record.headers}
            position, previous = int(headers["ce_position"]), int(headers["ce_previous"])
            sequence, source, subject = int(headers["ce_sequence"]), headers["ce_source"], headers["ce_subject"]
        except (KeyError, ValueError) as error:
            self.breaks.append(f"{where}: its headers cannot be read ({error!r})")
            return
        if position <= self._last[partition]:
            self._again(partition, position, record, where)
            return
        if previous != self._last[partition]:
            self.breaks.append(f"{where}: follows position {previous}, but {self._last[partition]} was there before it")
        self._last[partition] = position
        self._contents[partition, position] = _content(record)
        service = source.split("/")[2]
        if self._sources.setdefault(service, source) != source:
            self.breaks.append(f"{where}: from another log, {source}")
        self._positions[service].add(position)
        stream = (record.topic, subject)
        if sequence != self._sequences[stream] + 1:
            self.breaks.append(f"{where}: event {sequence} of its stream comes after {self._sequences[stream]}")
        self._sequences[stream] = sequence

    def _again(self, partition: Partition, position: int, record: Record, where: str) -> None:
        if self._contents.get((partition, position)) == _content(record):
            self.repeated += 1
        else:
            self.breaks.append(f"{where}: another record at position {position}")

    def end(self) -> list[str]:
        """All that is wrong, once every record has been seen: the positions of each service are 1, 2, 3 … besides."""
        gaps = (
            f"{service}: {len(positions)} positions, the last is {max(positions)}"
            for service, positions in self._positions.items()
            if len(positions) != max(positions)
        )
        return [*self.breaks, *gaps]

    def counts(self) -> dict[str, int]:
        """Events of each service."""
        return {service: len(positions) for service, positions in self._positions.items()}


def continuity(records: Iterable[Record]) -> Continuity:
    found = Continuity()
    for record in records:
        found.see(record)
    return found


def _content(record: Record) -> int:
    return hash((record.key, record.value, tuple(record.headers)))
