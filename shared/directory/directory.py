"""The directory as a process holds it: organisations and roles in memory, memberships one by one. It trails.

What is decided with it may be decided on what was true a moment ago; `age` says how long ago at the most.
"""

import asyncio
import contextlib
import math
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date
from typing import Protocol, TypeVar

from shared.directory.entries import Membership, Organisation, RoleHeld
from shared.kernel.ports import Clock, StoreFault
from shared.values.org_path import OrgPath, contains
from shared.values.roles import Role

E = TypeVar("E")

REMEMBERED = 10_000
"""Memberships kept in memory."""
TRUSTED = 0.5
"""Seconds for which a remembered membership is not read again."""
BREATH, WATCH = 1.0, 3.0
"""Seconds before the store is asked again after a fault, and between looks at the age."""


class Entries(Protocol):
    """Where the documents of the three views come from."""

    async def get(self, model: type[E], key: str) -> E | None: ...

    def follow(self) -> AsyncIterator[Sequence[Organisation | RoleHeld]]:
        """First every organisation and role as it stands, then whatever is written, as it comes. StoreFault (or the
        end of the iterator) when some may have been missed."""
        ...

    async def standing(self) -> float:
        """Seconds since the views' runner last stood at the end of every partition."""
        ...


class Directory:
    def __init__(self, entries: Entries, clock: Clock) -> None:
        self._entries, self._clock = entries, clock
        self._organisations: dict[str, Organisation] = {}
        self._roles: dict[str, dict[str, RoleHeld]] = defaultdict(dict)
        self._memberships: OrderedDict[str, tuple[float, Membership]] = OrderedDict()
        self._stood = -math.inf
        self.loaded = asyncio.Event()
        """Set once the organisations and roles are in memory."""

    async def run(self) -> None:
        """Keep it current, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            tasks.create_task(self._watch())

    def organisation(self, org_id: str) -> Organisation | None:
        return self._organisations.get(org_id)

    def path(self, org_id: str) -> OrgPath | None:
        """Where an organisation stands in the tree; None if it has not been heard of."""
        known = self._organisations.get(org_id)
        return known.path if known else None

    async def membership(self, member_id: str, *, fresh: bool = False) -> Membership | None:
        """A person's membership as the view has it; `fresh`: not from memory, not even of half a second ago."""
        now = self._clock.monotonic()
        read_at, known = self._memberships.get(member_id, (-math.inf, None))
        if fresh or now - read_at > TRUSTED:
            known = await self._entries.get(Membership, member_id)
            if known is not None:
                self._remember(now, known)
        return known

    def may(self, actor_id: str, role: Role, path: OrgPath, today: date) -> bool:
        """Whether the actor holds one of the roles where `path` lies, on this day."""
        return any(contains(scope, path) for scope in self.scopes(actor_id, role, today))

    def scopes(self, actor_id: str, role: Role, today: date) -> tuple[OrgPath, ...]:
        """The subtrees in which the actor holds one of the roles, on this day."""
        return tuple(
            path
            for held in self._roles.get(actor_id, {}).values()
            if Role.named(held.role) & role
            and (held.until is None or held.until >= today)
            and (path := self.path(held.org_id)) is not None
        )

    def within(self, scopes: Iterable[OrgPath]) -> list[str]:
        """Codes of the organisations that stand in one of these subtrees."""
        wanted = tuple(scopes)
        return [known.id for known in self._organisations.values() if known.path.startswith(wanted)]

    def age(self) -> float:
        """Seconds by which it trails at the most; infinite before it was first known to be current."""
        return self._clock.monotonic() - self._stood

    def _remember(self, now: float, known: Membership) -> None:
        self._memberships[known.id] = (now, known)
        self._memberships.move_to_end(known.id)
        if len(self._memberships) > REMEMBERED:
            self._memberships.popitem(last=False)

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(StoreFault):
                async for entries in self._entries.follow():
                    for entry in entries:
                        self._take(entry)
                    self.loaded.set()
            await self._clock.sleep(BREATH)

    async def _watch(self) -> None:
        while True:
            with contextlib.suppress(StoreFault):
                self._stood = self._clock.monotonic() - await self._entries.standing()
            await self._clock.sleep(BREATH if self._stood == -math.inf else WATCH)

    def _take(self, entry: Organisation | RoleHeld) -> None:
        if isinstance(entry, Organisation):
            self._organisations[entry.id] = entry
        elif entry.status == "granted":
            self._roles[entry.actor_id][entry.id] = entry
        else:
            self._roles[entry.actor_id].pop(entry.id, None)
