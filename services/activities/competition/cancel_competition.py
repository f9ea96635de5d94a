"""Call a competition off:  POST /competitions/{competition_id}/cancellation  ->  CompetitionCancelled"""

from collections.abc import Iterator
from typing import assert_never

from services.activities.competition.competition import Competition, NotAtThisStage
from services.activities.service import service
from shared.events.activities.competition import CompetitionCancelled
from shared.kernel.work import Command, Work
from shared.values.competition import CompetitionCancellation, CompetitionId
from shared.values.roles import Role


class CancelCompetition(Command):
    reason_code: CompetitionCancellation


def cancel(competition: Competition, command: CancelCompetition) -> Iterator[CompetitionCancelled]:
    """Until its results are confirmed; those who entered may enter another one then."""
    match competition.status:
        case "proposed" | "approved" | "announced" | "entries_closed" | "scoring" | "scored" | "posted" | "post_over":
            yield CompetitionCancelled(
                competition_id=competition.id, org_id=competition.org_id, reason_code=command.reason_code
            )
        case "cancelled":
            return
        case "new" | "confirmed" | "archived":
            raise NotAtThisStage(status=competition.status)
        case _:
            assert_never(competition.status)


@service.post(
    "/competitions/{competition_id}/cancellation", role=Role.CHAIR | Role.ADMIN, org=(Competition, "competition_id")
)
async def post(competition_id: CompetitionId, command: CancelCompetition, work: Work) -> None:
    await work.change(Competition, competition_id, lambda competition: cancel(competition, command))
