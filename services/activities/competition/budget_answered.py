"""The fund has answered for the prize budget:  PrizeBudgetReserved  ->  CompetitionFunded
PrizeBudgetRefused  ->  CompetitionFundingRefused"""

from collections.abc import Iterator

from services.activities.competition.competition import Competition
from services.activities.service import service
from shared.events.activities.competition import CompetitionFunded, CompetitionFundingRefused
from shared.events.welfare.prize import PrizeBudgetRefused, PrizeBudgetReserved
from shared.kernel.work import Work


def fund(competition: Competition, amount_fen: int) -> Iterator[CompetitionFunded]:
    if competition.budget == "asked":
        yield CompetitionFunded(competition_id=competition.id, org_id=competition.org_id, amount_fen=amount_fen)


def refuse_funding(competition: Competition, reason_code: str) -> Iterator[CompetitionFundingRefused]:
    if competition.budget == "asked":
        yield CompetitionFundingRefused(
            competition_id=competition.id, org_id=competition.org_id, reason_code=reason_code
        )


@service.reaction
async def budget_reserved(event: PrizeBudgetReserved, work: Work) -> None:
    await work.change(Competition, event.competition_id, lambda competition: fund(competition, event.amount_fen))


@service.reaction
async def budget_refused(event: PrizeBudgetRefused, work: Work) -> None:
    await work.change(
        Competition, event.competition_id, lambda competition: refuse_funding(competition, event.reason_code)
    )
