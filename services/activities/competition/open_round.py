"""Draw codes and let the judges begin:  POST /competitions/{competition_id}/round  ->  RoundOpened, EntriesCoded"""

from collections.abc import Iterator
from datetime import date

from services.activities.competition.competition import Competition
from services.activities.competition.digest import digest
from services.activities.competition.sealed_round import Round
from services.activities.service import service
from shared.events.activities.competition import RoundOpened
from shared.events.activities.sealed_round import CodedEntry, EntriesCoded
from shared.kernel.refusal import Conflict
from shared.kernel.work import Work
from shared.values.competition import CompetitionId
from shared.values.roles import Role


class ContestNotHeldYet(Conflict):
    """The competition is held on {held_on}; judging begins on that day.
    竞赛于 {held_on} 举行，请自当日起评分。"""


class NobodyEntered(Conflict):
    """Nobody has entered this competition; cancel it.
    本次竞赛无人报名，请取消。"""


class NotEnoughJudges(Conflict):
    """Entry {entry_id} would be scored by {judges} judges, and the rule asks for {minimum}; add judges to the panel.
    参赛项 {entry_id} 仅有 {judges} 名裁判可评分，规则要求 {minimum} 名，请增补裁判。"""


def open_round(competition: Competition, round_id: str, on: date) -> Iterator[RoundOpened]:
    if competition.status == "scoring":
        return
    competition.must_be("entries_closed")
    said = competition.announced
    if on < said.held_on:
        raise ContestNotHeldYet(held_on=str(said.held_on))
    if not competition.entries:
        raise NobodyEntered()
    for entry in competition.entries.values():
        judges = len(set(competition.panel.judge_ids) - competition.recused_for(entry.id))
        if judges < said.rule.minimum_sheets:
            raise NotEnoughJudges(entry_id=entry.id, judges=judges, minimum=said.rule.minimum_sheets)
    yield RoundOpened(
        competition_id=competition.id,
        org_id=competition.org_id,
        round_id=round_id,
        entries=len(competition.entries),
        on=on,
    )


def draw(sealed: Round, competition: Competition, seed: str) -> Iterator[EntriesCoded]:
    """Codes in an order that only the seed knows, which is kept nowhere."""
    if sealed.status != "new" or competition.round_id != sealed.id:
        return
    lots = sorted((entry.id for entry in competition.entries.values()), key=lambda entry_id: digest([seed, entry_id]))
    yield EntriesCoded(
        round_id=sealed.id,
        competition_id=competition.id,
        org_id=competition.org_id,
        entries=tuple(CodedEntry(entry_code=f"E{no:04}", entry_id=entry_id) for no, entry_id in enumerate(lots, 1)),
    )


@service.post("/competitions/{competition_id}/round", role=Role.UNION, org=(Competition, "competition_id"))
async def post(competition_id: CompetitionId, work: Work) -> None:
    round_id, seed = work.new_id(), "".join(work.new_id() for _ in range(4))
    competition = await work.change(
        Competition, competition_id, lambda competition: open_round(competition, round_id, work.today)
    )
    await work.change(Round, competition.round_id, lambda sealed: draw(sealed, competition, seed))
