"""All sheets are in:  POST /competitions/{competition_id}/round-closing  ->  RoundClosed, CompetitionScored"""

from collections.abc import Iterator, Mapping
from datetime import date

from services.activities.competition.competition import Competition
from services.activities.competition.digest import digest
from services.activities.competition.pages import pages
from services.activities.competition.scoring import VERSION, ranked
from services.activities.competition.sealed_round import Round, RoundNotOpen
from services.activities.service import service
from shared.events.activities.competition import CompetitionScored
from shared.events.activities.sealed_round import RoundClosed
from shared.kernel.refusal import Conflict, Forbidden
from shared.kernel.work import Actor, Work
from shared.values.competition import CompetitionId
from shared.values.roles import Role


class ChiefOnly(Forbidden):
    """The chief judge signs for all sheets; ask the chief judge to close the round.
    评分汇总须由裁判长签认，请由裁判长结束评分。"""


class SheetsMissing(Conflict):
    """{missing} sheets are not in yet; the round closes when all judges have handed in theirs.
    尚有 {missing} 份评分表未提交，收齐后方可结束评分。"""


class TooFewSheets(Conflict):
    """Entry {entry_code} has {sheets} sheets that count, and the rule asks for {minimum}; add judges to the panel.
    编号 {entry_code} 有效评分仅 {sheets} 份，规则要求 {minimum} 份，请增补裁判。"""


Sheets = Mapping[str, Mapping[str, int]]
"""Scores that count, by code and judge, in the order of the codes and of the panel."""


def counted(sealed: Round, competition: Competition) -> Sheets:
    """Without those of a judge who is recused, even if they came in before (INV-A3)."""
    return {
        code: {
            judge: sealed.sheets[code, judge].score_x100
            for judge in _judges(competition, entry_id)
            if (code, judge) in sealed.sheets
        }
        for code, entry_id in sealed.entry_ids.items()
    }


def _judges(competition: Competition, entry_id: str) -> list[str]:
    recused = competition.recused_for(entry_id)
    return [judge for judge in competition.panel.judge_ids if judge not in recused]


def close_round(sealed: Round, competition: Competition, by: Actor, on: date) -> Iterator[RoundClosed]:
    if by.id != competition.panel.chief:
        raise ChiefOnly()
    if sealed.status == "closed":
        return
    competition.must_be("scoring")
    if sealed.status != "open":
        raise RoundNotOpen(status=sealed.status)
    sheets = counted(sealed, competition)
    must_be_complete(sealed, competition, sheets)
    yield RoundClosed(
        round_id=sealed.id,
        competition_id=competition.id,
        org_id=competition.org_id,
        sheets=sum(map(len, sheets.values())),
        sheets_hash=digest(sheets),
        on=on,
    )


def must_be_complete(sealed: Round, competition: Competition, sheets: Sheets) -> None:
    minimum = competition.announced.rule.minimum_sheets
    expected = {code: len(_judges(competition, entry_id)) for code, entry_id in sealed.entry_ids.items()}
    for code, judges in expected.items():
        if judges < minimum:
            raise TooFewSheets(entry_code=code, sheets=judges, minimum=minimum)
    missing = sum(judges - len(sheets[code]) for code, judges in expected.items())
    if missing:
        raise SheetsMissing(missing=missing)


def score(competition: Competition, sealed: Round) -> Iterator[CompetitionScored]:
    if competition.status != "scoring" or sealed.status != "closed":
        return
    rule, sheets = competition.announced.rule, counted(sealed, competition)
    results = ranked({code: tuple(of.values()) for code, of in sheets.items()}, rule, sealed.entry_ids)
    for number, number_of_pages, some in pages(results):
        yield CompetitionScored(
            competition_id=competition.id,
            org_id=competition.org_id,
            round_id=sealed.id,
            rule_version=VERSION,
            rule_hash=competition.announced.rule_hash,
            sheets_hash=digest(sheets),
            page=number,
            pages=number_of_pages,
            results=some,
        )


@service.post("/competitions/{competition_id}/round-closing", role=Role.JUDGE, org=(Competition, "competition_id"))
async def post(competition_id: CompetitionId, work: Work) -> None:
    """One unit: the sheets are closed, and what they come to is published, or neither."""
    competition = await work.state(Competition, competition_id)
    sealed = await work.change(
        Round, competition.round_id, lambda sealed: close_round(sealed, competition, work.actor, work.today)
    )
    await work.change(Competition, competition_id, lambda competition: score(competition, sealed))
