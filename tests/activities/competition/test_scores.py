"""Sheets: handed in, locked, corrected by two; INV-A1 and INV-A4."""

from typing import Any

import pytest

from services.activities.competition.competition import Competition, NotAtThisStage
from services.activities.competition.correct_score import (
    AgreeCorrection,
    AskCorrection,
    NothingAsked,
    NothingToCorrect,
    SecondPerson,
    agree,
    ask,
    post_agreement,
)
from services.activities.competition.correct_score import post as post_correction
from services.activities.competition.recuse_judge import NotOnPanel
from services.activities.competition.sealed_round import NoSuchCode, Round, RoundNotOpen
from services.activities.competition.submit_score import (
    OutOfScale,
    Recused,
    SheetLocked,
    SubmitScore,
    post,
    sheet_hash,
    submit,
)
from shared.events.activities.sealed_round import RoundReopened, ScoreCorrected, ScoreCorrectionAsked
from shared.kernel.work import Actor
from tests.activities.competition.examples import (
    CANCELLED,
    CHIEF,
    CODED,
    HELD,
    ROUND,
    ROUND_CLOSED,
    UNTIL_APPOINTED,
    UNTIL_OPENED,
    UNTIL_SCORED,
    recused,
    submitted,
)
from tests.story import SUBJECT, Desk, given

SECOND, THIRD = Actor("judge-2"), Actor("judge-3")
CONTEST = given(Competition, *UNTIL_OPENED).state
SHEET = submitted("judge-2", "E0001", 9_050)
CHIEFS = submitted("judge-1", "E0001", 9_000)
ASKED = ScoreCorrectionAsked(
    round_id=ROUND,
    competition_id=SUBJECT,
    org_id="G01",
    entry_code="E0001",
    judge_id="judge-2",
    score_x100=9_500,
    reason_code="added_wrongly",
)
CORRECTED = ScoreCorrected(
    **ASKED.model_dump(),
    sheet_version=2,
    sheet_hash=sheet_hash(ROUND, "E0001", "judge-2", 9_500, 2),
    agreed_by="judge-1",
)
ASK = AskCorrection(entry_code="E0001", score_x100=9_500, reason_code="added_wrongly")
AGREE = AgreeCorrection(entry_code="E0001", judge_id="judge-2")


def _score(score_x100: int, code: str = "E0001") -> SubmitScore:
    return SubmitScore(entry_code=code, score_x100=score_x100)


def test_a_sheet_is_handed_in_once_and_locked() -> None:
    story = given(Round, CODED, id=ROUND).when(submit, CONTEST, _score(9_050), SECOND).then(SHEET)
    story.when(submit, CONTEST, _score(9_050), SECOND).then_nothing()
    story.when(submit, CONTEST, _score(9_100), SECOND).then_refused(SheetLocked)
    story.when(submit, CONTEST, _score(9_100), THIRD).then(submitted("judge-3", "E0001", 9_100))


@pytest.mark.parametrize("score_x100", [-50, -1, 1, 49, 9_049, 10_001, 10_050, 1_000_000])
def test_what_is_out_of_scale_is_refused_and_not_clipped(score_x100: int) -> None:
    """INV-A1."""
    given(Round, CODED, id=ROUND).when(submit, CONTEST, _score(score_x100), SECOND).then_refused(OutOfScale)


@pytest.mark.parametrize("score_x100", [0, 50, 9_050, 10_000])
def test_both_ends_and_every_step_between_are_in_the_scale(score_x100: int) -> None:
    given(Round, CODED, id=ROUND).when(submit, CONTEST, _score(score_x100), SECOND).then(
        submitted("judge-2", "E0001", score_x100)
    )


def test_only_the_panel_scores_and_nobody_who_is_recused() -> None:
    story = given(Round, CODED, id=ROUND)
    story.when(submit, CONTEST, _score(9_050), Actor("judge-7")).then_refused(NotOnPanel)
    told = given(Competition, *UNTIL_OPENED, recused("judge-2")).state
    story.when(submit, told, _score(9_050, "E0002"), SECOND).then_refused(Recused)
    story.when(submit, told, _score(9_050, "E0001"), SECOND).then(SHEET)


def test_only_what_has_a_code_is_scored() -> None:
    given(Round, CODED, id=ROUND).when(submit, CONTEST, _score(9_050, "E0003"), SECOND).then_refused(NoSuchCode)


def test_scores_are_taken_while_the_round_is_open() -> None:
    given(Round, id=ROUND).when(submit, CONTEST, _score(9_050), SECOND).then_refused(RoundNotOpen)
    given(Round, CODED, ROUND_CLOSED, id=ROUND).when(submit, CONTEST, _score(9_050), SECOND).then_refused(RoundNotOpen)


