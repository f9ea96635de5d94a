"""Approve a competition and its prize budget:  POST /competitions/{competition_id}/approval  ->  CompetitionApproved"""

from collections.abc import Iterator
from datetime import date

from services.activities.competition.competition import Competition, NotAtThisStage
from services.activities.service import service
from shared.events.activities.competition import CompetitionApproved
from shared.kernel.refusal import Forbidden
from shared.kernel.work import Actor, Work
from shared.values.competition import CompetitionId
from shared.values.roles import Role


class OwnProposal(Forbidden):
    """You proposed this competition yourself; somebody else has to approve it.
    该竞赛由您本人申报，须由他人审批立项。"""


def approve(competition: Competition, by: Actor, on: date) -> Iterator[CompetitionApproved]:
    proposal = competition.proposal
    if competition.status == "approved":
        return
    if competition.status != "proposed" or proposal is None:
        raise NotAtThisStage(status=competition.status)
    if by.id == proposal.by:
        raise OwnProposal()
    yield CompetitionApproved(**proposal.model_dump(exclude={"by"}), approvals=(proposal.by, by.id), on=on)


@service.post(
    "/competitions/{competition_id}/approval",
    role=Role.CHAIR | Role.ADMIN,
    org=(Competition, "competition_id"),
    sensitive=True,
)
async def post(competition_id: CompetitionId, work: Work) -> None:
    await work.change(Competition, competition_id, lambda competition: approve(competition, work.actor, work.today))
