"""Approve what an activity may cost:  POST /activities/{activity_id}/budget-approval  ->  ActivityBudgetApproved"""

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from services.activities.activity.activity import Activity, NotOpenForThis
from services.activities.service import service
from shared.events.activities.activity import ActivityBudgetApproved
from shared.kernel.refusal import Conflict, Forbidden
from shared.kernel.work import Actor, Work
from shared.values.ids import ActivityId
from shared.values.roles import Role


class NothingToApprove(Conflict):
    """No budget was stated when the activity was published; publish one with an account and an amount.
    发布活动时未填写预算，请重新发布并填写列支账户和金额。"""


class BudgetWasRefused(Conflict):
    """The fund account could not set this budget aside; publish the activity anew with another account or amount.
    资金账户无法占用该预算，请更换账户或金额后重新发布活动。"""


class OwnActivity(Forbidden):
    """You published this activity yourself; somebody else has to approve its budget.
    该活动由您本人发布，预算须由他人批准。"""


def approve_budget(activity: Activity, by: Actor, on: date) -> Iterator[ActivityBudgetApproved]:
    """Until it is over; the publisher and the approver are two persons."""
    match activity.status:
        case "published" | "running":
            pass
        case "new" | "finished" | "cancelled":
            raise NotOpenForThis(status=activity.status)
        case _:
            assert_never(activity.status)
    if activity.budget_ref is None or not activity.budget_fen:
        raise NothingToApprove()
    if by.id == activity.published_by:
        raise OwnActivity()
    match activity.budget:
        case "none":
            yield ActivityBudgetApproved(
                activity_id=activity.id,
                org_id=activity.org_id,
                account_id=activity.budget_ref,
                budget_fen=activity.budget_fen,
                approvals=(activity.published_by, by.id),
                on=on,
            )
        case "asked" | "reserved":
            return
        case "refused":
            raise BudgetWasRefused()
        case _:
            assert_never(activity.budget)


@service.post(
    "/activities/{activity_id}/budget-approval",
    role=Role.CHAIR | Role.ADMIN,
    org=(Activity, "activity_id"),
    sensitive=True,
)
async def post(activity_id: ActivityId, work: Work) -> None:
    await work.change(Activity, activity_id, lambda activity: approve_budget(activity, work.actor, work.today))
