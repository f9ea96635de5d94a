"""From application to membership 入会漏斗, counts by organisation and month of the event:  GET /kpi/applications"""

from dataclasses import dataclass, replace
from typing import assert_never

from services.members.service import service
from shared.events.members.application import (
    MembershipApplicationApproved,
    MembershipApplicationRejected,
    MembershipApplicationWithdrawn,
    MembershipApplied,
)
from shared.kernel.work import Work
from shared.values.ids import Month
from shared.values.paging import After, PageSize
from shared.values.roles import Role

Counted = (
    MembershipApplied | MembershipApplicationApproved | MembershipApplicationRejected | MembershipApplicationWithdrawn
)


@dataclass(frozen=True)
class ApplicationFunnel:
    id: str
    org_id: str = ""
    period: str = ""
    applied: int = 0
    approved: int = 0
    rejected: int = 0
    withdrawn: int = 0


def _place(event: Counted) -> str:
    return f"{event.org_id}:{event.on:%Y-%m}"


@service.tally(ApplicationFunnel, key=_place)
def application_funnel(
    row: ApplicationFunnel,
    event: MembershipApplied
    | MembershipApplicationApproved
    | MembershipApplicationRejected
    | MembershipApplicationWithdrawn,
) -> ApplicationFunnel:
    row = replace(row, org_id=event.org_id, period=f"{event.on:%Y-%m}")
    match event:
        case MembershipApplied():
            return replace(row, applied=row.applied + 1)
        case MembershipApplicationApproved():
            return replace(row, approved=row.approved + 1)
        case MembershipApplicationRejected():
            return replace(row, rejected=row.rejected + 1)
        case MembershipApplicationWithdrawn():
            return replace(row, withdrawn=row.withdrawn + 1)
        case _:
            assert_never(event)


@service.get("/kpi/applications", role=Role.UNION | Role.FUND_AUDIT, org=ApplicationFunnel)
async def get(
    work: Work, period: Month | None = None, limit: PageSize = 1_000, after: After | None = None
) -> list[ApplicationFunnel]:
    return await work.find(ApplicationFunnel, {"period": period} if period else {}, limit=limit, after=after)
