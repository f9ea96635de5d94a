"""The budget of an activity was approved:  ActivityBudgetApproved
->  FundReserved, ActivityBudgetReserved | ActivityBudgetRefused"""

from services.welfare.activity_cost.activity_cost import ActivityCost, refuse_budget_of, reserve_for
from services.welfare.fund.bear_cost import bear
from services.welfare.fund.fund_account import reserve
from services.welfare.service import service
from shared.events.activities.activity import ActivityBudgetApproved
from shared.kernel.work import Work


@service.reaction
async def reserve_activity_budget(event: ActivityBudgetApproved, work: Work) -> None:
    """Only an account of the activity's organisation, or of one above it, bears its cost."""
    activity_id, amount = event.activity_id, event.budget_fen
    if (await work.state(ActivityCost, activity_id)).status != "new":
        return
    if reason := await bear(event.account_id, event.org_id, lambda fund: reserve(fund, activity_id, amount), work):
        await work.change(ActivityCost, activity_id, lambda cost: refuse_budget_of(cost, event, reason))
    else:
        await work.change(ActivityCost, activity_id, lambda cost: reserve_for(cost, event))
