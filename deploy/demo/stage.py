"""What every act of the play has at hand: who there is, how to ask the services, the ledger of what was accepted."""

from collections import defaultdict
from collections.abc import Callable, Mapping
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
        return accepted(await self.api.post(actor, service, path, body, key=key or f"demo:{actor}:{path}"))

    async def see(self, service: str, path: str, **params: Any) -> Any:
        """As the administrator sees it. Raises Refusal."""
        return accepted(await self.api.get(ADMIN, service, path, **params)).body

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
