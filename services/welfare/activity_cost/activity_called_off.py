"""An activity was called off:  ActivityCancelled  ->  ActivityBudgetReleased, FundReleased"""

from services.welfare.activity_cost.activity_cost import ActivityCost, release_budget_of
from services.welfare.fund.fund_account import FundAccount, give_back
from services.welfare.service import service
from shared.events.activities.activity import ActivityCancelled
from shared.kernel.work import Work


@service.reaction
async def release_activity_budget(event: ActivityCancelled, work: Work) -> None:
    cost = await work.change(ActivityCost, event.activity_id, release_budget_of)
    if cost.status == "released":
        await work.change(FundAccount, cost.account_id, lambda fund: give_back(fund, cost.id))
