"""The round closes when all sheets are in, and what they come to is published with it (INV-A3, INV-A4)."""

import asyncio
from typing import Any

import pytest

from services.activities.competition import close_round as module
from services.activities.competition import pages
from services.activities.competition.close_round import (
    ChiefOnly,
    SheetsMissing,
    TooFewSheets,
    close_round,
    post,
    score,
)
from services.activities.competition.competition import Competition, NotAtThisStage
from services.activities.competition.recuse_judge import RecuseJudge
from services.activities.competition.recuse_judge import post as post_recusal
from services.activities.competition.sealed_round import Round, RoundNotOpen
from services.activities.competition.submit_score import SubmitScore
from services.activities.competition.submit_score import post as post_score
from shared.events.activities.competition import CompetitionScored
from shared.events.activities.sealed_round import CodedEntry, RoundClosed, ScoreCorrected, ScoreCorrectionAsked
from shared.kernel.work import Actor
from tests.activities.competition.examples import (
    APPOINTED,
    CANCELLED,
    CHIEF,
    CODED,
    ENTRY_OF_ANN,
    HELD,
    JUDGES,
    RESULTS,
    ROUND,
    ROUND_CLOSED,
    SCORED,
    SHEETS,
    UNTIL_APPOINTED,
    UNTIL_OPENED,
    UNTIL_SCORED,
    recused,
    submitted,
)
from tests.story import SUBJECT, Desk, given

CONTEST = given(Competition, *UNTIL_OPENED).state
ALL_IN = (CODED, *SHEETS)
SHEET_6 = submitted("judge-6", "E0002", 8_000)
WITHOUT_6 = [sheet for sheet in ALL_IN if sheet != SHEET_6]


def test_all_sheets_are_in() -> None:
    closed = given(Round, *ALL_IN, id=ROUND).when(close_round, CONTEST, CHIEF, HELD).then(ROUND_CLOSED)
    given(Competition, *UNTIL_OPENED).when(score, closed.state).then(SCORED).when(score, closed.state).then_nothing()
    closed.when(close_round, CONTEST, CHIEF, HELD).then_nothing()


def test_one_is_missing() -> None:
    given(Round, *WITHOUT_6, id=ROUND).when(close_round, CONTEST, CHIEF, HELD).then_refused(SheetsMissing)
    given(Round, CODED, id=ROUND).when(close_round, CONTEST, CHIEF, HELD).then_refused(SheetsMissing)


def test_the_chief_judge_signs() -> None:
    for by in (Actor("judge-2"), Actor("cadre")):
        given(Round, *ALL_IN, id=ROUND).when(close_round, CONTEST, by, HELD).then_refused(ChiefOnly)


def test_a_round_that_was_never_opened_is_not_closed() -> None:
    given(Round, id=ROUND).when(close_round, CONTEST, CHIEF, HELD).then_refused(RoundNotOpen)


@pytest.mark.parametrize("sheets", [ALL_IN, WITHOUT_6])
def test_a_recused_judge_does_not_count_even_if_the_sheet_was_in(sheets: Any) -> None:
    """Exactly the minimum is left: 9 000, 9 050, 9 100, 9 500, 9 500."""
    contest = given(Competition, *UNTIL_OPENED, recused())
    closed = given(Round, *sheets, id=ROUND).when(close_round, contest.state, CHIEF, HELD)
    (told,) = closed.events
    assert isinstance(told, RoundClosed)
    assert told.sheets == 11
    (scored,) = contest.when(score, closed.then(told).state).events
    assert isinstance(scored, CompetitionScored)
    best = scored.results[0]
    assert (best.entry_id, best.kept_x100, best.dropped_x100) == (ENTRY_OF_ANN, (9_050, 9_100, 9_500), (9_000, 9_500))
    assert best.final_x100 == 9_217
    assert scored.results[1] == RESULTS[1]


def test_with_fewer_than_the_minimum_the_round_cannot_close() -> None:
    """INV-A3. Until a judge is added who hands in a sheet for each."""
    history = (*UNTIL_OPENED, recused(), recused("judge-5"))
    short = given(Competition, *history).state
    given(Round, *ALL_IN, id=ROUND).when(close_round, short, CHIEF, HELD).then_refused(TooFewSheets)
    more = given(Competition, *history, APPOINTED.model_copy(update={"judge_ids": (*JUDGES, "judge-7")})).state
    given(Round, *ALL_IN, id=ROUND).when(close_round, more, CHIEF, HELD).then_refused(SheetsMissing)
    in_by_now = (*ALL_IN, submitted("judge-7", "E0001", 9_000), submitted("judge-7", "E0002", 9_000))
    assert given(Round, *in_by_now, id=ROUND).when(close_round, more, CHIEF, HELD).refused is None


