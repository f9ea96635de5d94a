"""K5, participation 活动覆盖面 = distinct members who came / active members:  GET /kpi/participation

Numerator: members with at least one attendance in the month or year, each once, in the organisation where they were
members on that day. Denominator: members of the organisation now, active or being transferred.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, TypeVar, assert_never

from pydantic import Field

from services.activities.service import service
from shared.events.activities.activity import AttendanceRecorded
from shared.events.members.membership import MemberJoined, MembershipEnded, MemberTransferred
from shared.kernel.work import Work
from shared.values.roles import Role

Period = Annotated[str, Field(pattern=r"^20\d{2}(-(0[1-9]|1[0-2]))?$")]
"""A year, or a month of it."""


@dataclass(frozen=True)
class Participation:
    """One member came to one activity."""

    id: str
    activity_id: str
    member_id: str
    org_id: str
    month: str
    year: str


@service.view(Participation, key=lambda event: f"{event.activity_id}:{event.member_id}", indexes=["month", "year"])
def participation(row: Participation | None, event: AttendanceRecorded) -> Participation:
    return Participation(
        id=f"{event.activity_id}:{event.member_id}",
        activity_id=event.activity_id,
        member_id=event.member_id,
        org_id=event.org_id,
        month=f"{event.on:%Y-%m}",
        year=f"{event.on:%Y}",
    )


@dataclass(frozen=True)
class ActiveMembers:
    id: str
    org_id: str = ""
    active: int = 0


def _organisations(event: MemberJoined | MemberTransferred | MembershipEnded) -> Iterable[str]:
    if isinstance(event, MemberTransferred):
        return (event.from_org, event.to_org)
    return (event.org_id,)


@service.tally(ActiveMembers, key=_organisations)
def active_members(row: ActiveMembers, event: MemberJoined | MemberTransferred | MembershipEnded) -> ActiveMembers:
    row = replace(row, org_id=row.id)
    match event:
        case MemberJoined():
            return replace(row, active=row.active + 1)
        case MemberTransferred():
            return replace(row, active=row.active + (1 if row.id == event.to_org else -1))
        case MembershipEnded():
            return replace(row, active=row.active - 1)
        case _:
            assert_never(event)


Row = TypeVar("Row", Participation, ActiveMembers)


@dataclass(frozen=True)
class ParticipationRate:
    id: str
    org_id: str
    period: str
    participants: int
    active: int


@service.get("/kpi/participation", role=Role.UNION | Role.FUND_AUDIT, org=ParticipationRate)
async def get(period: Period, work: Work) -> list[ParticipationRate]:
    came: dict[str, set[str]] = defaultdict(set)
    name = "month" if "-" in period else "year"
    async for row in work.every(Participation, {name: period}):
        came[row.org_id].add(row.member_id)
    active = {row.id: row.active async for row in work.every(ActiveMembers, {})}
    return [
        ParticipationRate(org_id, org_id, period, len(came.get(org_id, ())), active.get(org_id, 0))
        for org_id in sorted({*came, *active})
    ]
