"""What every act of the play has at hand: who there is, how to ask the services, the ledger of what was accepted."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from deploy.demo.ledger import Ledger
from deploy.roster.api import Answer, Api, Refusal
from deploy.roster.synthetic import GROUP

ADMIN, SECOND = "admin", "second.admin"
"""What one of them proposes the other confirms."""
OFFICES = {"chair": "CHAIR", "cadre": "CADRE", "finance": "FINANCE", "head": "SUBSIDIARY_ADMIN"}
"""Who works for each subsidiary's union; four persons, since every step of an aid request takes other hands."""
GROUP_OFFICES = {"finance": "FINANCE", "cadre": "CADRE"}
GROUP_FINANCE, GROUP_CADRE = (f"{GROUP}.{office}" for office in GROUP_OFFICES)
JUDGES = tuple(f"{GROUP}.judge-{number}" for number in range(1, 6))
"""The first one is the chief."""
PLAYING = 40
"""Subsidiaries that hold activities and give aid, if there are more; it is all the same in the others."""
ENOUGH = 5
"""Members of a subsidiary that plays."""
BEGINS_ON = date(2026, 9, 21)
"""The business date on which the play begins, so that its posting runs over National Day whenever it is played."""
UNHEARD = {"Forbidden", "OrganisationUnknownHere", "MemberUnknownHere", "MemberElsewhere"}
HEARD_WITHIN, SHOWN_WITHIN = 10.0, 60.0
"""Seconds for what one service has done to be known in the others, and for what follows by itself to have followed."""
DAYS_AHEAD = 3
"""Until the activities and the competition are held; the business clock is moved as far."""
UNTIL_POSTED = 16
"""Days from then on until the postings are over: five working days, with Mid-Autumn and National Day in between."""


@dataclass
class Stage:
    api: Api
    seed: int
    say: Callable[[str], None]
    ledger: Ledger = field(default_factory=Ledger)
    today: date = BEGINS_ON
    subsidiaries: list[str] = field(default_factory=list)
    trades: dict[str, str | None] = field(default_factory=dict)
    """Of members."""
    names: dict[str, str] = field(default_factory=dict)
    """Of organisations."""

    async def do(
        self, actor: str, service: str, path: str, body: Mapping[str, Any] | None = None, key: str = ""
    ) -> Answer:
        """A command that must be accepted. Raises Refusal. The key is what it does, unless it is done twice."""
        named = key or f"demo:{actor}:{path}"
        return await patiently(f"POST {path}", lambda: self.api.post(actor, service, path, body, key=named))

    async def until(self, service: str, path: str, shows: Callable[[Any], bool], **params: Any) -> Any:
        """What is seen there, once it shows what is waited for. Raises Refusal."""
        deadline = time.monotonic() + SHOWN_WITHIN
        while True:
            answer = await self.api.get(ADMIN, service, path, **params)
            if answer.accepted and shows(answer.body):
                return answer.body
            if not answer.accepted and answer.refusal not in UNHEARD | {"NotFound"}:
                raise Refusal(f"GET {path}: {answer.detail}")
            if time.monotonic() > deadline:
                raise Refusal(f"{service} {path} does not show what was expected after {SHOWN_WITHIN:.0f} s.")
            await asyncio.sleep(0.1)

    async def see(self, service: str, path: str, **params: Any) -> Any:
        """As the administrator sees it. Raises Refusal."""
        return (await patiently(f"GET {path}", lambda: self.api.get(ADMIN, service, path, **params))).body

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

    def playing(self, members: Mapping[str, list[str]]) -> list[str]:
        """The first subsidiaries with enough members for everything."""
        return [org_id for org_id in self.subsidiaries if len(members.get(org_id, ())) >= ENOUGH][:PLAYING]

    def home(self, member: str) -> str:
        return self.ledger.homes[member]

    def officer_of(self, member: str, office: str) -> str:
        return officer(subsidiary_of(self.home(member)), office)


async def patiently(what: str, ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Again for a while, where a service says that it has not heard of a role, a member or an organisation. Raises
    Refusal."""
    deadline = time.monotonic() + HEARD_WITHIN
    while (answer := await ask()).refusal in UNHEARD and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    if not answer.accepted:
        raise Refusal(f"{what}: {answer.refusal}: {answer.detail}")
    return answer


def officer(subsidiary: str, office: str) -> str:
    """Actor id of the one who holds an office in a subsidiary."""
    return f"{subsidiary}.{office}"


def subsidiary_of(org_id: str) -> str:
    """By the codes that the made-up group has."""
    return org_id.partition("-")[0]


def yuan(fen: int) -> str:
    return f"¥{fen // 100:,}" if fen % 100 == 0 else f"¥{fen / 100:,.2f}"


def days() -> dict[str, str]:
    """Open for enrolment when the play begins, held in a few days; a midnight in between does no harm."""
    wanted = {"enrol_from": -1, "enrol_until": DAYS_AHEAD - 1, "held_on": DAYS_AHEAD}
    return {name: (BEGINS_ON + timedelta(days=ahead)).isoformat() for name, ahead in wanted.items()}
