"""The sheets of a round, by code:  GET /competitions/{competition_id}/score-book
A judge sees the own sheets, the chief judge all of them; nobody else any, until the results are published (INV-A4)."""

from dataclasses import dataclass, field, replace
from typing import assert_never

from services.activities.competition.recuse_judge import NotOnPanel
from services.activities.service import service
from shared.events.activities.competition import JudgePanelAppointed, JudgeRecused
from shared.events.activities.sealed_round import (
    EntriesCoded,
    RoundClosed,
    RoundReopened,
    ScoreCorrected,
    ScoreCorrectionAsked,
    ScoreSubmitted,
)
from shared.kernel.work import Work
from shared.values.competition import CompetitionId
from shared.values.roles import Role


@dataclass(frozen=True)
class ScoreBook:
    """`sheets`: hundredths by judge and code. What is known of the entries behind the codes stays in `entry_ids`."""

    id: str
    org_id: str
    round_id: str | None = None
    closed: bool = False
    chief: str | None = None
    judges: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    sheets: dict[str, dict[str, int]] = field(default_factory=dict)
    corrections_asked: dict[str, dict[str, int]] = field(default_factory=dict)
    recused: list[tuple[str, str]] = field(default_factory=list)
    """Judge and entry."""
    entry_ids: dict[str, str] = field(default_factory=dict)
    """By code."""


Sealed = EntriesCoded | ScoreSubmitted | ScoreCorrectionAsked | ScoreCorrected | RoundClosed | RoundReopened


@service.view(ScoreBook, key="competition_id")
def score_book(book: ScoreBook | None, event: Sealed | JudgePanelAppointed | JudgeRecused) -> ScoreBook:
    """Panel and sheets come on different topics, in any order."""
    book = book or ScoreBook(event.competition_id, event.org_id)
    match event:
        case JudgePanelAppointed():
            return replace(book, judges=list(event.judge_ids), chief=event.chief)
        case JudgeRecused():
            return replace(book, recused=sorted([*book.recused, (event.judge_id, event.entry_id)]))
        case EntriesCoded():
            entry_ids = {entry.entry_code: entry.entry_id for entry in event.entries}
            return replace(book, round_id=event.round_id, entry_ids=entry_ids, codes=sorted(entry_ids))
        case ScoreSubmitted():
            return replace(book, sheets=_with(book.sheets, event))
        case ScoreCorrectionAsked():
            return replace(book, corrections_asked=_with(book.corrections_asked, event))
        case ScoreCorrected():
            asked = _without(book.corrections_asked, event)
            return replace(book, sheets=_with(book.sheets, event), corrections_asked=asked)
        case RoundClosed():
            return replace(book, closed=True, corrections_asked={})
        case RoundReopened():
            return replace(book, closed=False)
        case _:
            assert_never(event)


Sheet = ScoreSubmitted | ScoreCorrectionAsked | ScoreCorrected


def _with(sheets: dict[str, dict[str, int]], event: Sheet) -> dict[str, dict[str, int]]:
    return {**sheets, event.judge_id: {**sheets.get(event.judge_id, {}), event.entry_code: event.score_x100}}


def _without(sheets: dict[str, dict[str, int]], event: Sheet) -> dict[str, dict[str, int]]:
    left = {code: score for code, score in sheets.get(event.judge_id, {}).items() if code != event.entry_code}
    return {**sheets, event.judge_id: left}


@dataclass(frozen=True)
class MySheets:
    """What one judge may see."""

    id: str
    org_id: str
    round_id: str
    closed: bool
    chief: str
    to_score: list[str]
    """Codes whose sheet is not in yet."""
    sheets: dict[str, dict[str, int]]
    """By judge and code: the own ones; for the chief judge all."""
    corrections_asked: dict[str, dict[str, int]]


def opened(book: ScoreBook, judge_id: str) -> MySheets:
    if judge_id not in book.judges or book.round_id is None:
        raise NotOnPanel(judge_id=judge_id)
    not_mine = {entry for judge, entry in book.recused if judge == judge_id}
    mine = book.sheets.get(judge_id, {})
    chief = judge_id == book.chief
    return MySheets(
        id=book.id,
        org_id=book.org_id,
        round_id=book.round_id,
        closed=book.closed,
        chief=book.chief or "",
        to_score=[code for code in book.codes if code not in mine and book.entry_ids[code] not in not_mine],
        sheets=book.sheets if chief else {judge_id: mine},
        corrections_asked=book.corrections_asked if chief else {},
    )


@service.get("/competitions/{competition_id}/score-book", role=Role.JUDGE, org=MySheets)
async def get(competition_id: CompetitionId, work: Work) -> MySheets | None:
    book = await work.view(ScoreBook, competition_id)
    return None if book is None else opened(book, work.actor.id)
