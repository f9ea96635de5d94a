"""K2, membership rate 入会率 = active / headcount, by organisation, as of now:  GET /kpi/membership-rate

Numerator: members active or being transferred, in the organisation where the membership is. Denominator: the headcount
that the organisation reported last. Retained members are in neither.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import assert_never

from services.members.service import service
from shared.events.members.membership import MemberJoined, MembershipEnded, MemberTransferred
from shared.events.members.organisation import HeadcountReported
from shared.kernel.work import Work
from shared.values.paging import After, PageSize
from shared.values.roles import Role

Counted = MemberJoined | MemberTransferred | MembershipEnded | HeadcountReported


@dataclass(frozen=True)
class MembershipRate:
    id: str
    org_id: str = ""
    active: int = 0
    headcount: int = 0


def _organisations(event: Counted) -> Iterable[str]:
    if isinstance(event, MemberTransferred):
        return (event.from_org, event.to_org)
    return (event.org_id,)


@service.tally(MembershipRate, key=_organisations)
def membership_rate(
    row: MembershipRate, event: MemberJoined | MemberTransferred | MembershipEnded | HeadcountReported
) -> MembershipRate:
    row = replace(row, org_id=row.id)
    match event:
        case MemberJoined():
            return replace(row, active=row.active + 1)
        case MemberTransferred():
            return replace(row, active=row.active + (1 if row.id == event.to_org else -1))
        case MembershipEnded():
            return replace(row, active=row.active - 1)
        case HeadcountReported():
            return replace(row, headcount=event.headcount)
        case _:
            assert_never(event)


@service.get("/kpi/membership-rate", role=Role.UNION | Role.FUND_AUDIT, org=MembershipRate)
async def get(work: Work, limit: PageSize = 1_000, after: After | None = None) -> list[MembershipRate]:
    return await work.find(MembershipRate, limit=limit, after=after)
