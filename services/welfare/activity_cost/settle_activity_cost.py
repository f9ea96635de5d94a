"""An activity is over and had a cost:  ActivityFinished  ->  FundCaptured, ActivityCostSettled | ActivityCostRefused"""

from services.welfare.activity_cost.activity_cost import ActivityCost, refuse, settle
from services.welfare.aid.review_aid import bears
from services.welfare.fund.fund_account import FundAccount, MoneyShort, spend
from services.welfare.service import service
from shared.events.activities.activity import ActivityFinished
from shared.kernel.authority import OrganisationUnknownHere
from shared.kernel.work import NotYet, Work
from shared.values.words import CostRefusal


@service.reaction
async def settle_activity_cost(event: ActivityFinished, work: Work) -> None:
    """Only an account of the activity's organisation, or of one above it, bears its cost."""
    if event.cost_fen == 0:
        return
    account_id = event.budget_ref or ""
    if reason := await _spend(event, account_id, work):
        await work.change(ActivityCost, event.activity_id, lambda cost: refuse(cost, event, reason))
    else:
        await work.change(ActivityCost, event.activity_id, lambda cost: settle(cost, event, account_id))


async def _spend(event: ActivityFinished, account_id: str, work: Work) -> CostRefusal | None:
    """Take the money; why that is not possible, or None."""
    fund = await work.state(FundAccount, account_id)
    if fund.status != "open":
        return "no_such_account"
    try:
        if not bears(fund, event.org_id, work.directory.path):
            return "not_entitled"
        await work.change(FundAccount, account_id, lambda fund: spend(fund, event.activity_id, event.cost_fen))
    except OrganisationUnknownHere as unknown:
        raise NotYet("the directory does not know the organisation") from unknown
    except MoneyShort:
        return "money_short"
    return None
