"""What the core needs from outside: a database, a broker, a clock, ids. Log, relay, projector and reactions are
written against these, so that the same code runs on MongoDB and Kafka and in a simulation.

Every operation is bounded in time. A write has taken effect on a majority when it returns; three things can be said
instead: `Taken` (a unique index refused it), `WriteConflict` (nothing was written, try the whole unit again) and
`Unknown` (it may or may not have taken effect: look before deciding anything).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

Document = dict[str, Any]
Partition = tuple[str, int]
"""A topic and the number of one of its partitions."""


class StoreFault(Exception):
    """The database did not do what was asked."""


class Taken(StoreFault):
    """A unique index already holds such an entry."""


class WriteConflict(StoreFault):
    """Another transaction was first, or this one was ended; nothing has been written."""


class Unknown(StoreFault):
    """No answer, or none that tells: the write may have taken effect."""


class BrokerFault(Exception):
    """The broker did not acknowledge in time, or refused."""


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
class Commit:
    """Events of one stream that became true at once; the unit of the log.

    `events[i]` is `{"id", "type", "version", "subject", "topic", "partition", "body": bytes, "headers": {name: text}}`:
    the final wire bytes and header values, without the position, which numbering gives.
    """

    id: str
    stream: str
    version: int
    """Number of the first event in its stream, from 1."""
    events: tuple[Document, ...]
    at: str
    actor: str
    org: tuple[str, ...]
    unit: str
    """Id of the first commit of the same unit of work."""
    correlation: str
    causation: str
    key: str | None = None
    """Idempotency key, in the first commit of a unit only; unique with the actor."""
    body_hash: str | None = None
    first_position: int | None = None
    previous: tuple[int, ...] = ()
    """For each event the position of the record before it in its topic-partition; set by numbering."""

    @property
    def next_version(self) -> int:
        return self.version + len(self.events)


@dataclass(frozen=True)
class Put:
    """Replace or insert a document, in the same transaction as the commits."""

    collection: str
    id: str
    document: Document


@dataclass(frozen=True)
class Reserve:
    """Claim a unique key for a holder; `Taken` if another holds it."""

    key: str
    holder: str


Write = Put | Reserve


@dataclass(frozen=True)
class Move:
    """A checkpoint's step: only if it still stands at `expected` under this `epoch`."""

    id: str
    epoch: int
    expected: int
    next_offset: int
    last_position: int
    last_source: str


@dataclass(frozen=True)
class Checkpoint:
    """How far one partition has been applied by one set of views or by the reactions."""

    id: str
    next_offset: int = 0
    last_position: int | None = None
    """None: nothing applied yet, first contact."""
    last_source: str = ""
    owner: str = ""
    epoch: int = 0


class Fenced(StoreFault):
    """Another owner has taken the partition, or its checkpoint is not where this process left it."""


class LogStore(Protocol):
    async def append(self, commits: Sequence[Commit], writes: Sequence[Write], moves: Sequence[Move] = ()) -> None:
        """All of it or nothing, on a majority. Taken, WriteConflict, Unknown, Fenced."""
        ...

    async def commit(self, commit_id: str) -> Commit | None: ...

    async def keyed(self, actor: str, key: str) -> Commit | None: ...

    async def tail(self, stream: str, after: int) -> list[Commit]:
        """Commits of a stream whose version is greater than `after`, in order; majority-committed, never less than
        what the last refused append saw."""
        ...

    async def holder(self, key: str) -> str | None:
        """Who holds a reservation."""
        ...

    async def closed(self) -> str | None:
        """Why the log takes no commands (a fork was found), or None."""
        ...


@dataclass(frozen=True)
class Sequence_:
    """The relay's own document: who leads, what is numbered, what is published."""

    epoch: int
    next: int
    tails: Mapping[Partition, int]
    """Last position of each topic-partition *before* the batch in `pending`."""
    pending: tuple[str, ...]
    """Ids of the commits of the batch being stamped, in order; a redo numbers them identically."""
    pending_first: int
    published: int
    incarnation: str


class RelayStore(Protocol):
    async def lead(self, owner: str, session: str | None, ttl: float) -> int | None:
        """Take or keep the lease `relay`, by server time: its epoch, or None while another holds it."""
        ...


@dataclass(frozen=True)
class Record:
    """One record of a topic, as it came."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    timestamp: int = 0


@dataclass
class Loaded:
    """A view document as it stands in the store."""

    id: str
    document: Document = field(default_factory=dict)


Sleep = Callable[[float], Awaitable[None]]
