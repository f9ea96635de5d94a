"""Following a topic: what comes next in each partition, what is parked, and how far the effects have been committed.

The truth about progress is a checkpoint in the database, moved by compare-and-set in the transaction of the effects.
`Projector` (views) and `Reactor` (reactions) say what the effects are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from shared.kernel.cloudevents import Incoming, Unreadable, read_headers, read_position
from shared.kernel.continuity import Verdict, judge
from shared.kernel.event import REGISTRY, Event
from shared.kernel.metrics import Metrics
from shared.kernel.ports import Checkpoint, Consumer, Document, Fenced, Move, Partition, Record, ViewStore

log = structlog.get_logger()

FUSE_WINDOW = 200
"""Records looked back on; the fuse blows when half of them, and at least FUSE_LEAST, were poison."""
FUSE_LEAST = 20
LOSS = "loss: records are missing from the topic; `gonghui relay republish` sends them again"
FORK = "fork: the topic tells another history than the one applied here; this partition stops"
EVERY_VIEW = "*"
"""Stands for the view when a record's headers do not even tell its type."""


class FuseBlown(Exception):
    """Poison is the rule, not the exception: the runner stops until somebody has looked."""


@dataclass
class Standing:
    """Where this process stands in one partition; equals the checkpoint between batches."""

    id: str
    epoch: int
    next_offset: int
    """As the checkpoint has it."""
    last: int | None
    source: str
    reading: int = 0
    """Where reading goes on; behind `next_offset` only when a topic was made anew and positions must decide."""
    lost: bool = False
    """A loss was found; nothing is applied until a record continues from `last`."""
    stopped: bool = False
    """A fork, or an incarnation nobody accepted."""


@dataclass(frozen=True, slots=True)
class Step:
    """One record that is next in its partition, and where the partition stands after it."""

    record: Record
    incoming: Incoming | None
    """None: the headers cannot be read, `poison` says why."""
    poison: str
    last: int | None
    source: str


@dataclass
class Plan:
    """What a batch amounts to: the steps to apply in order, and the checkpoints after all of them."""

    steps: list[Step] = field(default_factory=list)
    ends: dict[Partition, tuple[int, int | None, str]] = field(default_factory=dict)


