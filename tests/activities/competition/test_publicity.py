"""The posting of the results (INV-A7): real working days, over National Day, and never without a calendar."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.activities.competition.competition import Competition, NotAtThisStage
from services.activities.competition.end_publicity import end_by_itself, end_in_time, end_publicity
from services.activities.competition.end_publicity import post as post_end
from services.activities.competition.post_results import post, post_results
from shared.values.posting import PostingNotOver
from shared.values.working_days import CalendarMissing
from tests.activities.competition.examples import (
    ANNOUNCED,
    CANCELLED,
    POST_ENDED,
    POST_OVER,
    POSTED,
    POSTED_ON,
    POSTED_UNTIL,
    POSTING,
    SCORED,
    UNTIL_APPOINTED,
    UNTIL_CONFIRMED,
    UNTIL_OPENED,
    UNTIL_SCORED,
)
from tests.activities.competition.test_competition_card import card
from tests.story import SUBJECT, Desk, given

DAY = timedelta(days=1)
UNTIL_POSTED = (*UNTIL_SCORED, POSTED)


def test_results_are_posted_over_the_holidays() -> None:
    story = given(Competition, *UNTIL_SCORED).when(post_results, POSTING, POSTED_ON).then(POSTED)
    story.when(post_results, "another", POSTED_ON).then_nothing()
    assert (POSTED_UNTIL - POSTED_ON).days == 12


def test_a_posting_is_as_long_as_was_announced() -> None:
    longer = [
        event if event != ANNOUNCED else ANNOUNCED.model_copy(update={"posting_workdays": 7}) for event in UNTIL_SCORED
    ]
    given(Competition, *longer).when(post_results, POSTING, POSTED_ON).then(
        POSTED.model_copy(update={"workdays": 7, "until": date(2026, 10, 13)})
    )


def test_it_does_not_end_before_its_last_day_is_over() -> None:
    story = given(Competition, *UNTIL_POSTED)
    for day in (POSTED_ON, date(2026, 10, 5), POSTED_UNTIL):
        story.when(end_publicity, day).then_refused(PostingNotOver)
    story.when(end_publicity, POST_OVER).then(POST_ENDED).when(end_publicity, POST_OVER).then_nothing()


def test_without_a_calendar_it_begins_and_cannot_end() -> None:
    """INV-A7: fail closed. 2027 is not known: five working days from 28 December are three of 2026 and two of 2027."""
    begun = date(2026, 12, 28)
    unknown = POSTED.model_copy(update={"since": begun, "until": None})
    story = given(Competition, *UNTIL_SCORED).when(post_results, POSTING, begun).then(unknown)
    for day in (begun, date(2027, 1, 4), date(2027, 12, 31)):
        story.when(end_publicity, day).then_refused(CalendarMissing)
        story.when(end_in_time, day).then_refused(CalendarMissing)


@pytest.mark.parametrize("history", [(), UNTIL_APPOINTED, UNTIL_OPENED, UNTIL_CONFIRMED, (*UNTIL_SCORED, CANCELLED)])
def test_only_what_is_scored_is_posted(history: tuple[Any, ...]) -> None:
    given(Competition, *history).when(post_results, POSTING, POSTED_ON).then_refused(NotAtThisStage)
    given(Competition, *history).when(end_publicity, POST_OVER).then_refused(NotAtThisStage)
    given(Competition, *history).when(end_in_time, POST_OVER).then_nothing()


async def test_it_ends_by_itself() -> None:
    desk = Desk(today=POST_OVER)
    await desk.knows(Competition, *UNTIL_POSTED)
    row = card(*UNTIL_POSTED)
    assert row.publicity_over_on == POST_OVER
    await desk.does("timer", end_by_itself, row, POST_OVER)
    await desk.does("cadre", post_end, SUBJECT)
    assert desk.events(after=1) == [POST_ENDED]


async def test_the_route() -> None:
    desk = Desk(today=POSTED_ON)
    await desk.knows(Competition, *UNTIL_SCORED)
    await desk.does("cadre", post, SUBJECT)
    (told,) = desk.events(after=1)
    assert told == POSTED.model_copy(update={"posting_id": told.posting_id})  # type: ignore[attr-defined]
    assert SCORED in desk.events()
