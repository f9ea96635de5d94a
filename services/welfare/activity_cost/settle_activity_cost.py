"""An activity is over and had a cost:  ActivityFinished  ->  FundCaptured, ActivityCostSettled | ActivityCostRefused"""

from services.welfare.activity_cost.activity_cost import ActivityCost, refuse, settle
from services.welfare.fund.bear_cost import bear
from services.welfare.fund.fund_account import spend
from services.welfare.service import service
from shared.events.activities.activity import ActivityFinished
from shared.kernel.work import Work


@service.reaction
async def settle_activity_cost(event: ActivityFinished, work: Work) -> None:
    """Only an account of the activity's organisation, or of one above it, bears its cost."""
    if event.cost_fen == 0:
        return
    account_id = event.budget_ref or ""
    cost = event.cost_fen
    if reason := await bear(account_id, event.org_id, lambda fund: spend(fund, event.activity_id, cost), work):
        await work.change(ActivityCost, event.activity_id, lambda cost: refuse(cost, event, reason))
    else:
        await work.change(ActivityCost, event.activity_id, lambda cost: settle(cost, event, account_id))
