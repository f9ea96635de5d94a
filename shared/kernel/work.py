"""A unit of work: what a handler changes becomes true together, once, at the edge.

`Commands.run` calls the handler, commits what it decided in one atomic write and, when another writer was first, calls
it again with the same ids on freshly read streams. A refusal, and a decision that yields nothing, is never answered
from memory alone: no write means no conflict, so a stale replica would otherwise refuse a seat that is free again.
"""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from shared.kernel import cloudevents
from shared.kernel.aggregate import Aggregate, stream_of
from shared.kernel.event import Event
from shared.kernel.log import FIRST_WAIT, FURTHER_WAIT, Busy, Known, Log
from shared.kernel.ports import Clock, Commit, Fenced, Ids, Move, Put, Reserve, Taken, Unknown, Write, WriteConflict
from shared.kernel.refusal import Invalid, Refused, Unavailable
from shared.values.org_path import OrgPath

A = TypeVar("A", bound=Aggregate)
V = TypeVar("V")
Act = Callable[["Work"], Awaitable[None]]

ATTEMPTS = 24
"""How often a unit is decided anew before the answer is 503."""
PAGE = 1_000
"""Rows that `every` reads at once."""
LARGEST_UNIT = 8 * 1024 * 1024
"""Bytes of all events of a unit; the database takes documents of twice as much."""


class Command(BaseModel):
    """Base of the bodies of commands."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NotYet(Exception):
    """A reaction's subject has not arrived here yet: its stream parks and is tried again."""


class KeyReused(Invalid):
    """This Idempotency-Key was used before with another content; use a new key for a new request.
    该 Idempotency-Key 已用于其他内容，新的请求请使用新的键。"""


class TooMuchAtOnce(Invalid):
    """One command changes at most {limit} bytes of events at once, this one {bytes}: do it in parts.
    单个命令产生的事件合计最多 {limit} 字节，当前为 {bytes} 字节，请分批处理。"""

    status = 413


class LogClosed(Unavailable):
    """The history of this service has to be settled by an operator first: {reason}
    本服务的历史记录需先由运维人员处理：{reason}"""

    retry_after = 30


@dataclass(frozen=True)
class Actor:
    id: str


@dataclass(frozen=True)
class Outcome:
    commits: tuple[Commit, ...]
    """What was committed; only the first commit when an earlier answer is replayed; none if nothing changed."""
    replayed: bool = False


class Directory(Protocol):
    """What the kernel itself asks of `shared.directory`."""

    def path(self, org_id: str) -> OrgPath | None: ...

    def age(self) -> float: ...


class Views(Protocol):
    """Queries over the views of this service."""

    async def view(self, model: type[V], key: str) -> V | None: ...

    async def find(
        self,
        model: type[V],
        where: Mapping[str, Any],
        *,
        limit: int,
        after: str | None,
        scopes: Sequence[OrgPath] | None,
    ) -> list[V]: ...

    async def settled(self, model: type) -> bool: ...


