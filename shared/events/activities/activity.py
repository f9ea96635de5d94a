"""Activities: seats, waitlist, attendance, cost."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from pydantic import NonNegativeInt, PositiveInt

from shared.kernel.event import DataClass, Event, Upcast
from shared.values.ids import AccountId, ActivityId, ActorId, MemberId, OrgId
from shared.values.money import Fen, PositiveFen
from shared.values.words import (
    ActivityCancelReason,
    ActivityCostRefusal,
    ActivityKind,
    AttendanceMode,
    CancelledBy,
    CostRefusal,
)


class ActivityPublished(Event):
    """An activity was published to the members of an organisation and of everything below it.
    活动发布：面向某组织及其下级的会员发布了一项活动。"""

    activity_id: ActivityId
    org_id: OrgId
    kind: ActivityKind
    capacity: PositiveInt
    enrol_from: date
    enrol_until: date
    held_on: date
    budget_ref: AccountId | None = None
    """The fund account that is to bear its cost."""
    budget_fen: PositiveFen | None = None
    """What it may cost at most, once somebody else has approved it."""
    published_by: ActorId | None = None
    """Who does not approve the budget then."""


class ActivityBudgetApproved(Event):
    """A second person approved what an activity may cost; the fund is asked to set it aside.
    活动预算批准：经第二人批准活动预算，待资金账户占用。"""

    activity_id: ActivityId
    org_id: OrgId
    account_id: AccountId
    budget_fen: PositiveFen
    approvals: tuple[ActorId, ActorId]
    """Who published the activity and who approved its budget."""
    on: date


class ActivityFunded(Event):
    """The budget of an activity has been set aside.
    活动经费落实：活动预算已占用到位。"""

    activity_id: ActivityId
    org_id: OrgId
    amount_fen: PositiveFen


class ActivityFundingRefused(Event):
    """The budget of an activity could not be set aside on the account that was to bear it.
    活动经费未落实：活动预算无法在指定账户占用。"""

    activity_id: ActivityId
    org_id: OrgId
    reason_code: CostRefusal


class MemberEnrolled(Event):
    """A member got a seat in an activity.
    报名成功：会员获得了活动名额。"""

    data_class: ClassVar[DataClass] = "C2"

    activity_id: ActivityId
    member_id: MemberId
    org_id: OrgId
    """The member's organisation when it enrolled."""
    seat_no: PositiveInt


class MemberWaitlisted(Event):
    """All seats were taken; a member stands on the waitlist.
    候补：名额已满，会员进入候补名单。"""

    data_class: ClassVar[DataClass] = "C2"

    activity_id: ActivityId
    member_id: MemberId
    org_id: OrgId
    position: PositiveInt
    """How many stood there then, this member included."""


class EnrolmentCancelled(Event):
    """A member's enrolment was cancelled.
    取消报名：会员的报名被取消。"""

    data_class: ClassVar[DataClass] = "C2"

    activity_id: ActivityId
    member_id: MemberId
    org_id: OrgId
    by: CancelledBy
    seat_no: PositiveInt | None = None
    """The seat that became free; None if the member was on the waitlist."""


class WaitlistPromoted(Event):
    """The first on the waitlist got the seat that had become free.
    候补转正：候补名单首位会员获得了空出的名额。"""

    data_class: ClassVar[DataClass] = "C2"

    activity_id: ActivityId
    member_id: MemberId
    org_id: OrgId
    seat_no: PositiveInt


class AttendanceRecorded(Event):
    """A member was there.
    签到：会员到场参加了活动。"""

    data_class: ClassVar[DataClass] = "C2"

    activity_id: ActivityId
    member_id: MemberId
    org_id: OrgId
    """The member's organisation on that day: participation counts there."""
    mode: AttendanceMode
    on: date


class ActivityFinished(Event):
    """An activity is over: who came is counted, what it cost is known.
    活动结束：到场人数和活动费用已确定。"""

    activity_id: ActivityId
    org_id: OrgId
    attended: NonNegativeInt
    no_show: NonNegativeInt
    cost_fen: Fen
    on: date
    budget_ref: AccountId | None = None


class ActivityCancelled(Event):
    """An activity will not take place.
    活动取消：活动不再举行。"""

    data_class: ClassVar[DataClass] = "C0"

    activity_id: ActivityId
    org_id: OrgId
    reason_code: ActivityCancelReason


class ActivitySettled(Event):
    """The cost of an activity has been paid from its fund account.
    活动结算：活动费用已从资金账户列支。"""

    activity_id: ActivityId
    org_id: OrgId
    amount_fen: PositiveFen


class ActivitySettlementRefused(Event):
    """The cost of an activity could not be paid from the account that was to bear it.
    活动结算被拒：活动费用无法从指定账户列支。"""

    version = 2
    upcasts: ClassVar[Mapping[int, Upcast]] = {1: dict}
    """Version 1 knew fewer reasons."""

    activity_id: ActivityId
    org_id: OrgId
    reason_code: ActivityCostRefusal
