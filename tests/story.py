"""Decisions, views and handlers told as stories, without database or broker.

given(Aid, asked, reviewed).when(approve, too_much).then_refused(MoreThanAsked)
shown(service, AidRequest, [asked, reviewed], [other])       every document of a view, whatever the order of arrival
await Desk(directory).does("somebody", post, request_id=..., command=...)
"""

import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from shared.directory.entries import Membership
from shared.kernel import views as documents
from shared.kernel.aggregate import Aggregate, event_types
from shared.kernel.cloudevents import event_of
from shared.kernel.event import Event
from shared.kernel.log import Log
from shared.kernel.ports import Put
from shared.kernel.refusal import Refused
from shared.kernel.service import Service, View
from shared.kernel.work import Actor, Commands, Outcome, Work
from shared.values.org_path import OrgPath
from tests.kernel.fakes import CountedIds, MemoryLog, MemoryViews, StoppedClock

A = TypeVar("A", bound=Aggregate)
V = TypeVar("V")

SUBJECT = "00000000-0000-7000-8000-000000000001"
"""The aggregate that a story is about."""
ANN = "00000000-0000-7000-8000-00000000000a"
BEN = "00000000-0000-7000-8000-00000000000b"
CAI = "00000000-0000-7000-8000-00000000000c"
TODAY = date(2026, 11, 24)


def given(kind: type[A], *events: Event, id: str = SUBJECT) -> "Given[A]":
    """An aggregate with a history."""
    return Given(_told(kind(id=id), events))


def _told(state: A, events: Iterable[Event]) -> A:
    for event in events:
        assert type(event) in event_types(type(state).evolve), f"{type(state).__name__} does not know {event!r}"
        state = state.evolve(event)
    return state


@dataclass(frozen=True)
class Given(Generic[A]):
    state: A

    def when(self, decide: Callable[..., Iterable[Event]], *words: Any, **more: Any) -> "When[A]":
        try:
            return When(self.state, list(decide(self.state, *words, **more)), None)
        except Refused as refused:
            return When(self.state, [], refused)


@dataclass(frozen=True)
class When(Generic[A]):
    state: A
    events: list[Event]
    refused: Refused | None

    def then(self, *expected: Event) -> Given[A]:
        """Exactly these events; they survive the wire, and the aggregate takes them."""
        assert self.refused is None, f"refused: {self.refused!r} {self.refused and self.refused.sentence('en')}"
        assert self.events == list(expected)
        for event in self.events:
            assert type(event).read(event.model_dump_json(exclude_none=True).encode(), event.version) == event
        return Given(_told(self.state, self.events))

    def then_nothing(self) -> Given[A]:
        return self.then()

    def then_refused(self, refusal: type[Refused]) -> None:
        """With this refusal, whose words say everything in both languages."""
        assert self.refused is not None, f"not refused: {self.events!r}"
        assert type(self.refused) is refusal
        for language in ("en", "zh"):
            sentence = self.refused.sentence(language)
            assert len(sentence) > 8
            assert "?" not in sentence, f"{refusal.__name__} leaves a blank: {sentence}"


# views


def shown(service: Service, model: type[V], *streams: Sequence[Event], rounds: int = 12) -> dict[str, V]:
    """All documents of a view after these streams; the same whatever the order in which they arrive."""
    view = service.view_of(model)
    first = _projected(view, [event for stream in streams for event in stream], streams)
    for seed in range(rounds):
        again = _projected(view, _interleaved(streams, random.Random(seed)), streams)
        assert _written(view, again) == _written(view, first), f"another order of arrival (seed {seed}), another view"
    return first


def _interleaved(streams: Sequence[Sequence[Event]], chance: random.Random) -> list[Event]:
    left = [list(stream) for stream in streams]
    merged: list[Event] = []
    while left := [stream for stream in left if stream]:
        merged.append(chance.choice(left).pop(0))
    return merged


def _projected(view: View, events: Iterable[Event], streams: Sequence[Sequence[Event]]) -> dict[str, Any]:
    """As the projector does it: for tallies a document for each source partition, added up in the end."""
    partitions = {id(event): number % 3 for number, stream in enumerate(streams) for event in stream}
    found: dict[tuple[str, int], Any] = {}
    for event in events:
        if type(event) not in view.events:
            continue
        for key in view.key(event):
            place = (key, partitions[id(event)] if view.kind == "tally" else 0)
            before = found.get(place)
            if before is None and view.kind == "tally":
                before = view.model(id=key)
            found[place] = view.fold(before, event)
    if view.kind == "owned":
        for (key, _), row in found.items():
            assert row.id == key, "a view's id is its key"
        return {key: row for (key, _), row in found.items()}
    by_key: dict[str, list[Any]] = {}
    for (key, _), row in found.items():
        by_key.setdefault(key, []).append(documents.to_document(view, key, row))
    return {key: documents.added(view.model, key, rows) for key, rows in by_key.items()}