class Minted:
    """Ids of one unit: the n-th asked for is the same in every attempt."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._minted: list[str] = []
        self._next = 0

    def rewind(self) -> None:
        self._next = 0

    def new(self) -> str:
        if self._next == len(self._minted):
            self._minted.append(self._ids.new())
        self._next += 1
        return self._minted[self._next - 1]


@dataclass
class _Open(Generic[A]):
    """A stream opened in this unit."""

    kind: type[A]
    known: Known[A]
    state: A
    events: list[Event]
    shown: bool = False
    """Whether the handler, or who authorised it, has looked at this state already."""


class _Anew(Exception):
    """What was shown of a stream was only remembered, and does not carry the decision: all of it is taken anew."""


class Work:
    """What a handler has: who acts, on which day, and the verbs `change`, `view`, `find` (and `reserve`)."""

    def __init__(
        self,
        core: "Commands",
        actor: Actor,
        minted: Minted,
        *,
        fresh: bool = False,
        turns: AsyncExitStack | None = None,
    ) -> None:
        self.actor = actor
        self.today: date = core.clock.today()
        self.directory: Any = core.directory
        self.vault: Any = core.vault
        self._core = core
        self._minted = minted
        self._fresh = fresh
        self._turns = turns
        self._open: dict[str, _Open[Any]] = {}
        self._writes: list[Write] = []
        self.scopes: Sequence[OrgPath] | None = None
        """Subtrees that the actor may see in lists; set by the kernel before a query runs."""

    async def change(self, kind: type[A], aggregate_id: str, decide: Callable[[A], Iterable[Event]]) -> A:
        """Decide on an aggregate and stage the events; the state after them. What `decide` raises is the refusal."""
        stream = await self._opened(kind, aggregate_id)
        try:
            events = list(decide(stream.state))
        except Refused:
            if stream.known.fresh or stream.events:
                raise
            events = []
        if not events and not stream.known.fresh and not stream.events:
            if stream.shown:
                raise _Anew()
            stream.known = await self._core.log.load(kind, aggregate_id, fresh=True)
            stream.state = stream.known.state
            events = list(decide(stream.state))
        for event in events:
            stream.state = stream.state.evolve(event)
        stream.events += events
        return stream.state

    async def state(self, kind: type[A], aggregate_id: str) -> A:
        """An aggregate as this process remembers it, to find out whose it is. To decide on it, use `change`: where that
        finds the memory wanting, all of the unit is taken anew on what is there."""
        stream = await self._opened(kind, aggregate_id)
        stream.shown = True
        return stream.state

    async def view(self, model: type[V], key: str) -> V | None:
        """One document of a view; it trails behind the events."""
        return await self._core.views.view(model, key)

    async def find(
        self, model: type[V], where: Mapping[str, Any] | None = None, *, limit: int = 100, after: str | None = None
    ) -> list[V]:
        """Documents of a view in the order of their keys, from the one after `after`; cut to what the actor may see."""
        return await self._core.views.find(model, where or {}, limit=limit, after=after, scopes=self.scopes)

    async def every(self, model: type[V], where: Mapping[str, Any] | None = None) -> AsyncIterator[V]:
        """As `find`, all of them, page by page."""
        after = None
        while page := await self.find(model, where, limit=PAGE, after=after):
            for row in page:
                yield row
            after = page[-1].id  # type: ignore[attr-defined]

    async def settled(self, model: type) -> None:
        """NotYet until the view has applied everything this service had committed a moment ago."""
        if not await self._core.views.settled(model):
            raise NotYet(f"{model.__name__} trails")

    async def reserve(self, key: str, holder: str) -> str:
        """Claim a unique key: who holds it now. If that is `holder`, the claim becomes true with this unit."""
        held_by = await self._core.log.store.holder(key)
        if held_by is None:
            self._writes.append(Reserve(key, holder))
        return held_by or holder

    def stage(self, put: Put) -> None:
        """Write a document in this unit's transaction (vault entries, access records)."""
        self._writes.append(put)

    def new_id(self) -> str:
        return self._minted.new()

    async def _opened(self, kind: type[A], aggregate_id: str) -> _Open[A]:
        name = stream_of(kind, aggregate_id)
        stream = self._open.get(name)
        if stream is None:
            if self._turns is not None:
                patience = FURTHER_WAIT if self._open else FIRST_WAIT
                await self._turns.enter_async_context(self._core.log.courtesy(name, patience))
            known = await self._core.log.load(kind, aggregate_id, fresh=self._fresh)
            stream = self._open[name] = _Open(kind, known, known.state, [])
        return stream

    @property
    def remembered(self) -> bool:
        """Whether anything here was decided on a remembered state."""
        return any(not stream.known.fresh for stream in self._open.values())

    def is_behind(self, commits: Sequence[Commit]) -> bool:
        """Whether a stream has gone on without these, so that they can never become true."""
        opened = ((self._open.get(commit.stream), commit) for commit in commits)
        return any(stream and stream.known.next_version > commit.version for stream, commit in opened)

    def result(self, unit: "_Unit") -> tuple[list[Commit], list[Write]]:
        commits: list[Commit] = []
        for name, stream in self._open.items():
            if stream.events:
                commits.append(self._commit(unit, name, stream, first=not commits))
        size = sum(len(wire.body) for commit in commits for wire in commit.events)
        if size > LARGEST_UNIT:
            raise TooMuchAtOnce(limit=LARGEST_UNIT, bytes=size)
        return commits, self._writes

    def _commit(self, unit: "_Unit", name: str, stream: _Open[Any], *, first: bool) -> Commit:
        core = self._core
        at = max(_rfc3339(core.clock.now()), stream.known.at)
        commit_id = unit.commit_id(name, first=first)
        own = self._path_of(stream.state)
        wires = []
        for number, event in enumerate(stream.events):
            paths = {path for org in event.organisations() if (path := self._path(org))}
            wires.append(
                cloudevents.encode(
                    event,
                    event_id=unit.event_id(name, number),
                    topic=event.topic or core.topic,
                    source=core.source,
                    subject=stream.state.id,
                    at=at,
                    sequence=stream.known.next_version + number,
                    commit_id=commit_id,
                    org_path=",".join(sorted(paths | ({own} if own else set()))),
                    actor=self.actor.id,
                    correlation=unit.correlation or unit.id,
                    causation=unit.causation,
                    trace=unit.trace,
                )
            )
        return Commit(
            id=commit_id,
            stream=name,
            version=stream.known.next_version,
            events=tuple(wires),
            at=at,
            actor=self.actor.id,
            unit=unit.id,
            key=unit.key if first else None,
            body_hash=unit.body_hash if first else None,
        )

    def _path_of(self, state: Aggregate) -> OrgPath | None:
        return state.org_path() or (self._path(state.org_id) if state.org_id else None)

    def _path(self, org_id: str) -> OrgPath | None:
        """As an organisation that was opened in this unit knows it itself, else as the directory has heard."""
        here = (stream.state for stream in self._open.values() if stream.state.id == org_id)
        own: OrgPath | None = next((path for state in here if (path := state.org_path())), None)
        known: OrgPath | None = own or self.directory.path(org_id)
        return known

    def states(self) -> dict[str, Aggregate]:
        return {name: stream.state for name, stream in self._open.items()}


