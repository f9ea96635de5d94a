"""An appeal against a posted result stops time (INV-A8); upheld, the sheets are looked at again and posted anew."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.activities import service
from services.activities.competition.appeal_score import AppealClosed, AppealScore, NoEntry, appeal
from services.activities.competition.appeal_score import post as post_appeal
from services.activities.competition.close_round import post as post_closing
from services.activities.competition.competition import Competition, NotAtThisStage
from services.activities.competition.competition_result import CompetitionResult
from services.activities.competition.confirm_results import OwnJudgement, confirm
from services.activities.competition.correct_score import AgreeCorrection, AskCorrection, post_agreement
from services.activities.competition.correct_score import post as post_correction
from services.activities.competition.decide_appeal import DecideAppeal, NothingAppealed, OwnAppeal, decide
from services.activities.competition.decide_appeal import post as post_decision
from services.activities.competition.end_publicity import end_in_time, end_publicity
from services.activities.competition.my_competitions import MyCompetitions
from services.activities.competition.post_results import post as post_publicity
from services.activities.competition.score_book import ScoreBook
from services.activities.competition.sealed_round import Round
from shared.events.activities.competition import CompetitionScored, ScoreAppealDecided, ScoreAppealed
from shared.events.activities.sealed_round import RoundReopened
from shared.kernel.work import Actor
from shared.values.posting import PostingNotOpen, PostingNotOver
from shared.values.working_days import CalendarMissing
from tests.activities.competition.examples import (
    CANCELLED,
    CHAIR,
    CHIEF,
    CODED,
    ENTRY_OF_ANN,
    ENTRY_OF_BEN,
    POST_ENDED,
    POST_OVER,
    POSTED,
    POSTED_ON,
    ROUND,
    ROUND_CLOSED,
    SCORED,
    SHEETS,
    UNTIL_CONFIRMED,
    UNTIL_OPENED,
    UNTIL_SCORED,
)
from tests.activities.competition.test_competition_card import card
from tests.story import ANN, BEN, CAI, SUBJECT, Desk, given, shown

DAY = timedelta(days=1)
APPEAL, OTHER_APPEAL = "00000000-0000-7000-8000-0000000000b4", "00000000-0000-7000-8000-0000000000b5"
DESK = Actor("desk")
COMMAND = AppealScore(ground="added_wrongly")
DISMISS, UPHOLD = DecideAppeal(outcome="dismissed"), DecideAppeal(outcome="upheld")
ON, DECIDED_ON, NEW_LAST_DAY = date(2026, 9, 30), date(2026, 10, 9), date(2026, 10, 13)
"""Two working days were over on 30 September; from 9 October on there are three more: 10, 12 and 13."""
UNTIL_POSTED = (*UNTIL_SCORED, POSTED)
APPEALED = ScoreAppealed(
    competition_id=SUBJECT,
    org_id="G01",
    appeal_id=APPEAL,
    entry_id=ENTRY_OF_BEN,
    member_id=BEN,
    ground="added_wrongly",
    shown_workdays=2,
    on=ON,
)
ALSO = APPEALED.model_copy(
    update={"appeal_id": OTHER_APPEAL, "entry_id": ENTRY_OF_ANN, "member_id": ANN, "on": date(2026, 10, 8)}
)
DISMISSED = ScoreAppealDecided(
    competition_id=SUBJECT,
    org_id="G01",
    appeal_id=APPEAL,
    entry_id=ENTRY_OF_BEN,
    member_id=BEN,
    outcome="dismissed",
    on=DECIDED_ON,
    until=NEW_LAST_DAY,
)
UPHELD = DISMISSED.model_copy(update={"outcome": "upheld", "until": None})
ALSO_UPHELD = UPHELD.model_copy(update={"appeal_id": OTHER_APPEAL, "entry_id": ENTRY_OF_ANN, "member_id": ANN})


def test_who_competed_appeals_once() -> None:
    story = given(Competition, *UNTIL_POSTED).when(appeal, BEN, COMMAND, APPEAL, ON).then(APPEALED)
    story.when(appeal, BEN, COMMAND, "another", ON).then_nothing()
    story.when(appeal, ANN, COMMAND, OTHER_APPEAL, ALSO.on).then(ALSO)
    story.when(appeal, CAI, COMMAND, OTHER_APPEAL, ON).then_refused(NoEntry)


@pytest.mark.parametrize("history", [(), UNTIL_OPENED, UNTIL_SCORED, (*UNTIL_POSTED, POST_ENDED), UNTIL_CONFIRMED])
def test_against_what_is_posted(history: tuple[Any, ...]) -> None:
    given(Competition, *history).when(appeal, BEN, COMMAND, APPEAL, ON).then_refused(NotAtThisStage)


def test_time_stops_until_it_is_decided() -> None:
    """INV-A8: neither the posting nor the competition comes to its end."""
    frozen = given(Competition, *UNTIL_POSTED, APPEALED)
    for day in (ON, POST_OVER, date(2026, 12, 30)):
        frozen.when(end_publicity, day).then_refused(PostingNotOpen)
        frozen.when(end_in_time, day).then_refused(PostingNotOpen)
        frozen.when(confirm, CHAIR, day).then_refused(NotAtThisStage)


def test_dismissed_the_posting_goes_on_where_it_stopped() -> None:
    story = given(Competition, *UNTIL_POSTED, APPEALED).when(decide, BEN, DISMISS, DESK, DECIDED_ON).then(DISMISSED)
    story.when(end_publicity, NEW_LAST_DAY).then_refused(PostingNotOver)
    story.when(end_publicity, NEW_LAST_DAY + DAY).then(POST_ENDED.model_copy(update={"on": NEW_LAST_DAY + DAY}))
    story.when(decide, BEN, DISMISS, DESK, DECIDED_ON).then_nothing()
    story.when(decide, BEN, UPHOLD, DESK, DECIDED_ON).then_refused(AppealClosed)
    story.when(appeal, BEN, COMMAND, APPEAL, DECIDED_ON).then_refused(AppealClosed)


def test_it_goes_on_when_the_last_one_is_decided() -> None:
    both = given(Competition, *UNTIL_POSTED, APPEALED, ALSO)
    first = both.when(decide, BEN, DISMISS, DESK, DECIDED_ON).then(DISMISSED.model_copy(update={"until": None}))
    first.when(end_publicity, date(2026, 12, 30)).then_refused(PostingNotOpen)
    last = DISMISSED.model_copy(update={"appeal_id": OTHER_APPEAL, "entry_id": ENTRY_OF_ANN, "member_id": ANN})
    first.when(decide, ANN, DISMISS, DESK, DECIDED_ON).then(last).when(end_publicity, NEW_LAST_DAY + DAY).then(
        POST_ENDED.model_copy(update={"on": NEW_LAST_DAY + DAY})
    )


def test_upheld_all_sheets_are_looked_at_again() -> None:
    both = given(Competition, *UNTIL_POSTED, APPEALED, ALSO)
    story = both.when(decide, BEN, UPHOLD, DESK, DECIDED_ON).then(UPHELD, ALSO_UPHELD)
    assert story.state.status == "scoring"
    story.when(decide, ANN, UPHOLD, DESK, DECIDED_ON).then_nothing()
    story.when(decide, ANN, DISMISS, DESK, DECIDED_ON).then_refused(AppealClosed)


def test_nobody_decides_what_is_the_own() -> None:
    story = given(Competition, *UNTIL_POSTED, APPEALED)
    story.when(decide, BEN, DISMISS, Actor(BEN), DECIDED_ON).then_refused(OwnAppeal)
    story.when(decide, BEN, DISMISS, CHIEF, DECIDED_ON).then_refused(OwnJudgement)


def test_there_must_be_an_appeal() -> None:
    story = given(Competition, *UNTIL_POSTED)
    story.when(decide, BEN, DISMISS, DESK, DECIDED_ON).then_refused(NothingAppealed)
    story.when(decide, CAI, DISMISS, DESK, DECIDED_ON).then_refused(NoEntry)
    off = given(Competition, *UNTIL_POSTED, APPEALED, CANCELLED)
    off.when(decide, BEN, DISMISS, DESK, DECIDED_ON).then_refused(NotAtThisStage)


def test_nobody_appeals_after_the_last_day() -> None:
    """Even if the timer has not come yet."""
    given(Competition, *UNTIL_POSTED).when(appeal, BEN, COMMAND, APPEAL, POST_OVER).then_refused(PostingNotOpen)


def test_without_a_calendar_an_appeal_is_heard_and_nothing_ends() -> None:
    unknown = POSTED.model_copy(update={"since": date(2026, 12, 28), "until": None})
    story = given(Competition, *UNTIL_SCORED, unknown)
    story.when(appeal, BEN, COMMAND, APPEAL, date(2026, 12, 30)).then(
        APPEALED.model_copy(update={"shown_workdays": 2, "on": date(2026, 12, 30)})
    )
    late = POSTED.model_copy(update={"since": date(2026, 12, 24), "until": date(2026, 12, 31)})
    frozen = given(Competition, *UNTIL_SCORED, late, APPEALED.model_copy(update={"shown_workdays": 1}))
    decided = DISMISSED.model_copy(update={"on": date(2026, 12, 30), "until": None})
    frozen.when(decide, BEN, DISMISS, DESK, date(2026, 12, 30)).then(decided).when(
        end_publicity, date(2027, 12, 31)
    ).then_refused(CalendarMissing)


async def test_from_the_appeal_to_a_new_posting() -> None:
    """Ben's first sheet was added wrongly: 80 for 95. Corrected by two he has 9 000, and it is posted anew."""
    desk = Desk(today=ON)
    await desk.knows(Competition, *UNTIL_POSTED)
    await desk.knows(Round, CODED, *SHEETS, ROUND_CLOSED, id=ROUND)
    await desk.does(BEN, post_appeal, SUBJECT, BEN, COMMAND)
    for _ in range(2):
        await desk.does("desk", post_decision, SUBJECT, BEN, UPHOLD)
    asked = AskCorrection(entry_code="E0001", score_x100=9_500, reason_code="added_wrongly")
    agreed = AgreeCorrection(entry_code="E0001", judge_id="judge-1")
    await desk.does("judge-1", post_correction, SUBJECT, asked)
    await desk.does("judge-2", post_agreement, SUBJECT, agreed)
    await desk.does("judge-1", post_closing, SUBJECT)
    await desk.does("cadre", post_publicity, SUBJECT)
    assert [type(event).__name__ for event in desk.events(after=2)] == [
        "ScoreAppealed",
        "ScoreAppealDecided",
        "RoundReopened",
        "ScoreCorrectionAsked",
        "ScoreCorrected",
        "CompetitionScored",
        "RoundClosed",
        "ResultPublicityStarted",
    ]
    scored = [event for event in desk.events() if isinstance(event, CompetitionScored)][-1]
    assert [(one.entry_id, one.final_x100) for one in scored.results] == [(ENTRY_OF_ANN, 9_163), (ENTRY_OF_BEN, 9_000)]
    competition = await desk.state(Competition)
    assert (competition.status, competition.results, len(competition.appeals)) == ("posted", scored.results, 0)


