"""Hand-written stand-ins for what the kernel needs from outside: time, ids, a log in memory, a directory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from shared.kernel.ports import Commit, Document, Drop, Move, Put, Reserve, StoreFault, Taken, Write, WriteConflict
from shared.values.org_path import OrgPath, contains
from shared.values.roles import Role

V = TypeVar("V")

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@dataclass
class StoppedClock:
    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def today(self) -> date:
        return self.at.date()

    def monotonic(self) -> float:
        return (self.at - NOON).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class CountedIds:
    given: int = 0

    def new(self) -> str:
        self.given += 1
        return str(UUID(int=self.given))


@dataclass
class MemoryLog:
    """A log without a database."""

    commits: list[Commit] = field(default_factory=list)
    documents: dict[tuple[str, str], Document] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    closed_for: str | None = None
    fault: StoreFault | None = None
    """Raised by every operation while it is set."""

    async def append(self, commits: Sequence[Commit], writes: Sequence[Write] = (), moves: Sequence[Move] = ()) -> None:
        self._may_fail()
        for new in commits:
            for one in self.commits:
                if (one.stream, one.version) == (new.stream, new.version) or one.id == new.id:
                    raise Taken()
                if new.key and (one.actor, one.key) == (new.actor, new.key):
                    raise Taken()
        if any(isinstance(write, Reserve) and write.key in self.held for write in writes):
            raise Taken()
        if moves:
            raise WriteConflict("this log keeps no checkpoints")
        self.commits += commits
        for write in writes:
            match write:
                case Put():
                    self.documents[write.collection, write.id] = write.document
                case Drop():
                    self.documents.pop((write.collection, write.id), None)
                case Reserve():
                    self.held[write.key] = write.holder

    async def commit(self, commit_id: str) -> Commit | None:
        self._may_fail()
        return next((one for one in self.commits if one.id == commit_id), None)

    async def keyed(self, actor: str, key: str) -> Commit | None:
        self._may_fail()
        return next((one for one in self.commits if (one.actor, one.key) == (actor, key)), None)

    async def tail(self, stream: str, after: int) -> list[Commit]:
        self._may_fail()
        return [one for one in self.commits if one.stream == stream and one.version >= after]

    async def holder(self, key: str) -> str | None:
        self._may_fail()
        return self.held.get(key)

    async def document(self, collection: str, document_id: str) -> Document | None:
        self._may_fail()
        return self.documents.get((collection, document_id))

    def closed(self) -> str | None:
        return self.closed_for

    def _may_fail(self) -> None:
        if self.fault:
            raise self.fault


@dataclass
class KnownDirectory:
    """Organisations by path, and roles as (actor, role, path)."""

    paths: Mapping[str, OrgPath]
    roles: list[tuple[str, Role, OrgPath]] = field(default_factory=list)
    seconds: float = 0.0

    def path(self, org_id: str) -> OrgPath | None:
        return self.paths.get(org_id)

    def may(self, actor_id: str, role: Role, path: OrgPath, today: date) -> bool:
        return any(contains(scope, path) for scope in self.scopes(actor_id, role, today))

    def scopes(self, actor_id: str, role: Role, today: date) -> tuple[OrgPath, ...]:
        return tuple(path for actor, held, path in self.roles if actor == actor_id and held & role)

    def age(self) -> float:
        return self.seconds


@dataclass
class MemoryViews:
    """View objects by model and key; lists come uncut, so that the kernel's own cut shows."""

    rows: dict[tuple[type, str], Any] = field(default_factory=dict)

    def put(self, *rows: Any) -> None:
        for row in rows:
            self.rows[type(row), row.id] = row

    async def view(self, model: type[V], key: str) -> V | None:
        return self.rows.get((model, key))

    async def find(
        self,
        model: type[V],
        where: Mapping[str, Any],
        *,
        limit: int,
        after: str | None,
        scopes: Sequence[OrgPath] | None,
    ) -> list[V]:
        return [row for (kind, key), row in sorted(self.rows.items(), key=lambda item: item[0][1]) if kind is model]

    async def settled(self, model: type) -> bool:
        return True