class Follower:
    """Base of projector and reactor: claims partitions, judges records, keeps the quarantine."""

    def __init__(
        self, *, name: str, runner: str, store: ViewStore, consumer: Consumer, owner: str, metrics: Metrics
    ) -> None:
        self.name, self.runner = name, runner
        self.store, self.consumer, self.owner, self.metrics = store, consumer, owner, metrics
        self.standing: dict[Partition, Standing] = {}
        self.held: set[tuple[str, str, str]] = set()
        """(view or reaction, topic, stream) whose events park behind one that could not be applied."""
        self.discarded: set[tuple[str, str, int, int]] = set()
        self._recent: list[bool] = []
        self.blown = False

    # -- partitions ---------------------------------------------------------------------------------------------

    def checkpoint_id(self, partition: Partition) -> str:
        return f"{self.name}:{partition[0]}:{partition[1]}"

    async def claim(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Make partitions this process's own: the offset to read each from."""
        self.standing.clear()
        wanted = sorted(partitions)
        claimed = await self.store.claim([self.checkpoint_id(p) for p in wanted], self.owner)
        new = [p for p in wanted if claimed[self.checkpoint_id(p)].last_position is None]
        beginnings = await self.consumer.beginning(new) if new else {}
        for partition in wanted:
            known_from_the_start = beginnings.get(partition, 0) == 0
            self._stand(partition, claimed[self.checkpoint_id(partition)], 0 if known_from_the_start else None)
        await self._load_quarantine()
        return {partition: self.standing[partition].next_offset for partition in wanted}

    def _stand(self, partition: Partition, found: Checkpoint, first_contact: int | None) -> None:
        last = first_contact if found.last_position is None else found.last_position
        self.standing[partition] = Standing(
            found.id, found.epoch, found.next_offset, last, found.last_source, found.next_offset
        )

    def rewind(self, partition: Partition, offset: int) -> None:
        """The broker does not hold what comes next here: read from `offset` and let positions decide."""
        self.standing[partition].reading = offset

    async def reload(self) -> dict[Partition, int]:
        """Where to read on after a failure. Fenced if another owner has taken a partition."""
        found = await self.store.checkpoints([s.id for s in self.standing.values()])
        for partition, standing in self.standing.items():
            checkpoint = found.get(standing.id)
            if checkpoint is None or checkpoint.epoch != standing.epoch:
                raise Fenced(standing.id)
            self._stand(partition, checkpoint, standing.last)
            self.standing[partition].stopped = standing.stopped
        await self._load_quarantine()
        return {partition: standing.next_offset for partition, standing in self.standing.items()}

    async def _load_quarantine(self) -> None:
        rows = await self.store.rows("quarantine", {"set": self.name})
        self.held = {(row["view"], row["topic"], row["stream"]) for row in rows}
        discards = await self.store.rows("discards", {})
        self.discarded = {(row["view"], row["topic"], row["partition"], row["offset"]) for row in discards}
        self._count_quarantine(rows)

    def _count_quarantine(self, rows: Sequence[Document]) -> None:
        open_rows = sum(row["state"] == "open" for row in rows)
        self.metrics.quarantine_open.labels(self.runner).set(open_rows)
        self.metrics.quarantine_parked.labels(self.runner).set(len(rows) - open_rows)

    def forget(self) -> None:
        """Nothing is this process's own any more."""
        self.standing.clear()
        self.held.clear()

    async def release(self) -> None:
        """A graceful good-bye: the successor need not end this process's sessions."""
        await self.store.release([s.id for s in self.standing.values()], self.owner)
        self.forget()

    # -- records ------------------------------------------------------------------------------------------------

    async def batch(self, records: Sequence[Record]) -> None:
        """Apply what is next; all of it or nothing. After any exception the caller reloads and seeks."""
        if self.blown:
            raise FuseBlown(self.runner)
        plan = self.sift(records)
        if plan.ends:
            await self.apply(plan)
            self.stand_at(plan.ends)

    async def apply(self, plan: Plan) -> None:
        raise TypeError(f"{type(self).__name__} applies nothing")

    def stand_at(self, ends: dict[Partition, tuple[int, int | None, str]]) -> None:
        for partition, (offset, last, source) in ends.items():
            standing = self.standing[partition]
            standing.next_offset = standing.reading = offset
            standing.last, standing.source = last, source

    def moves(self, ends: dict[Partition, tuple[int, int | None, str]]) -> list[Move]:
        return [
            Move(standing.id, standing.epoch, standing.next_offset, offset, last, source)
            for partition, (offset, last, source) in ends.items()
            for standing in (self.standing[partition],)
        ]

    def sift(self, records: Sequence[Record]) -> Plan:
        """Which records are next, in order; duplicates fall out, losses and forks raise the alarm."""
        plan = Plan()
        for record in records:
            partition = (record.topic, record.partition)
            standing = self.standing.get(partition)
            if standing is None or standing.stopped:
                continue
            offset, last, source = plan.ends.get(partition) or (standing.reading, standing.last, standing.source)
            if record.offset < offset:
                continue
            try:
                incoming, poison = read_headers(record), ""
                position: tuple[int, int, str] | None = (incoming.position, incoming.previous, incoming.source)
            except Unreadable as unreadable:
                incoming, poison = None, str(unreadable)
                position = read_position(record.headers)
            if position is not None:
                verdict = judge(last, source, *position)
                if verdict is not Verdict.NEXT:
                    if verdict is Verdict.DUPLICATE and not standing.lost:
                        plan.ends[partition] = (record.offset + 1, last, source)
                    self._alarm(verdict, standing, partition, position[0])
                    continue
                standing.lost = False
                last, source = position[0], position[2]
            elif standing.lost:
                continue
            plan.steps.append(Step(record, incoming, poison, last, source))
            plan.ends[partition] = (record.offset + 1, last, source)
        return plan

    def _alarm(self, verdict: Verdict, standing: Standing, partition: Partition, position: int) -> None:
        where = {"runner": self.runner, "topic": partition[0], "partition": str(partition[1])}
        if verdict is Verdict.DUPLICATE:
            self.metrics.duplicates_dropped.labels(self.runner, partition[0]).inc()
        elif verdict is Verdict.LOSS:
            if not standing.lost:
                self.metrics.continuity_losses.labels(**where).inc()
                log.error(LOSS, **where, expected=standing.last, position=position)
            standing.lost = True
        else:
            self.metrics.continuity_forks.labels(**where).inc()
            log.error(FORK, **where, expected=standing.last, position=position)
            standing.stopped = True
            self.consumer.pause([partition])

    def decode(self, step: Step, subscribed: frozenset[type[Event]]) -> Event | str | None:
        """The event; None if nobody here wants it; or why it is poison."""
        if step.incoming is None:
            return step.poison
        kind = REGISTRY.get(step.incoming.type)
        if kind is None:
            self.metrics.unknown_types.labels(self.runner, step.record.topic).inc()
            return None
        if kind not in subscribed:
            return None
        try:
            return step.incoming.event()
        except ValueError as unreadable:
            return f"{type(unreadable).__name__}: {str(unreadable)[:200]}"

    # -- quarantine ---------------------------------------------------------------------------------------------

    def is_held(self, view: str, step: Step) -> bool:
        stream = stream_key(step.record)
        topic = step.record.topic
        return (view, topic, stream) in self.held or (EVERY_VIEW, topic, stream) in self.held

    def is_discarded(self, view: str, step: Step) -> bool:
        record = step.record
        return bool(self.discarded) and (view, record.topic, record.partition, record.offset) in self.discarded

    def row(self, view: str, step: Step, state: str, reason: str, **more: Any) -> Document:
        """A quarantine row: `open` (could not be applied), `waiting` (not yet) or `parked` behind one of these."""
        record = step.record
        return {
            "_id": f"{self.name}|{view}|{record.topic}|{record.partition}|{record.offset:020d}",
            "set": self.name,
            "view": view,
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "stream": stream_key(record),
            "state": state,
            "reason": reason[:500],
            "key": record.key,
            "value": record.value,
            "headers": [[name, value] for name, value in record.headers],
            "timestamp": record.timestamp,
            **more,
        }

    def note(self, poison: int, sound: int) -> None:
        """Feed the fuse."""
        self._recent = [*self._recent, *([True] * poison), *([False] * sound)][-FUSE_WINDOW:]
        bad = sum(self._recent)
        if bad >= FUSE_LEAST and bad * 2 >= len(self._recent):
            self.blown = True
            self.metrics.fuse_blown.labels(self.runner).set(1)
            log.error("fuse blown: most records are poison; look, mend, start again", runner=self.runner, count=bad)

    async def tend(self) -> None:
        """Carry out what operators asked for (retry, discard) and what has waited long enough. About once a second."""
        for request in await self.store.rows("requests", {"set": self.name}):
            owned = (request["topic"], request["partition"]) in self.standing
            if owned:
                await self.retry(request["view"], request["topic"], request["stream"], request)

    async def retry(self, view: str, topic: str, stream: str, request: Document | None = None) -> None:
        """Try the parked events of one stream again, in order, as far as they go."""
        where = {"set": self.name, "view": view, "topic": topic, "stream": stream}
        rows = await self.store.rows("quarantine", where)
        done: list[str] = []
        discards: list[Document] = []
        if request and request["kind"] == "discard" and rows:
            first = rows.pop(0)
            done.append(first["_id"])
            views = [view] if view != EVERY_VIEW else self.names()
            discards = [discard(name, first, request) for name in views]
        left = await self.apply_parked(view, rows, done, discards, request)
        if not left:
            self.held.discard((view, topic, stream))
        self._count_quarantine(await self.store.rows("quarantine", {"set": self.name}))

    def names(self) -> list[str]:
        raise TypeError

    async def apply_parked(
        self, view: str, rows: list[Document], done: list[str], discards: list[Document], request: Document | None
    ) -> bool:
        """Apply parked rows in one transaction with their removal; whether any is left."""
        raise TypeError


def stream_key(record: Record) -> str:
    return (record.key or b"").decode(errors="backslashreplace")


def parked_step(row: Document) -> Step:
    """The record of a quarantine row, as it came."""
    record = Record(
        row["topic"],
        row["partition"],
        row["offset"],
        row["key"],
        row["value"],
        [(name, value) for name, value in row["headers"]],
        row["timestamp"],
    )
    try:
        return Step(record, read_headers(record), "", None, "")
    except Unreadable as unreadable:
        return Step(record, None, str(unreadable), None, "")


def discard(view: str, row: Document, request: Document) -> Document:
    """What a rebuild honours: this record has no effect on this view, by decision of an operator."""
    return {
        "_id": f"{view}|{row['topic']}|{row['partition']}|{row['offset']}",
        "view": view,
        "topic": row["topic"],
        "partition": row["partition"],
        "offset": row["offset"],
        "reason": row["reason"],
        "by": request["by"],
    }
