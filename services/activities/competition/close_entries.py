"""Enrolment is over, on its last day by hand or after it by itself:  POST /competitions/{competition_id}/entry-closing
->  EntriesClosed"""

from collections.abc import Iterator
from datetime import date

from services.activities.competition.competition import Competition
from services.activities.competition.competition_card import CompetitionCard
from services.activities.service import service
from shared.events.activities.competition import EntriesClosed
from shared.kernel.refusal import Conflict
from shared.kernel.work import Work
from shared.values.competition import CompetitionId
from shared.values.roles import Role


class StillEnrolling(Conflict):
    """Enrolment was announced until {enrol_until}; close it on that day or later.
    报名截止日公布为 {enrol_until}，请在当日或之后办理截止。"""


def close_entries(competition: Competition, on: date) -> Iterator[EntriesClosed]:
    if competition.status == "entries_closed":
        return
    competition.must_be("announced")
    if on < competition.announced.enrol_until:
        raise StillEnrolling(enrol_until=str(competition.announced.enrol_until))
    yield EntriesClosed(
        competition_id=competition.id, org_id=competition.org_id, entries=len(competition.entries), on=on
    )


@service.post("/competitions/{competition_id}/entry-closing", role=Role.UNION, org=(Competition, "competition_id"))
async def post(competition_id: CompetitionId, work: Work) -> None:
    await work.change(Competition, competition_id, lambda competition: close_entries(competition, work.today))


@service.timer(CompetitionCard, due="entries_close_on")
async def close_by_itself(row: CompetitionCard, due: date, work: Work) -> None:
    await work.change(Competition, row.id, lambda competition: close_in_time(competition, work.today))


def close_in_time(competition: Competition, on: date) -> Iterator[EntriesClosed]:
    """Nothing if somebody was quicker, or the dates have been moved."""
    if competition.status == "announced" and on > competition.announced.enrol_until:
        yield from close_entries(competition, on)
