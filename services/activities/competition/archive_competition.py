"""All is done:  POST /competitions/{competition_id}/archiving  ->  CompetitionArchived; the fund frees what is left"""

from collections.abc import Iterator
from datetime import date

from services.activities.competition.competition import Competition
from services.activities.service import service
from shared.events.activities.competition import CompetitionArchived
from shared.kernel.refusal import Conflict
from shared.kernel.work import Work
from shared.values.competition import CompetitionId
from shared.values.roles import Role


class PrizesOpen(Conflict):
    """{open} prizes are neither paid nor refused yet; archive it when they are.
    尚有 {open} 份奖金未办结，办结后方可归档。"""


def archive(competition: Competition, on: date) -> Iterator[CompetitionArchived]:
    if competition.status == "archived":
        return
    competition.must_be("confirmed")
    if waiting := [prize for prize in competition.prizes.values() if prize.status == "awarded"]:
        raise PrizesOpen(open=len(waiting))
    yield CompetitionArchived(competition_id=competition.id, org_id=competition.org_id, on=on)


@service.post("/competitions/{competition_id}/archiving", role=Role.UNION, org=(Competition, "competition_id"))
async def post(competition_id: CompetitionId, work: Work) -> None:
    await work.change(Competition, competition_id, lambda competition: archive(competition, work.today))