def test_a_correction_counts_once_it_was_agreed_to() -> None:
    said = {
        "round_id": ROUND,
        "competition_id": SUBJECT,
        "org_id": "G01",
        "entry_code": "E0001",
        "judge_id": "judge-1",
        "score_x100": 9_000,
        "reason_code": "added_wrongly",
    }
    asked = ScoreCorrectionAsked.model_validate(said)
    agreed = ScoreCorrected.model_validate(
        said | {"sheet_version": 2, "sheet_hash": SHEET_6.sheet_hash, "agreed_by": "judge-2"}
    )
    for history, kept in (((asked,), (8_000, 8_500, 9_000, 9_000)), ((asked, agreed), (9_000, 8_500, 9_000, 9_000))):
        closed = given(Round, *ALL_IN, *history, id=ROUND).when(close_round, CONTEST, CHIEF, HELD)
        (told,) = given(Competition, *UNTIL_OPENED).when(score, closed.then(*closed.events).state).events
        assert isinstance(told, CompetitionScored)
        assert told.results[1].kept_x100 == kept


def test_results_come_in_pages_if_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE", 1)
    closed = given(Round, *ALL_IN, ROUND_CLOSED, id=ROUND).state
    told = given(Competition, *UNTIL_OPENED).when(score, closed)
    told.then(
        SCORED.model_copy(update={"page": 1, "pages": 2, "results": RESULTS[:1]}),
        SCORED.model_copy(update={"page": 2, "pages": 2, "results": RESULTS[1:]}),
    )


async def _desk(*sheets: Any) -> Desk:
    desk = Desk(today=HELD)
    await desk.knows(Competition, *UNTIL_OPENED)
    await desk.knows(Round, *sheets, id=ROUND)
    return desk


async def test_closing_and_publishing_are_one() -> None:
    desk = await _desk(*ALL_IN)
    await desk.does("judge-1", post, SUBJECT)
    await desk.does("judge-1", post, SUBJECT)
    assert desk.events(after=2) == [SCORED, ROUND_CLOSED]
    assert len({commit.unit for commit in desk.log.commits[2:]}) == 1


async def test_nothing_is_closed_if_it_cannot_be_published(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = await _desk(*ALL_IN)

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(module, "score", broken)
    with pytest.raises(ZeroDivisionError):
        await desk.does("judge-1", post, SUBJECT)
    assert desk.events(after=2) == []


async def test_a_recusal_in_the_same_moment_is_in_or_too_late() -> None:
    """The competition is written with the round, so whoever was second decides anew."""
    desk = await _desk(*ALL_IN)
    named = RecuseJudge(judge_id="judge-6", entry_id=ENTRY_OF_ANN, ground="mentor")
    outcomes = await asyncio.gather(
        desk.does("judge-1", post, SUBJECT), desk.does("cadre", post_recusal, SUBJECT, named), return_exceptions=True
    )
    assert not isinstance(outcomes[0], BaseException)
    competition = await desk.state(Competition)
    recused_in_time = not isinstance(outcomes[1], NotAtThisStage)
    assert len(competition.results[0].kept_x100) == (3 if recused_in_time else 4)


async def test_a_sheet_in_the_moment_of_closing_is_in_or_refused() -> None:
    desk = await _desk(*ALL_IN)
    late = SubmitScore(entry_code="E0001", score_x100=9_050)
    outcomes = await asyncio.gather(
        desk.does("judge-1", post, SUBJECT), desk.does("judge-6", post_score, SUBJECT, late), return_exceptions=True
    )
    assert isinstance(outcomes[1], Exception)
    assert (await desk.state(Competition)).status == "scored"


@pytest.mark.parametrize("history", [UNTIL_APPOINTED, (*UNTIL_OPENED, CANCELLED)])
async def test_only_a_round_of_a_competition_that_is_being_judged_is_closed(history: Any) -> None:
    desk = Desk(today=HELD)
    await desk.knows(Competition, *history)
    await desk.knows(Round, *ALL_IN, id=ROUND)
    with pytest.raises(NotAtThisStage):
        await desk.does("judge-1", post, SUBJECT)


def test_a_second_computation_gives_the_same_bytes() -> None:
    """INV-A4: from the stream alone, whatever order the sheets came in."""
    one = given(Round, *ALL_IN, ROUND_CLOSED, id=ROUND).state
    other = given(Round, CODED, *reversed(SHEETS), ROUND_CLOSED, id=ROUND).state
    swapped = CODED.model_copy(update={"entries": tuple(reversed(CODED.entries))})
    third = given(Round, swapped, *SHEETS, ROUND_CLOSED, id=ROUND).state
    told = [[event.model_dump_json() for event in score(CONTEST, sealed)] for sealed in (one, other, third)]
    assert told[0] == told[1] == told[2] == [SCORED.model_dump_json()]


def test_codes_say_nothing_but_which() -> None:
    assert set(CodedEntry.model_fields) == {"entry_code", "entry_id"}


def test_after_scoring_nothing_is_scored_again() -> None:
    closed = given(Round, *ALL_IN, ROUND_CLOSED, id=ROUND).state
    given(Competition, *UNTIL_SCORED).when(score, closed).then_nothing()
    given(Competition, *UNTIL_OPENED).when(score, given(Round, *ALL_IN, id=ROUND).state).then_nothing()