class _Unit:
    """What stays the same in every attempt at one unit of work."""

    def __init__(
        self,
        ids: Ids,
        key: str | None,
        body_hash: str | None,
        correlation: str | None,
        causation: str,
        trace: str | None,
    ) -> None:
        self._ids = ids
        self._event_ids: dict[tuple[str, int], str] = {}
        self._commit_ids: dict[str, str] = {}
        self.id = ids.new()
        self.key, self.body_hash = key, body_hash
        self.correlation, self.causation, self.trace = correlation, causation, trace

    def commit_id(self, stream: str, *, first: bool) -> str:
        return self.id if first else self._commit_ids.setdefault(stream, self._ids.new())

    def event_id(self, stream: str, number: int) -> str:
        return self._event_ids.setdefault((stream, number), self._ids.new())


class Commands:
    """Runs units of work against one service's log."""

    def __init__(
        self,
        *,
        log: Log,
        clock: Clock,
        ids: Ids,
        directory: Directory,
        views: Views,
        topic: str,
        source: str,
        vault: Any = None,
        conflict: Callable[[], None] = lambda: None,
        chance: random.Random | None = None,
    ) -> None:
        self.log, self.clock, self.ids = log, clock, ids
        self.directory, self.views, self.vault = directory, views, vault
        self.topic, self.source = topic, source
        self._conflict = conflict
        self._chance = chance or random.Random()

    async def run(
        self,
        act: Act,
        *,
        actor: Actor,
        key: str | None = None,
        body_hash: str | None = None,
        correlation: str | None = None,
        causation: str = "",
        trace: str | None = None,
        fresh: bool = False,
        moves: Sequence[Move] = (),
        writes: Sequence[Write] = (),
    ) -> Outcome:
        """Do it once, whatever happens on the way. Refused: what the caller is told. With `moves` (a reaction's
        checkpoint) nothing is done unless these hold: Fenced."""
        if reason := self.log.store.closed():
            raise LogClosed(reason=reason)
        unit = _Unit(self.ids, key, body_hash, correlation, causation, trace)
        minted = Minted(self.ids)
        tried: list[Sequence[Commit]] = []
        for attempt in range(ATTEMPTS):
            minted.rewind()
            async with AsyncExitStack() as turns:
                work = Work(self, actor, minted, fresh=fresh, turns=turns)
                try:
                    refusal = await _refusal(act, work)
                except _Anew:
                    fresh = True
                    continue
                commits, more = work.result(unit) if refusal is None else ([], [])
                if not commits:
                    if work.remembered:
                        fresh = True
                        continue
                    if earlier := await self._earlier(unit, actor, bool(tried)):
                        return earlier
                    if any(not work.is_behind(what) for what in tried):
                        raise Busy()  # it may still become true: no answer but this one would hold
                    if refusal is not None:
                        raise refusal
                if not (commits or more or moves or writes):
                    return Outcome(())
                try:
                    await self.log.store.append(commits, [*more, *writes], moves)
                except Fenced:
                    raise
                except (Taken, WriteConflict, Unknown) as fault:
                    if earlier := await self._earlier(unit, actor, True):
                        return earlier
                    if commits and isinstance(fault, Unknown):
                        tried.append(commits)
                    wait = not isinstance(fault, Taken)
                else:
                    states = work.states()
                    for commit in commits:
                        self.log.committed(commit, states[commit.stream])
                    return Outcome(tuple(commits))
            fresh = True
            self._conflict()
            if wait:
                await self.clock.sleep(self._chance.uniform(0, 0.002 * 2 ** min(attempt, 6)))
        raise Busy()

    async def _earlier(self, unit: _Unit, actor: Actor, tried: bool) -> Outcome | None:
        """What this unit, or another one with its key, has committed already."""
        store = self.log.store
        if tried and (own := await store.commit(unit.id)):
            return Outcome((own,))
        if unit.key and (keyed := await store.keyed(actor.id, unit.key)):
            if keyed.body_hash != unit.body_hash:
                raise KeyReused()
            return Outcome((keyed,), replayed=True)
        return None


async def _refusal(act: Act, work: Work) -> Refused | None:
    """Let a handler decide. What it cannot say now (503) is no decision and goes to the caller at once."""
    try:
        await act(work)
    except Unavailable:
        raise
    except Refused as refused:
        return refused
    return None


def reply(commit: Commit) -> dict[str, Any]:
    """The answer to a command, derived from its commit alone: a replay is identical."""
    return {
        "commit": commit.id,
        "subject": commit.events[0].headers["ce_subject"],
        "sequence": commit.next_version - 1,
        "at": commit.at,
        "events": [
            {
                "id": wire.headers["ce_id"],
                "type": wire.headers["ce_type"],
                "subject": wire.headers["ce_subject"],
                "sequence": int(wire.headers["ce_sequence"]),
            }
            for wire in commit.events
        ],
    }


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
