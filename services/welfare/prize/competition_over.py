"""A competition is over:  CompetitionCancelled, CompetitionArchived  ->  PrizeBudgetReleased, FundReleased"""

from services.welfare.fund.fund_account import FundAccount, give_back
from services.welfare.prize.prize_budget import PrizeBudget, release
from services.welfare.service import service
from shared.events.activities.competition import CompetitionArchived, CompetitionCancelled
from shared.kernel.work import Work


@service.reaction
async def release_prize_budget(event: CompetitionCancelled | CompetitionArchived, work: Work) -> None:
    """What was paid out of it stays paid; the rest is free again."""
    budget = await work.change(PrizeBudget, event.competition_id, release)
    if budget.status == "released":
        await work.change(FundAccount, budget.account_id, lambda fund: give_back(fund, budget.id))
