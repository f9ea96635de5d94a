"""A judge does not count for an entry:  POST /competitions/{competition_id}/recusals  ->  JudgeRecused
Who knows the entries names one; a judge for itself names a code:  POST /competitions/{competition_id}/own-recusals"""

from collections.abc import Iterator

from services.activities.competition.competition import Competition
from services.activities.competition.sealed_round import Round
from services.activities.service import service
from shared.events.activities.competition import JudgeRecused
from shared.kernel.refusal import Forbidden, NotFound
from shared.kernel.work import Command, Work
from shared.values.competition import CompetitionId, EntryCode, EntryId, RecusalGround
from shared.values.ids import ActorId
from shared.values.roles import Role


class RecuseJudge(Command):
    judge_id: ActorId
    entry_id: EntryId
    ground: RecusalGround


class RecuseMyself(Command):
    entry_code: EntryCode
    ground: RecusalGround


class NotOnPanel(Forbidden):
    """{judge_id} is not on the panel of this competition.
    {judge_id} 不是本次竞赛的裁判。"""


class NoSuchEntry(NotFound):
    """This competition has no entry {entry_id}.
    本次竞赛没有参赛项 {entry_id}。"""


def recuse(competition: Competition, judge_id: str, entry_id: str, ground: RecusalGround) -> Iterator[JudgeRecused]:
    """At any time before the round is closed; a sheet that is in already does not count then."""
    competition.must_be("entries_closed", "scoring")
    if judge_id not in competition.panel.judge_ids:
        raise NotOnPanel(judge_id=judge_id)
    if entry_id not in competition.member_of:
        raise NoSuchEntry(entry_id=entry_id)
    if judge_id not in competition.recused_for(entry_id):
        yield JudgeRecused(
            competition_id=competition.id,
            org_id=competition.org_id,
            judge_id=judge_id,
            entry_id=entry_id,
            ground=ground,
        )


@service.post("/competitions/{competition_id}/recusals", role=Role.UNION, org=(Competition, "competition_id"))
async def post(competition_id: CompetitionId, command: RecuseJudge, work: Work) -> None:
    await work.change(
        Competition,
        competition_id,
        lambda competition: recuse(competition, command.judge_id, command.entry_id, command.ground),
    )


@service.post("/competitions/{competition_id}/own-recusals", role=Role.JUDGE, org=(Competition, "competition_id"))
async def post_own(competition_id: CompetitionId, command: RecuseMyself, work: Work) -> None:
    """The judge learns nothing about whose entry it is."""
    competition = await work.state(Competition, competition_id)
    competition.must_be("scoring")
    sealed = await work.state(Round, competition.round_id)
    sealed.must_be_open_for(command.entry_code)
    entry_id = sealed.entry_ids[command.entry_code]
    await work.change(
        Competition,
        competition_id,
        lambda competition: recuse(competition, work.actor.id, entry_id, command.ground),
    )