@pytest.mark.parametrize("history", [UNTIL_APPOINTED, UNTIL_SCORED, (*UNTIL_OPENED, CANCELLED)])
def test_and_not_before_or_after(history: tuple[Any, ...]) -> None:
    competition = given(Competition, *history).state
    story = given(Round, CODED, SHEET, ASKED, id=ROUND)
    story.when(submit, competition, _score(9_050), SECOND).then_refused(NotAtThisStage)
    story.when(ask, competition, ASK, SECOND).then_refused(NotAtThisStage)
    story.when(agree, competition, AGREE, CHIEF).then_refused(NotAtThisStage)


# corrections


def test_a_correction_takes_two_persons() -> None:
    asked = given(Round, CODED, SHEET, id=ROUND).when(ask, CONTEST, ASK, SECOND).then(ASKED)
    asked.when(ask, CONTEST, ASK, SECOND).then_nothing()
    assert asked.state.sheets["E0001", "judge-2"].score_x100 == 9_050
    corrected = asked.when(agree, CONTEST, AGREE, CHIEF).then(CORRECTED)
    assert corrected.state.sheets["E0001", "judge-2"] == (9_500, 2)
    corrected.when(agree, CONTEST, AGREE, CHIEF).then_nothing()
    corrected.when(ask, CONTEST, ASK, SECOND).then_nothing()


def test_what_was_asked_may_be_asked_otherwise() -> None:
    asked = given(Round, CODED, SHEET, ASKED, id=ROUND)
    back = ASK.model_copy(update={"score_x100": 9_050})
    asked.when(ask, CONTEST, back, SECOND).then(ASKED.model_copy(update={"score_x100": 9_050}))


def test_the_second_person_is_the_chief_or_for_the_chief_another() -> None:
    asked = given(Round, CODED, SHEET, ASKED, id=ROUND)
    asked.when(agree, CONTEST, AGREE, SECOND).then_refused(SecondPerson)
    asked.when(agree, CONTEST, AGREE, THIRD).then_refused(SecondPerson)
    asked.when(agree, CONTEST, AGREE, Actor("judge-7")).then_refused(NotOnPanel)
    chiefs = ASKED.model_copy(update={"judge_id": "judge-1"})
    story = given(Round, CODED, CHIEFS, chiefs, id=ROUND)
    of_chief = AgreeCorrection(entry_code="E0001", judge_id="judge-1")
    story.when(agree, CONTEST, of_chief, CHIEF).then_refused(SecondPerson)
    agreed = CORRECTED.model_copy(
        update={
            "judge_id": "judge-1",
            "agreed_by": "judge-3",
            "sheet_hash": sheet_hash(ROUND, "E0001", "judge-1", 9_500, 2),
        }
    )
    story.when(agree, CONTEST, of_chief, THIRD).then(agreed)


def test_there_must_be_something_to_correct() -> None:
    given(Round, CODED, id=ROUND).when(ask, CONTEST, ASK, SECOND).then_refused(NothingToCorrect)
    given(Round, CODED, id=ROUND).when(agree, CONTEST, AGREE, CHIEF).then_refused(NothingAsked)
    given(Round, CODED, SHEET, id=ROUND).when(agree, CONTEST, AGREE, CHIEF).then_refused(NothingAsked)
    nowhere = AGREE.model_copy(update={"entry_code": "E0003"})
    given(Round, CODED, SHEET, id=ROUND).when(agree, CONTEST, nowhere, CHIEF).then_refused(NoSuchCode)


def test_what_nobody_agreed_to_lapses_when_the_round_is_closed() -> None:
    """Even if an appeal opens it again."""
    again = RoundReopened(round_id=ROUND, competition_id=SUBJECT, org_id="G01", on=HELD)
    story = given(Round, CODED, SHEET, ASKED, ROUND_CLOSED, again, id=ROUND)
    story.when(agree, CONTEST, AGREE, CHIEF).then_refused(NothingAsked)
    story.when(ask, CONTEST, ASK, SECOND).then(ASKED)


def test_a_correction_is_in_the_scale_too() -> None:
    off = ASK.model_copy(update={"score_x100": 9_501})
    given(Round, CODED, SHEET, id=ROUND).when(ask, CONTEST, off, SECOND).then_refused(OutOfScale)


async def test_the_routes() -> None:
    desk = Desk(today=HELD)
    await desk.knows(Competition, *UNTIL_OPENED)
    await desk.knows(Round, CODED, id=ROUND)
    await desk.does("judge-2", post, SUBJECT, _score(9_050))
    await desk.does("judge-2", post_correction, SUBJECT, ASK)
    await desk.does("judge-1", post_agreement, SUBJECT, AGREE)
    assert desk.events(after=2) == [SHEET, ASKED, CORRECTED]
