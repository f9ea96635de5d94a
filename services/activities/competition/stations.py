"""Where a person's membership has been, and from which day: a contest asks for one day of the past (INV-A6)."""

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.activities.service import service
from shared.events.members.membership import MemberJoined, MembershipEnded, MemberTransferred


@dataclass(frozen=True)
class Stations:
    """`moves`: each day on which the membership came to an organisation, or ended (no organisation), oldest first."""

    id: str
    moves: tuple[tuple[date, str], ...] = ()

    def org_on(self, day: date) -> str | None:
        """The organisation whose member the person was at the end of that day."""
        orgs = [org_id for since, org_id in self.moves if since <= day]
        return orgs[-1] or None if orgs else None


@service.view(Stations, key="member_id")
def stations(row: Stations | None, event: MemberJoined | MemberTransferred | MembershipEnded) -> Stations:
    row = row or Stations(event.member_id)
    match event:
        case MemberJoined():
            move = (event.joined_on, event.org_id)
        case MemberTransferred():
            move = (event.effective_on, event.to_org)
        case MembershipEnded():
            move = (event.on, "")
        case _:
            assert_never(event)
    return replace(row, moves=(*row.moves, move))
