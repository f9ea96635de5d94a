"""A competition was approved:  CompetitionApproved  ->  FundReserved, PrizeBudgetReserved | PrizeBudgetRefused"""

from services.welfare.fund.bear_cost import bear
from services.welfare.fund.fund_account import reserve
from services.welfare.prize.prize_budget import PrizeBudget, refuse_budget, reserve_budget
from services.welfare.service import service
from shared.events.activities.competition import CompetitionApproved
from shared.kernel.work import Work


@service.reaction
async def reserve_prize_budget(event: CompetitionApproved, work: Work) -> None:
    """Only an account of the competition's organisation, or of one above it, bears its prizes."""
    if event.prize_budget_fen == 0:
        return
    account_id = event.account_id or ""
    amount = event.prize_budget_fen
    if reason := await bear(account_id, event.org_id, lambda fund: reserve(fund, event.competition_id, amount), work):
        await work.change(PrizeBudget, event.competition_id, lambda budget: refuse_budget(budget, event, reason))
    else:
        await work.change(PrizeBudget, event.competition_id, lambda budget: reserve_budget(budget, event, account_id))
