"""What the core needs from outside: a database, a broker, a clock, ids. Log, relay, projector and reactions are
written against these, so that the same code runs on MongoDB and Kafka and in a simulation.

Every operation is bounded in time. A write has taken effect on a majority when it returns; otherwise it raises

StoreFault
├── Taken          a unique index refused it; nothing was written
├── WriteConflict  another transaction was first, or this one was ended; nothing was written, try the unit again
├── Fenced         another owner took the partition; nothing was written
├── Unwritable     the database cannot hold such a document; nothing was written
└── Unknown        it may or may not have taken effect: look before deciding anything
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

Document = dict[str, Any]
Partition = tuple[str, int]
"""A topic and the number of one of its partitions."""


class StoreFault(Exception):
    """The database did not do what was asked."""


class Taken(StoreFault): ...


class WriteConflict(StoreFault): ...


class Fenced(StoreFault): ...


class Unwritable(StoreFault): ...


class Unknown(StoreFault): ...


class BrokerFault(Exception):
    """The broker did not acknowledge in time, or refused; what was sent may or may not be there."""


class Clock(Protocol):
    def now(self) -> datetime:
        """Real time in UTC as the database server has it."""
        ...

    def today(self) -> date:
        """The business date in Asia/Shanghai; the business clock moves it."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class Ids(Protocol):
    def new(self) -> str:
        """A fresh UUID, version 7."""
        ...


@dataclass(frozen=True)
class Wire:
    """One event as it is sent: final bytes, so that a re-send is identical whatever the code has become."""

    topic: str
    key: str
    body: bytes
    headers: Mapping[str, str]
    """All but `ce_position` and `ce_previous`, which numbering gives."""


@dataclass(frozen=True)
class Commit:
    """Events of one stream that became true at once; the unit of the log."""

    id: str
    stream: str
    version: int
    """Number of the first event in its stream, from 1; each event has its own (`ce_sequence`)."""
    events: tuple[Wire, ...]
    at: str
    actor: str
    unit: str
    """Id of the first commit of the same unit of work."""
    key: str | None = None
    """Idempotency key, in the first commit of a unit only; unique with the actor."""
    body_hash: str | None = None
    first_position: int | None = None
    """Position of its first event; its events are numbered consecutively. None: not numbered yet."""
    previous: tuple[int, ...] = ()
    """For each event the position of the record before it in its topic-partition."""

    @property
    def next_version(self) -> int:
        return self.version + len(self.events)


@dataclass(frozen=True)
class Put:
    """Replace or insert a document."""

    collection: str
    id: str
    document: Document


@dataclass(frozen=True)
class Drop:
    """Remove a document."""

    collection: str
    id: str


@dataclass(frozen=True)
class Reserve:
    """Claim a unique key for a holder; `Taken` if another holds it."""

    key: str
    holder: str


Write = Put | Drop | Reserve


@dataclass(frozen=True)
class Checkpoint:
    """How far one partition has been applied by one set of views, or by the reactions."""

    id: str
    next_offset: int = 0
    last_position: int | None = None
    """None: nothing applied yet, first contact."""
    last_source: str = ""
    epoch: int = 0


class End(NamedTuple):
    """Where a partition stands after some of its records."""

    offset: int
    """Of the record that comes next."""
    last: int | None
    """The position of the last one applied."""
    source: str


@dataclass(frozen=True)
class Move:
    """A checkpoint's step: `Fenced` unless it still stands at `expected` under this `epoch`."""

    id: str
    epoch: int
    expected: int
    next_offset: int
    last_position: int | None
    last_source: str


@dataclass(frozen=True)
class Sequence_:
    """The relay's own document: what is numbered, what is published, under whose epoch."""

    epoch: int = 0
    next: int = 1
    tails: Mapping[Partition, int] = field(default_factory=dict)
    """Last position of each topic-partition *before* the batch named by `pending`: a redo starts from these."""
    pending: tuple[str, ...] = ()
    """Ids of the commits of the last batch, in order; numbered from `pending_first`."""
    pending_first: int = 1
    published: int = 0


@dataclass(frozen=True)
class Outgoing:
    """A numbered event on its way to the broker."""

    wire: Wire
    partition: int
    position: int
    previous: int


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a topic, as it came."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    timestamp: int = 0
    """Milliseconds since 1970 as the producer gave it."""


class LogStore(Protocol):
    async def append(self, commits: Sequence[Commit], writes: Sequence[Write] = (), moves: Sequence[Move] = ()) -> None:
        """All of it or nothing, on a majority."""
        ...

    async def commit(self, commit_id: str) -> Commit | None: ...

    async def keyed(self, actor: str, key: str) -> Commit | None:
        """The commit that this actor made under this idempotency key."""
        ...

    async def tail(self, stream: str, after: int) -> list[Commit]:
        """Commits of a stream that begin at `after` or later, in order; majority-committed, and never less than what
        the append saw that was refused last."""
        ...

    async def holder(self, key: str) -> str | None:
        """Who holds a reservation."""
        ...

    async def document(self, collection: str, document_id: str) -> Document | None:
        """A document that belongs to the log's side of the database (vault entries), majority-committed."""
        ...

    def closed(self) -> str | None:
        """Why the log takes no commands (a fork was found), or None; as last heard, at most a second ago."""
        ...


