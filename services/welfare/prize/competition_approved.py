"""A competition was approved:  CompetitionApproved  ->  FundReserved, PrizeBudgetReserved | PrizeBudgetRefused"""

from services.welfare.aid.review_aid import bears
from services.welfare.fund.fund_account import FundAccount, MoneyShort, reserve
from services.welfare.prize.prize_budget import PrizeBudget, refuse_budget, reserve_budget
from services.welfare.service import service
from shared.events.activities.competition import CompetitionApproved
from shared.kernel.authority import OrganisationUnknownHere
from shared.kernel.work import NotYet, Work
from shared.values.words import CostRefusal


@service.reaction
async def reserve_prize_budget(event: CompetitionApproved, work: Work) -> None:
    """Only an account of the competition's organisation, or of one above it, bears its prizes."""
    if event.prize_budget_fen == 0:
        return
    account_id = event.account_id or ""
    if reason := await _reserve(event, account_id, work):
        await work.change(PrizeBudget, event.competition_id, lambda budget: refuse_budget(budget, event, reason))
    else:
        await work.change(PrizeBudget, event.competition_id, lambda budget: reserve_budget(budget, event, account_id))


async def _reserve(event: CompetitionApproved, account_id: str, work: Work) -> CostRefusal | None:
    """Set the money aside; why that is not possible, or None."""
    fund = await work.state(FundAccount, account_id)
    if fund.status != "open":
        return "no_such_account"
    try:
        if not bears(fund, event.org_id, work.directory.path):
            return "not_entitled"
        await work.change(
            FundAccount, account_id, lambda fund: reserve(fund, event.competition_id, event.prize_budget_fen)
        )
    except OrganisationUnknownHere as unknown:
        raise NotYet("the directory does not know the organisation") from unknown
    except MoneyShort:
        return "money_short"
    return None