async def test_dismissing_leaves_the_round_closed() -> None:
    desk = Desk(today=DECIDED_ON)
    await desk.knows(Competition, *UNTIL_POSTED, APPEALED)
    await desk.knows(Round, CODED, *SHEETS, ROUND_CLOSED, id=ROUND)
    await desk.does("desk", post_decision, SUBJECT, BEN, DISMISS)
    assert desk.events(after=2) == [DISMISSED]


# as seen


def test_the_card_waits_with_the_posting() -> None:
    frozen = card(*UNTIL_POSTED, APPEALED, ALSO)
    assert (frozen.open_appeals, frozen.publicity_over_on) == ([ENTRY_OF_ANN, ENTRY_OF_BEN], None)
    one = card(*UNTIL_POSTED, APPEALED, ALSO, DISMISSED.model_copy(update={"until": None}))
    assert (one.open_appeals, one.publicity_over_on, one.status) == ([ENTRY_OF_ANN], None, "posted")
    on = card(*UNTIL_POSTED, APPEALED, DISMISSED)
    assert (on.open_appeals, on.posted_until, on.publicity_over_on) == ([], NEW_LAST_DAY, NEW_LAST_DAY + DAY)
    again = card(*UNTIL_POSTED, APPEALED, ALSO, UPHELD, ALSO_UPHELD)
    assert (again.open_appeals, again.publicity_over_on, again.status) == ([], None, "scoring")


