"""How an activity stands:  GET /activities  ·  GET /activities/{activity_id}"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never

from services.activities.service import service
from shared.events.activities.activity import (
    ActivityBudgetApproved,
    ActivityCancelled,
    ActivityFinished,
    ActivityFunded,
    ActivityFundingRefused,
    ActivityPublished,
    ActivitySettled,
    ActivitySettlementRefused,
    AttendanceRecorded,
    EnrolmentCancelled,
    MemberEnrolled,
    MemberWaitlisted,
    WaitlistPromoted,
)
from shared.kernel.work import Work
from shared.values.ids import ActivityId, OrgId
from shared.values.paging import After, PageSize
from shared.values.roles import Role
from shared.values.words import ActivityKind


@dataclass(frozen=True)
class ActivityCard:
    id: str
    org_id: str
    kind: ActivityKind
    capacity: int
    enrol_from: date
    enrol_until: date
    held_on: date
    status: Literal["published", "running", "finished", "cancelled"] = "published"
    seats_taken: int = 0
    waiting: int = 0
    attended: int = 0
    no_show: int = 0
    cost_fen: int = 0
    budget_ref: str | None = None
    budget_fen: int = 0
    budget: Literal["none", "asked", "reserved", "refused"] = "none"
    """Whether somebody has approved it, and the fund account has set it aside."""
    settlement: Literal["open", "settled", "refused"] = "open"
    """Whether the fund account has borne the cost."""


@service.view(ActivityCard, key="activity_id", by_subject=True, indexes=["org_id"])
def activity_card(
    card: ActivityCard | None,
    event: ActivityPublished
    | ActivityBudgetApproved
    | ActivityFunded
    | ActivityFundingRefused
    | MemberEnrolled
    | MemberWaitlisted
    | EnrolmentCancelled
    | WaitlistPromoted
    | AttendanceRecorded
    | ActivityFinished
    | ActivityCancelled
    | ActivitySettled
    | ActivitySettlementRefused,
) -> ActivityCard:
    if isinstance(event, ActivityPublished):
        return ActivityCard(
            id=event.activity_id,
            org_id=event.org_id,
            kind=event.kind,
            capacity=event.capacity,
            enrol_from=event.enrol_from,
            enrol_until=event.enrol_until,
            held_on=event.held_on,
            budget_ref=event.budget_ref,
            budget_fen=event.budget_fen or 0,
        )
    if card is None:
        raise ValueError(f"{type(event).__name__} of an activity that was never published")
    match event:
        case ActivityBudgetApproved():
            return replace(card, budget="asked")
        case ActivityFunded():
            return replace(card, budget="reserved")
        case ActivityFundingRefused():
            return replace(card, budget="refused")
        case MemberEnrolled():
            return replace(card, seats_taken=card.seats_taken + 1)
        case MemberWaitlisted():
            return replace(card, waiting=card.waiting + 1)
        case EnrolmentCancelled(seat_no=None):
            return replace(card, waiting=card.waiting - 1)
        case EnrolmentCancelled():
            return replace(card, seats_taken=card.seats_taken - 1)
        case WaitlistPromoted():
            return replace(card, seats_taken=card.seats_taken + 1, waiting=card.waiting - 1)
        case AttendanceRecorded():
            return replace(card, status="running", attended=card.attended + 1)
        case ActivityFinished():
            return replace(card, status="finished", no_show=event.no_show, cost_fen=event.cost_fen)
        case ActivityCancelled():
            return replace(card, status="cancelled")
        case ActivitySettled():
            return replace(card, settlement="settled")
        case ActivitySettlementRefused():
            return replace(card, settlement="refused")
        case _:
            assert_never(event)


@service.get("/activities/{activity_id}", role=Role.UNION | Role.FINANCE | Role.FUND_AUDIT, org=ActivityCard)
async def get(activity_id: ActivityId, work: Work) -> ActivityCard | None:
    return await work.view(ActivityCard, activity_id)


@service.get("/activities", role=Role.UNION | Role.FINANCE | Role.FUND_AUDIT, org=ActivityCard)
async def get_all(
    work: Work, org_id: OrgId | None = None, limit: PageSize = 100, after: After | None = None
) -> list[ActivityCard]:
    return await work.find(ActivityCard, {"org_id": org_id} if org_id else {}, limit=limit, after=after)
