"""Replace a locked sheet, by two persons: its judge asks, the chief judge agrees (another judge, if it is the chief's)
POST /competitions/{competition_id}/score-corrections  ->  ScoreCorrectionAsked
POST /competitions/{competition_id}/score-corrections/agreement  ->  ScoreCorrected"""

from collections.abc import Iterator

from services.activities.competition.competition import Competition
from services.activities.competition.recuse_judge import NotOnPanel
from services.activities.competition.sealed_round import Asked, Round
from services.activities.competition.submit_score import must_fit, must_judge, sheet_hash
from services.activities.service import service
from shared.events.activities.sealed_round import ScoreCorrected, ScoreCorrectionAsked
from shared.kernel.refusal import Forbidden, NotFound
from shared.kernel.work import Actor, Command, Work
from shared.values.competition import CompetitionId, EntryCode, SheetCorrection, WrittenX100
from shared.values.ids import ActorId
from shared.values.roles import Role


class AskCorrection(Command):
    entry_code: EntryCode
    score_x100: WrittenX100
    reason_code: SheetCorrection


class AgreeCorrection(Command):
    entry_code: EntryCode
    judge_id: ActorId


class NothingToCorrect(NotFound):
    """You have handed in no sheet for {entry_code}; hand it in.
    您尚未提交编号 {entry_code} 的评分表，请直接提交。"""


class NothingAsked(NotFound):
    """{judge_id} has asked for no correction of {entry_code}.
    {judge_id} 未申请更正编号 {entry_code} 的评分。"""


class SecondPerson(Forbidden):
    """A correction is agreed to by the chief judge, or by another judge if it is the chief's own.
    评分更正须由裁判长复核；裁判长本人的更正由其他裁判复核。"""


def ask(sealed: Round, competition: Competition, command: AskCorrection, by: Actor) -> Iterator[ScoreCorrectionAsked]:
    """Until somebody agrees the sheet counts as it is."""
    must_judge(sealed, competition, command.entry_code, by.id)
    must_fit(competition, command.score_x100)
    cell = command.entry_code, by.id
    if cell not in sealed.sheets:
        raise NothingToCorrect(entry_code=command.entry_code)
    asked = Asked(command.score_x100, command.reason_code)
    if sealed.asked.get(cell) == asked:
        return
    if cell not in sealed.asked and sealed.sheets[cell].score_x100 == command.score_x100:
        return
    yield ScoreCorrectionAsked(
        round_id=sealed.id, competition_id=competition.id, org_id=competition.org_id, judge_id=by.id, **dict(command)
    )


def agree(sealed: Round, competition: Competition, command: AgreeCorrection, by: Actor) -> Iterator[ScoreCorrected]:
    competition.must_be("scoring")
    sealed.must_be_open_for(command.entry_code)
    must_be_second(competition, command.judge_id, by.id)
    cell = command.entry_code, command.judge_id
    sheet, asked = sealed.sheets.get(cell), sealed.asked.get(cell)
    if sheet is None or (asked is None and sheet.version == 1):
        raise NothingAsked(judge_id=command.judge_id, entry_code=command.entry_code)
    if asked is None:
        return
    version = sheet.version + 1
    yield ScoreCorrected(
        round_id=sealed.id,
        competition_id=competition.id,
        org_id=competition.org_id,
        entry_code=command.entry_code,
        judge_id=command.judge_id,
        score_x100=asked.score_x100,
        reason_code=asked.reason_code,
        sheet_version=version,
        sheet_hash=sheet_hash(sealed.id, command.entry_code, command.judge_id, asked.score_x100, version),
        agreed_by=by.id,
    )


def must_be_second(competition: Competition, judge_id: str, by: str) -> None:
    panel = competition.panel
    if by not in panel.judge_ids:
        raise NotOnPanel(judge_id=by)
    if by == judge_id or (by != panel.chief and judge_id != panel.chief):
        raise SecondPerson()


@service.post("/competitions/{competition_id}/score-corrections", role=Role.JUDGE, org=(Competition, "competition_id"))
async def post(competition_id: CompetitionId, command: AskCorrection, work: Work) -> None:
    competition = await work.state(Competition, competition_id)
    competition.must_be("scoring")
    await work.change(Round, competition.round_id, lambda sealed: ask(sealed, competition, command, work.actor))


@service.post(
    "/competitions/{competition_id}/score-corrections/agreement",
    role=Role.JUDGE,
    org=(Competition, "competition_id"),
)
async def post_agreement(competition_id: CompetitionId, command: AgreeCorrection, work: Work) -> None:
    competition = await work.state(Competition, competition_id)
    competition.must_be("scoring")
    await work.change(Round, competition.round_id, lambda sealed: agree(sealed, competition, command, work.actor))
