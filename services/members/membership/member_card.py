"""What is known of a membership:  GET /members/{member_id}  ·  GET /organisations/{org_id}/members"""

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.members.service import service
from shared.events.members.membership import (
    MemberEligibilityChanged,
    MemberJoined,
    MembershipEnded,
    MemberTransferred,
    MemberTransferRefused,
    MemberTransferRequested,
)
from shared.kernel.work import Work
from shared.values.ids import MemberId, OrgId
from shared.values.paging import After, PageSize
from shared.values.roles import Role
from shared.values.words import EndReason, MembershipStatus, SkillGrade, WorkerType


@dataclass(frozen=True)
class MemberCard:
    id: str
    member_id: str
    org_id: str
    status: MembershipStatus
    worker_type: WorkerType
    frontline: bool
    joined_on: date
    membership_seq: int
    trade_code: str | None = None
    skill_grade: SkillGrade | None = None
    eligible_since: date | None = None
    """The day of the last change of what the member is entitled by; None: as it was on joining."""
    to_org: str | None = None
    """Where an open transfer leads."""
    requested_on: date | None = None
    transferred_on: date | None = None
    ended_on: date | None = None
    end_reason: EndReason | None = None


@service.view(MemberCard, key="member_id", by_subject=True, indexes=["org_id"])
def member_card(
    card: MemberCard | None,
    event: MemberJoined
    | MemberEligibilityChanged
    | MemberTransferRequested
    | MemberTransferred
    | MemberTransferRefused
    | MembershipEnded,
) -> MemberCard:
    if isinstance(event, MemberJoined):
        return MemberCard(
            id=event.member_id,
            member_id=event.member_id,
            org_id=event.org_id,
            status="active",
            worker_type=event.worker_type,
            frontline=event.frontline,
            joined_on=event.joined_on,
            membership_seq=event.membership_seq,
            trade_code=event.trade_code,
            skill_grade=event.skill_grade,
        )
    if card is None:
        raise ValueError(f"{type(event).__name__} of a member who never joined")
    match event:
        case MemberEligibilityChanged():
            return _changed(card, event)
        case MemberTransferRequested():
            return replace(card, status="transferring", to_org=event.to_org, requested_on=event.on)
        case MemberTransferred():
            return replace(
                card,
                status="active",
                org_id=event.to_org,
                to_org=None,
                requested_on=None,
                transferred_on=event.effective_on,
            )
        case MemberTransferRefused():
            return replace(card, status="active", to_org=None, requested_on=None)
        case MembershipEnded():
            return replace(
                card, status="ended", to_org=None, requested_on=None, ended_on=event.on, end_reason=event.reason
            )
        case _:
            assert_never(event)


def _changed(card: MemberCard, event: MemberEligibilityChanged) -> MemberCard:
    return replace(
        card,
        worker_type=event.worker_type or card.worker_type,
        frontline=card.frontline if event.frontline is None else event.frontline,
        trade_code=event.trade_code or card.trade_code,
        skill_grade=event.skill_grade or card.skill_grade,
        eligible_since=event.effective_on,
    )


@service.get("/members/{member_id}", role=Role.UNION | Role.SELF, org=MemberCard)
async def get(member_id: MemberId, work: Work) -> MemberCard | None:
    return await work.view(MemberCard, member_id)


@service.get("/organisations/{org_id}/members", role=Role.UNION, org=MemberCard)
async def get_all(org_id: OrgId, work: Work, limit: PageSize = 100, after: After | None = None) -> list[MemberCard]:
    return await work.find(MemberCard, {"org_id": org_id}, limit=limit, after=after)
