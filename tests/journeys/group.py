"""A group as people meet it: through HTTP only, as whoever they are, over days that pass."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

from deploy.cli.database import opened
from deploy.local.stack import Stack
from deploy.roster.api import Answer, Api

T = TypeVar("T")

WITHIN = 15.0
"""Seconds for one service to hear what another did."""
UNHEARD = {"Forbidden", "OrganisationUnknownHere", "MemberUnknownHere", "NotFound"}
"""Refusals that mean: not yet."""
FIRST, SECOND = "admin", "second.admin"
"""Administrators of the group; what one proposes the other approves."""


@dataclass
class Group:
    stack: Stack
    api: Api
    _keys: "count[int]" = field(default_factory=count)

    async def does(self, actor: str, service: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        """A command that is accepted, as soon as what it builds on has been heard of; once the views show it."""
        key = f"journey-{next(self._keys)}"

        async def ask() -> Answer:
            return await self.api.post(actor, service, path, body, key=key, wait=5)

        answer = await until(ask, lambda answer: answer.accepted or answer.refusal not in UNHEARD)
        assert answer.accepted, f"POST {path} as {actor}: {answer.refusal}: {answer.detail}"
        return answer

    async def is_refused(self, actor: str, service: str, path: str, body: dict[str, Any] | None = None) -> str:
        """Code of the refusal."""
        answer = await self.api.post(actor, service, path, body, key=f"journey-{next(self._keys)}")
        assert not answer.accepted, f"POST {path} as {actor} was accepted"
        return answer.refusal

    async def sees(
        self, actor: str, service: str, path: str, wanted: Callable[[Any], bool] = lambda _: True, **params: Any
    ) -> Any:
        """What a query shows, once it shows what is wanted."""

        async def ask() -> Answer:
            return await self.api.get(actor, service, path, **params)

        answer = await until(ask, lambda answer: answer.accepted and wanted(answer.body))
        assert answer.accepted, f"GET {path} as {actor}: {answer.refusal}: {answer.detail}"
        assert wanted(answer.body), f"GET {path} as {actor}: {answer.body}"
        return answer.body

    async def grant(self, actor: str, role: str, org_id: str, by: str = FIRST) -> str:
        """The actor, who now has the role."""
        await self.does(by, "members", "/roles", {"actor_id": actor, "role": role, "org_id": org_id})
        return actor

    async def days_pass(self, days: int) -> None:
        """For all services at once."""
        async with opened("members", self.stack.state) as core:
            serial = await core.reads.advance_business_clock(days)
            while await core.reads.behind_business_clock(serial):
                await asyncio.sleep(0.1)


async def until(ask: Callable[[], Awaitable[T]], right: Callable[[T], bool]) -> T:
    """Ask again for a while; the last answer, right or not."""
    deadline = time.monotonic() + WITHIN
    while not right(answer := await ask()) and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    return answer