def _written(view: View, rows: Mapping[str, Any]) -> list[str]:
    """As it stands in the store, with the order of everything in it."""
    for row in rows.values():
        assert documents.from_document(view.model, documents.to_document(view, row.id, row)) == row
    return sorted(repr(documents.to_document(view, key, row)) for key, row in rows.items())


# handlers


def member(org_id: str = "G01", status: str = "active", since: int = 1, id: str = ANN) -> Membership:
    return replace(Membership(id, org_id, "active", "regular", True, None, since), status=status)  # type: ignore[arg-type]


@dataclass
class FakeDirectory:
    """A group G with subsidiaries G01 and G02 and a basic union below each, and whoever is put in."""

    memberships: dict[str, Membership] = field(default_factory=dict)
    remembered: dict[str, Membership] = field(default_factory=dict)
    """What it answers unless a fresh look is asked for."""
    paths: dict[str, OrgPath] = field(
        default_factory=lambda: {
            "G": "/G/",
            "G01": "/G/G01/",
            "G02": "/G/G02/",
            "G0101": "/G/G01/G0101/",
            "G0201": "/G/G02/G0201/",
        }
    )

    def path(self, org_id: str) -> OrgPath | None:
        return self.paths.get(org_id)

    async def membership(self, member_id: str, *, fresh: bool = False) -> Membership | None:
        known = self.memberships.get(member_id)
        return known if fresh else self.remembered.get(member_id, known)

    def age(self) -> float:
        return 0.0


class FakeVault:
    """Personal data by subject, in the open."""

    def fingerprint(self, id_number: str) -> str:
        return f"finger-of-{id_number}"

    async def store(self, work: Work, subject: str, fields: Mapping[str, str]) -> None:
        work.stage(Put("vault", subject, dict(fields)))


@dataclass
class TrailingViews(MemoryViews):
    """Views that may not have seen everything yet; lists come as the store gives them, page by page."""

    trailing: bool = False

    async def find(
        self,
        model: type[V],
        where: Mapping[str, Any],
        *,
        limit: int,
        after: str | None,
        scopes: Sequence[OrgPath] | None,
    ) -> list[V]:
        rows = [row for (kind, key), row in sorted(self.rows.items(), key=lambda item: item[0][1]) if kind is model]
        wanted = [row for row in rows if all(getattr(row, name) == value for name, value in where.items())]
        return [row for row in wanted if after is None or row.id > after][:limit]

    async def settled(self, model: type) -> bool:
        return not self.trailing


class Desk:
    """Where handlers run, on the kernel's own units of work."""

    def __init__(self, directory: FakeDirectory | None = None, *, today: date = TODAY) -> None:
        self.log, self.views, self.directory = MemoryLog(), TrailingViews(), directory or FakeDirectory()
        clock = StoppedClock(datetime.fromisoformat(f"{today}T04:00:00+00:00"))
        self.commands = Commands(
            log=Log(self.log),
            clock=clock,
            ids=CountedIds(),
            directory=self.directory,
            views=self.views,
            topic="gonghui.test",
            source="/gonghui/test",
            vault=FakeVault(),
        )

    async def does(self, actor: str, handler: Callable[..., Awaitable[None]], *words: Any, **more: Any) -> Outcome:
        """One unit of work; with `key=` it is the same one as before with that key."""
        key = more.pop("key", None)

        async def act(work: Work) -> None:
            await handler(*words, **more, work=work)

        return await self.commands.run(act, actor=Actor(actor), key=key, body_hash=key)

    async def knows(self, kind: type[A], *events: Event, id: str = SUBJECT) -> None:
        """Give a stream a history."""

        async def act(work: Work) -> None:
            await work.change(kind, id, lambda _: events)

        await self.commands.run(act, actor=Actor("history"))

    async def state(self, kind: type[A], id: str = SUBJECT) -> A:
        return (await self.commands.log.load(kind, id, fresh=True)).state

    def events(self, *, after: int = 0) -> list[Event]:
        """Everything in the log, but for so many commits at its beginning."""
        return [event_of(wire.headers, wire.body) for commit in self.log.commits[after:] for wire in commit.events]
