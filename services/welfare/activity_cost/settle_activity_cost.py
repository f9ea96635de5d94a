"""An activity is over:  ActivityFinished  ->  FundCaptured, FundReleased
with ActivityCostSettled, ActivityCostRefused, or ActivityBudgetReleased where it cost nothing"""

from services.welfare.activity_cost.activity_cost import ActivityCost, settle
from services.welfare.fund.fund_account import FundAccount, capture_part, give_back
from services.welfare.service import service
from shared.events.activities.activity import ActivityFinished
from shared.kernel.work import Work


@service.reaction
async def settle_activity_cost(event: ActivityFinished, work: Work) -> None:
    """The cost out of what was set aside; the rest of that is free again."""
    cost = await work.change(ActivityCost, event.activity_id, lambda cost: settle(cost, event))
    if not cost.account_id:
        return
    if cost.status == "settled":
        await work.change(
            FundAccount, cost.account_id, lambda fund: capture_part(fund, cost.ref, cost.id, event.cost_fen)
        )
    await work.change(FundAccount, cost.account_id, lambda fund: give_back(fund, cost.id))