class RelayStore(Protocol):
    async def lead(self, name: str, owner: str, seconds: float) -> int | None:
        """Take or keep a lease by server time: its epoch, or None while another holds it."""
        ...

    async def resign(self, name: str, owner: str) -> None: ...

    async def sequence(self) -> Sequence_: ...

    async def take_over(self, epoch: int) -> Sequence_ | None:
        """Write the epoch into the sequence document; None if a later one is there."""
        ...

    async def plan(self, before: Sequence_, after: Sequence_) -> bool:
        """Replace the sequence document if it still has `before`'s epoch and `next`."""
        ...

    async def pending(self, limit: int, after: Any = None) -> tuple[list[Commit], Any]:
        """Un-numbered commits in the order of their server timestamps, as of one majority-committed moment (fewer than
        there are where they are large), and what to give as `after` for those behind them as of the same moment."""
        ...

    async def last_numbered(self, stream: str) -> int:
        """The version that must come next for a stream: one past its last numbered event; 1 if there is none."""
        ...

    async def stamp(self, commits: Sequence[Commit]) -> None:
        """Store first_position and previous of commits that have none yet."""
        ...

    async def commits(self, ids: Sequence[str]) -> list[Commit]: ...

    async def numbered(self, after: int, limit: int) -> list[Commit]:
        """Numbered commits that hold a position greater than `after`, in order of position; fewer than there are where
        they are large."""
        ...

    async def published(self, epoch: int, before: int, position: int) -> bool:
        """Move `published` on from `before`; False if the epoch is not current any more, or if it stands elsewhere or
        is to be moved back: an order that the server carries out late must move nothing."""
        ...

    async def republish_requested(self) -> int | None:
        """Take up an operator's request to send again: where `published` stands after it; None without one."""
        ...

    async def outbox(self) -> tuple[int, float]:
        """How many commits wait to be published, and the age of the oldest in seconds."""
        ...

    async def close_log(self, reason: str) -> None:
        """Refuse all commands from now on (a fork was found)."""
        ...

    async def end_silent_processes(self, seconds: float) -> int:
        """Kill the sessions of processes that have not reported for so long, so that nothing stays locked."""
        ...

    async def appended(self) -> None:
        """Wait until something has been appended that the last `pending` did not show, a few seconds at the most."""
        ...


class Transaction(Protocol):
    """Reads and writes that become true together or not at all, at the end of the `async with`."""

    async def load(self, collection: str, ids: Sequence[str]) -> dict[str, Document]: ...

    async def save(self, collection: str, documents: Iterable[Document]) -> None:
        """Replace or insert by `_id`."""
        ...

    async def remove(self, collection: str, ids: Sequence[str]) -> None: ...

    async def move(self, moves: Sequence[Move]) -> None: ...


class ViewStore(Protocol):
    async def load(self, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        """Documents as they are on a majority, outside of any transaction."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Transaction]: ...

    async def claim(self, ids: Sequence[str], owner: str) -> dict[str, Checkpoint]:
        """Make these checkpoints this process's own: the former owner's session is ended, the epoch goes up."""
        ...

    async def checkpoints(self, ids: Sequence[str]) -> dict[str, Checkpoint]: ...

    async def settled(self, ids: Sequence[str]) -> dict[str, Checkpoint]:
        """The same when it is not known whether a step was taken: by a write, which waits for whatever is on its way to
        them. A read of what a majority has may still show the state before a step that is going to hold."""
        ...

    async def release(self, ids: Sequence[str], owner: str) -> None: ...

    async def rows(
        self, collection: str, where: Mapping[str, Any], fields: Sequence[str] = (), limit: int = 0
    ) -> list[Document]:
        """Documents in the order of their ids, with all fields or these."""
        ...

    async def ensure_view(self, collection: str, indexes: Sequence[str]) -> None: ...

    async def standing(self, ids: Sequence[str]) -> None:
        """Note that these partitions have been applied to their ends just now, by server time."""
        ...


class Broker(Protocol):
    async def send(self, records: Sequence[Outgoing]) -> None:
        """Send in order and return when all are acknowledged. After a BrokerFault the next call starts anew."""
        ...

    async def last_records(self, topics: Sequence[str], back: int = 20) -> dict[Partition, Record | None]:
        """The record with the highest position among the last ones of every partition; None where there is none."""
        ...

    async def close(self) -> None: ...


class Consumer(Protocol):
    """What the projector needs of its consumer besides the records."""

    def pause(self, partitions: Iterable[Partition]) -> None: ...

    def resume(self, partitions: Iterable[Partition]) -> None: ...

    def seek(self, partition: Partition, offset: int) -> None: ...

    async def beginning(self, partitions: Sequence[Partition]) -> dict[Partition, int]: ...
