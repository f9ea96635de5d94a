"""What every act of the play has at hand: who there is, how to ask the services, the ledger of what was accepted."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from deploy.demo.ledger import Ledger
from deploy.roster.api import Answer, Api, accepted
from shared.kernel.clock import SHANGHAI

ADMIN = "admin"
OFFICES = {"chair": "CHAIR", "cadre": "CADRE", "finance": "FINANCE", "head": "SUBSIDIARY_ADMIN"}
"""Who works for each subsidiary's union; four persons, since every step of an aid request takes other hands."""
UNHEARD = {"Forbidden", "OrganisationUnknownHere", "MemberUnknownHere", "MemberElsewhere"}
HEARD_WITHIN = 10.0
"""Seconds for what one service has done to be known in the others."""
DAYS_AHEAD = 3
"""Until the activities are held; the business clock is moved as far."""


@dataclass
class Stage:
    api: Api
    seed: int
    say: Callable[[str], None]
    ledger: Ledger = field(default_factory=Ledger)
    subsidiaries: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """Of organisations."""

    async def do(
        self, actor: str, service: str, path: str, body: Mapping[str, Any] | None = None, key: str = ""
    ) -> Answer:
        """A command that must be accepted. Raises Refusal. The key is what it does, unless it is done twice."""
        named = key or f"demo:{actor}:{path}"
        return await patiently(lambda: self.api.post(actor, service, path, body, key=named))

    async def see(self, service: str, path: str, **params: Any) -> Any:
        """As the administrator sees it. Raises Refusal."""
        return (await patiently(lambda: self.api.get(ADMIN, service, path, **params))).body

    def chance(self, what: str) -> Random:
        """For one question, so that who is asked first does not matter."""
        return Random(f"{self.seed}:{what}")

    def members_below(self) -> dict[str, list[str]]:
        """Members of each subsidiary, in an order that tells nothing."""
        found: dict[str, list[str]] = defaultdict(list)
        for member, org in sorted(self.ledger.homes.items()):
            if member not in self.ledger.ended:
                found[subsidiary_of(org)].append(member)
        return found

    def home(self, member: str) -> str:
        return self.ledger.homes[member]

    def officer_of(self, member: str, office: str) -> str:
        return officer(subsidiary_of(self.home(member)), office)


async def patiently(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Again for a while, where a service says that it has not heard of a role, a member or an organisation. Raises
    Refusal."""
    deadline = time.monotonic() + HEARD_WITHIN
    while (answer := await ask()).refusal in UNHEARD and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    return accepted(answer)


def officer(subsidiary: str, office: str) -> str:
    """Actor id of the one who holds an office in a subsidiary."""
    return f"{subsidiary}.{office}"


def subsidiary_of(org_id: str) -> str:
    """By the codes that the made-up group has."""
    return org_id.partition("-")[0]


def yuan(fen: int) -> str:
    return f"¥{fen // 100:,}" if fen % 100 == 0 else f"¥{fen / 100:,.2f}"


def days() -> dict[str, str]:
    """Open for enrolment now, held in a few days; a midnight in between does no harm."""
    today = datetime.now(SHANGHAI).date()
    wanted = {"enrol_from": -1, "enrol_until": DAYS_AHEAD - 1, "held_on": DAYS_AHEAD}
    return {name: (today + timedelta(days=ahead)).isoformat() for name, ahead in wanted.items()}
