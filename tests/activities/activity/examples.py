from datetime import date

from shared.directory.entries import Membership
from shared.events.activities.activity import (
    ActivityBudgetApproved,
    ActivityCancelled,
    ActivityFinished,
    ActivityFunded,
    ActivityFundingRefused,
    ActivityPublished,
    AttendanceRecorded,
    EnrolmentCancelled,
    MemberEnrolled,
    MemberWaitlisted,
    WaitlistPromoted,
)
from shared.values.org_path import OrgPath
from tests.story import ANN, BEN, SUBJECT, FakeDirectory, member

ACCOUNT = "00000000-0000-7000-8000-0000000000f1"
OPEN, CLOSES, HELD = date(2026, 11, 1), date(2026, 11, 24), date(2026, 11, 28)
PUBLISHED = ActivityPublished(
    activity_id=SUBJECT,
    org_id="G01",
    kind="SPORT",
    capacity=1,
    enrol_from=OPEN,
    enrol_until=CLOSES,
    held_on=HELD,
    budget_ref=ACCOUNT,
    budget_fen=10_000,
    published_by="cadre",
)
APPROVED = ActivityBudgetApproved(
    activity_id=SUBJECT, org_id="G01", account_id=ACCOUNT, budget_fen=10_000, approvals=("cadre", "chair"), on=CLOSES
)
FUNDED = ActivityFunded(activity_id=SUBJECT, org_id="G01", amount_fen=10_000)
FUNDING_REFUSED = ActivityFundingRefused(activity_id=SUBJECT, org_id="G01", reason_code="money_short")
TWO_SEATS = PUBLISHED.model_copy(update={"capacity": 2})
FINISHED = ActivityFinished(
    activity_id=SUBJECT, org_id="G01", attended=1, no_show=0, cost_fen=9_900, on=HELD, budget_ref=ACCOUNT
)
CALLED_OFF = ActivityCancelled(activity_id=SUBJECT, org_id="G01", reason_code="weather")

IN_SCOPE = member("G0101")


def enrolled(member_id: str = ANN, seat_no: int = 1, activity_id: str = SUBJECT) -> MemberEnrolled:
    return MemberEnrolled(activity_id=activity_id, member_id=member_id, org_id="G0101", seat_no=seat_no)


def waitlisted(member_id: str = BEN, position: int = 1, activity_id: str = SUBJECT) -> MemberWaitlisted:
    return MemberWaitlisted(activity_id=activity_id, member_id=member_id, org_id="G0101", position=position)


def cancelled(
    member_id: str = ANN, seat_no: int | None = 1, by: str = "member", activity_id: str = SUBJECT
) -> EnrolmentCancelled:
    return EnrolmentCancelled.model_validate(
        {"activity_id": activity_id, "member_id": member_id, "org_id": "G0101", "by": by, "seat_no": seat_no}
    )


def promoted(member_id: str = BEN, seat_no: int = 1, activity_id: str = SUBJECT) -> WaitlistPromoted:
    return WaitlistPromoted(activity_id=activity_id, member_id=member_id, org_id="G0101", seat_no=seat_no)


def attended(member_id: str = ANN, activity_id: str = SUBJECT, on: date = HELD) -> AttendanceRecorded:
    return AttendanceRecorded(activity_id=activity_id, member_id=member_id, org_id="G0101", mode="qr", on=on)


def path_of(org_id: str) -> OrgPath | None:
    return FakeDirectory().path(org_id)


def people(*members: Membership) -> FakeDirectory:
    return FakeDirectory({one.id: one for one in members})