def test_the_result_is_what_was_posted_last() -> None:
    rescored = SCORED.model_copy(update={"results": tuple(reversed(SCORED.results))})
    story: list[Any] = [SCORED, POSTED, APPEALED]
    frozen = shown(service, CompetitionResult, story)[SUBJECT]
    assert (frozen.status, frozen.posted_until, frozen.open_appeals) == ("frozen", None, 1)
    on = shown(service, CompetitionResult, [*story, DISMISSED])[SUBJECT]
    assert (on.status, on.posted_until, on.open_appeals) == ("posted", NEW_LAST_DAY, 0)
    both = shown(service, CompetitionResult, [*story, ALSO, DISMISSED.model_copy(update={"until": None})])[SUBJECT]
    assert (both.status, both.open_appeals) == ("frozen", 1)
    again = shown(service, CompetitionResult, [*story, UPHELD])[SUBJECT]
    assert (again.status, again.open_appeals) == ("scored", 0)
    assert shown(service, CompetitionResult, [*story, UPHELD, rescored]) == shown(
        service, CompetitionResult, [rescored]
    )


def test_the_member_sees_what_became_of_it() -> None:
    story = [*UNTIL_POSTED, APPEALED]
    for events, told in ((story, "open"), ([*story, DISMISSED], "dismissed"), ([*story, UPHELD], "upheld")):
        assert shown(service, MyCompetitions, events)[BEN].entries[SUBJECT].appeal == told


def test_the_book_is_open_again() -> None:
    reopened = RoundReopened(round_id=ROUND, competition_id=SUBJECT, org_id="G01", on=DECIDED_ON)
    assert shown(service, ScoreBook, [CODED, *SHEETS, ROUND_CLOSED])[SUBJECT].closed
    assert not shown(service, ScoreBook, [CODED, *SHEETS, ROUND_CLOSED, reopened])[SUBJECT].closed


def test_the_first_day_is_not_counted() -> None:
    """An objection on the day of the posting: none of its days is over."""
    at_once = APPEALED.model_copy(update={"shown_workdays": 0, "on": POSTED_ON})
    given(Competition, *UNTIL_POSTED).when(appeal, BEN, COMMAND, APPEAL, POSTED_ON).then(at_once)
