"""Hand in the sheet of an entry:  POST /competitions/{competition_id}/scores  ->  ScoreSubmitted"""

from collections.abc import Iterator

from services.activities.competition.competition import Competition
from services.activities.competition.digest import digest
from services.activities.competition.recuse_judge import NotOnPanel
from services.activities.competition.sealed_round import Round
from services.activities.service import service
from shared.events.activities.sealed_round import ScoreSubmitted
from shared.kernel.refusal import Conflict, Forbidden, Invalid
from shared.kernel.work import Actor, Command, Work
from shared.values.competition import CompetitionId, EntryCode, WrittenX100
from shared.values.roles import Role


class SubmitScore(Command):
    entry_code: EntryCode
    score_x100: WrittenX100
    """In hundredths: 9150 is 91.50."""


class OutOfScale(Invalid):
    """A score lies between 0 and {max_x100} hundredths in steps of {step_x100}; give one that does.
    评分须在 0 至 {max_x100}（百分之一分）之间，步长 {step_x100}，请更正。"""


class Recused(Forbidden):
    """You are recused for entry {entry_code}; others score it.
    您已对编号 {entry_code} 回避，由其他裁判评分。"""


class SheetLocked(Conflict):
    """You handed in a sheet for {entry_code} already, and it is locked; ask for a correction.
    编号 {entry_code} 的评分表已提交并锁定，请申请更正。"""


def submit(sealed: Round, competition: Competition, command: SubmitScore, by: Actor) -> Iterator[ScoreSubmitted]:
    must_judge(sealed, competition, command.entry_code, by.id)
    must_fit(competition, command.score_x100)
    if sheet := sealed.sheets.get((command.entry_code, by.id)):
        if sheet.score_x100 == command.score_x100:
            return
        raise SheetLocked(entry_code=command.entry_code)
    yield ScoreSubmitted(
        round_id=sealed.id,
        competition_id=competition.id,
        org_id=competition.org_id,
        entry_code=command.entry_code,
        judge_id=by.id,
        score_x100=command.score_x100,
        sheet_hash=sheet_hash(sealed.id, command.entry_code, by.id, command.score_x100, 1),
    )


def must_judge(sealed: Round, competition: Competition, entry_code: str, judge_id: str) -> None:
    """On the panel, in an open round, and not recused for this entry."""
    competition.must_be("scoring")
    if judge_id not in competition.panel.judge_ids:
        raise NotOnPanel(judge_id=judge_id)
    sealed.must_be_open_for(entry_code)
    if judge_id in competition.recused_for(sealed.entry_ids[entry_code]):
        raise Recused(entry_code=entry_code)


def must_fit(competition: Competition, score_x100: int) -> None:
    """Out of range is refused, never clipped (INV-A1)."""
    rule = competition.announced.rule
    if not 0 <= score_x100 <= rule.max_x100 or score_x100 % rule.step_x100:
        raise OutOfScale(max_x100=rule.max_x100, step_x100=rule.step_x100)


def sheet_hash(round_id: str, entry_code: str, judge_id: str, score_x100: int, version: int) -> str:
    return digest([round_id, entry_code, judge_id, score_x100, version])


@service.post("/competitions/{competition_id}/scores", role=Role.JUDGE, org=(Competition, "competition_id"))
async def post(competition_id: CompetitionId, command: SubmitScore, work: Work) -> None:
    competition = await work.state(Competition, competition_id)
    competition.must_be("scoring")
    await work.change(Round, competition.round_id, lambda sealed: submit(sealed, competition, command, work.actor))
