"""The quarantine: records that could not be applied, and behind each, parked in order, what came later in its stream.

The rows are in the database, written in the transaction of the batch; a process remembers only which streams of its own
partitions are held. A row is named by its position, so that a topic made anew cannot overwrite it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.kernel.cloudevents import Incoming, Unreadable, read_headers
from shared.kernel.metrics import Metrics
from shared.kernel.ports import Document, End, Partition, Record, ViewStore

EVERY_VIEW = "*"
"""Stands for the view when a record's headers do not even tell its type."""

Held = tuple[str, str, int, str]
"""View or reaction, topic, partition, stream: what parks together."""

SHAPE = ("view", "topic", "partition", "stream", "state", "reason")
"""All of a row but the record itself."""


@dataclass(slots=True)
class Step:
    """One record that is next in its partition, and where the partition stands after it."""

    record: Record
    incoming: Incoming | None
    """None: the headers cannot be read, `poison` says why."""
    poison: str
    position: int | None
    """None: the record does not tell."""
    offset: int
    """That of the record which comes next, and after it the last position and its source: where the partition stands
    after this one."""
    last: int | None
    source: str

    @property
    def end(self) -> End:
        return End(self.offset, self.last, self.source)

    @property
    def partition(self) -> Partition:
        return self.record.topic, self.record.partition

    @property
    def stream(self) -> str:
        return (self.record.key or b"").decode(errors="backslashreplace")

    @property
    def place(self) -> str:
        """Orders the records of a partition, whatever their offsets; those without a position follow the one before."""
        place = f"{self.last or 0:020d}"
        return place if self.position is not None else f"{place}+{self.record.offset:020d}"


class Quarantine:
    """The rows of one set of views, or of the reactions."""

    def __init__(self, name: str, runner: str, store: ViewStore, metrics: Metrics) -> None:
        self.name = name
        self._runner, self._store, self._metrics = runner, store, metrics
        self.held: dict[Held, Counter[str]] = {}
        """How many rows in each state; of the partitions that are this process's own."""
        self._discarded: set[tuple[str, str, int, str]] = set()

    async def load(self, partitions: Collection[Partition]) -> list[Document]:
        """Learn what is held in these partitions, and what operators discarded; the rows without their records."""
        rows = await self._store.rows("quarantine", {"set": self.name}, SHAPE)
        rows = [row for row in rows if (row["topic"], row["partition"]) in partitions]
        discards = await self._store.rows("discards", {})
        self._discarded = {(row["view"], row["topic"], row["partition"], row["place"]) for row in discards}
        self.held = {}
        self.note(rows)
        return rows

    def forget(self) -> None:
        self.held = {}
        self._measure()

    async def rows(self, where: Held) -> list[Document]:
        """The rows of a stream in order: of one view with those of every view, which hold it as well; or of all."""
        view, topic, partition, stream = where
        wanted: Document = {"set": self.name, "topic": topic, "partition": partition, "stream": stream}
        if view != EVERY_VIEW:
            wanted["view"] = {"$in": [view, EVERY_VIEW]}
        return sorted(await self._store.rows("quarantine", wanted), key=lambda row: str(row["place"]))

    def note(self, rows: Iterable[Document], instead_of: Sequence[Document] = ()) -> None:
        """Rows that have been written, and those that have been removed."""
        for row in instead_of:
            self.held.pop(held_by(row), None)
        for row in rows:
            self.held.setdefault(held_by(row), Counter())[row["state"]] += 1
        if rows or instead_of:
            self._measure()

    def left_behind(self) -> list[Held]:
        """Streams that wait behind nothing: whoever tried them again was interrupted when the first was applied."""
        heads = {where for where, rows in self.held.items() if rows["open"] or rows["waiting"]}
        streams = {where[1:] for where in heads}
        return [
            where
            for where in self.held.keys() - heads
            if (EVERY_VIEW, *where[1:]) not in heads and not (where[0] == EVERY_VIEW and where[1:] in streams)
        ]

    def _measure(self) -> None:
        total: Counter[str] = sum(self.held.values(), Counter())
        self._metrics.quarantine_open.labels(self._runner).set(total["open"])
        self._metrics.quarantine_parked.labels(self._runner).set(total["parked"] + total["waiting"])

    def discarded(self, view: str, step: Step) -> bool:
        """Whether an operator decided that this record has no effect on this view."""
        if not self._discarded:
            return False
        where = (*step.partition, step.place)
        return (view, *where) in self._discarded or (EVERY_VIEW, *where) in self._discarded

    def discard(self, row: Document, by: str) -> Document:
        """Discard a row's record: what to write, so that a rebuild honours it."""
        where = (row["view"], row["topic"], row["partition"], row["place"])
        self._discarded.add(where)
        named = dict(zip(("view", "topic", "partition", "place"), where, strict=True))
        return {"_id": "|".join(map(str, where)), **named, "reason": row["reason"], "by": by}

    def row(self, view: str, step: Step, state: str, reason: str, **more: Any) -> Document:
        """A row: `open` (could not be applied), `waiting` (not yet) or `parked` behind one of these."""
        record = step.record
        return {
            "_id": f"{self.name}|{view}|{record.topic}|{record.partition}|{step.place}",
            "set": self.name,
            "view": view,
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "position": step.position,
            "place": step.place,
            "last": step.last,
            "stream": step.stream,
            "state": state,
            "reason": reason[:500],
            "key": record.key,
            "value": record.value,
            "headers": [[name, value] for name, value in record.headers],
            "timestamp": record.timestamp,
            **more,
        }


def parks(view: str, step: Step, *held: Collection[Held]) -> bool:
    """Whether events of this stream park behind an earlier one."""
    where = (*step.partition, step.stream)
    return any((view, *where) in one or (EVERY_VIEW, *where) in one for one in held)


def held_by(row: Document) -> Held:
    return row["view"], row["topic"], row["partition"], row["stream"]


def parked_step(row: Document) -> Step:
    """The record of a row, as it came."""
    record = Record(
        row["topic"],
        row["partition"],
        row["offset"],
        row["key"],
        row["value"],
        [(name, value) for name, value in row["headers"]],
        row["timestamp"],
    )
    incoming, poison = None, ""
    try:
        incoming = read_headers(record)
    except Unreadable as unreadable:
        poison = str(unreadable)
    return Step(record, incoming, poison, row["position"], row["offset"] + 1, row["last"], "")
