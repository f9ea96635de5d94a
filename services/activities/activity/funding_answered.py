"""The fund has answered for an activity's budget:  ActivityBudgetReserved  ->  ActivityFunded
ActivityBudgetRefused  ->  ActivityFundingRefused"""

from collections.abc import Iterator

from services.activities.activity.activity import Activity
from services.activities.service import service
from shared.events.activities.activity import ActivityFunded, ActivityFundingRefused
from shared.events.welfare.fund import ActivityBudgetRefused, ActivityBudgetReserved
from shared.kernel.work import Work
from shared.values.words import CostRefusal


def fund(activity: Activity, amount_fen: int) -> Iterator[ActivityFunded]:
    if activity.budget == "asked":
        yield ActivityFunded(activity_id=activity.id, org_id=activity.org_id, amount_fen=amount_fen)


def refuse_funding(activity: Activity, reason_code: CostRefusal) -> Iterator[ActivityFundingRefused]:
    if activity.budget == "asked":
        yield ActivityFundingRefused(activity_id=activity.id, org_id=activity.org_id, reason_code=reason_code)


@service.reaction
async def activity_budget_reserved(event: ActivityBudgetReserved, work: Work) -> None:
    await work.change(Activity, event.activity_id, lambda activity: fund(activity, event.amount_fen))


@service.reaction
async def activity_budget_refused(event: ActivityBudgetRefused, work: Work) -> None:
    await work.change(Activity, event.activity_id, lambda activity: refuse_funding(activity, event.reason_code))
