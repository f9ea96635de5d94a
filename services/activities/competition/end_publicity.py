"""The posting of the results is over, by the passing of time or by hand:
POST /competitions/{competition_id}/publicity-end  ->  ResultPublicityEnded"""

from collections.abc import Iterator
from datetime import date

from services.activities.competition.competition import Competition, NotAtThisStage
from services.activities.competition.competition_card import CompetitionCard
from services.activities.service import service
from shared.events.activities.competition import ResultPublicityEnded
from shared.kernel.work import Work
from shared.values.competition import CompetitionId
from shared.values.roles import Role


def end_publicity(competition: Competition, on: date) -> Iterator[ResultPublicityEnded]:
    """Never before its last working day is over, and never without the calendar that says which day that is."""
    if competition.status == "post_over":
        return
    if competition.status != "posted" or competition.posting is None:
        raise NotAtThisStage(status=competition.status)
    over = competition.posting.ended(on)
    yield ResultPublicityEnded(competition_id=competition.id, org_id=competition.org_id, posting_id=over.id, on=on)


def end_in_time(competition: Competition, on: date) -> Iterator[ResultPublicityEnded]:
    """Nothing if somebody was quicker."""
    if competition.status == "posted":
        yield from end_publicity(competition, on)


@service.post("/competitions/{competition_id}/publicity-end", role=Role.UNION, org=(Competition, "competition_id"))
async def post(competition_id: CompetitionId, work: Work) -> None:
    await work.change(Competition, competition_id, lambda competition: end_publicity(competition, work.today))


@service.timer(CompetitionCard, due="publicity_over_on")
async def end_by_itself(row: CompetitionCard, due: date, work: Work) -> None:
    """Where a calendar is missing this is refused, and tried again until it is there."""
    await work.change(Competition, row.id, lambda competition: end_in_time(competition, work.today))
