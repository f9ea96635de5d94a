"""Post the results to all:  POST /competitions/{competition_id}/publicity  ->  ResultPublicityStarted"""

from collections.abc import Iterator
from datetime import date

from services.activities.competition.competition import Competition
from services.activities.service import service
from shared.events.activities.competition import ResultPublicityStarted
from shared.kernel.work import Work
from shared.values.competition import CompetitionId
from shared.values.posting import Posting
from shared.values.roles import Role
from shared.values.working_days import CalendarMissing


def post_results(competition: Competition, posting_id: str, on: date) -> Iterator[ResultPublicityStarted]:
    """It may begin before next year's calendar is known; it cannot end before (INV-A7)."""
    if competition.status == "posted":
        return
    competition.must_be("scored")
    posting = Posting.opened(posting_id, on, competition.announced.posting_workdays)
    yield ResultPublicityStarted(
        competition_id=competition.id,
        org_id=competition.org_id,
        posting_id=posting.id,
        since=posting.since,
        workdays=posting.workdays,
        until=last_day_of(posting),
    )


def last_day_of(posting: Posting) -> date | None:
    """None where the calendar is not known."""
    try:
        return posting.last_day
    except CalendarMissing:
        return None


@service.post("/competitions/{competition_id}/publicity", role=Role.UNION, org=(Competition, "competition_id"))
async def post(competition_id: CompetitionId, work: Work) -> None:
    posting_id = work.new_id()
    await work.change(
        Competition, competition_id, lambda competition: post_results(competition, posting_id, work.today)
    )
