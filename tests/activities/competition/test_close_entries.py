from datetime import timedelta
from typing import Any

import pytest

from services.activities.competition.close_entries import (
    StillEnrolling,
    close_by_itself,
    close_entries,
    close_in_time,
    post,
)
from services.activities.competition.competition import Competition, NotAtThisStage
from services.activities.competition.withdraw_entry import post as post_withdrawal
from services.activities.competition.withdraw_entry import withdraw
from tests.activities.competition.examples import (
    ANNOUNCED,
    APPROVED,
    CANCELLED,
    CLOSED,
    CLOSES,
    PROPOSED,
    UNTIL_ANNOUNCED,
    UNTIL_CLOSED,
    UNTIL_CONFIRMED,
    UNTIL_ENTERED,
    UNTIL_OPENED,
    WITHDRAWN,
)
from tests.activities.competition.test_competition_card import card
from tests.story import ANN, CAI, SUBJECT, Desk, given

DAY = timedelta(days=1)
NOT_ENROLLING = [(), (PROPOSED,), (PROPOSED, APPROVED), UNTIL_OPENED, UNTIL_CONFIRMED, (*UNTIL_ENTERED, CANCELLED)]


def test_enrolment_is_closed_on_its_last_day_or_later() -> None:
    given(Competition, *UNTIL_ENTERED).when(close_entries, CLOSES - DAY).then_refused(StillEnrolling)
    given(Competition, *UNTIL_ENTERED).when(close_entries, CLOSES).then(CLOSED).when(
        close_entries, CLOSES + DAY
    ).then_nothing()


@pytest.mark.parametrize("history", NOT_ENROLLING)
def test_only_what_is_announced_is_closed(history: tuple[Any, ...]) -> None:
    given(Competition, *history).when(close_entries, CLOSES).then_refused(NotAtThisStage)


def test_it_closes_by_itself_when_the_last_day_is_over() -> None:
    later = CLOSED.model_copy(update={"on": CLOSES + DAY})
    given(Competition, *UNTIL_ENTERED).when(close_in_time, CLOSES).then_nothing()
    given(Competition, *UNTIL_ENTERED).when(close_in_time, CLOSES + DAY).then(later)
    for history in (UNTIL_CLOSED, UNTIL_OPENED, (*UNTIL_ENTERED, CANCELLED)):
        given(Competition, *history).when(close_in_time, CLOSES + DAY).then_nothing()


async def test_the_route_and_the_timer() -> None:
    desk = Desk(today=CLOSES + DAY)
    await desk.knows(Competition, *UNTIL_ENTERED)
    row = card(*UNTIL_ENTERED)
    assert row.entries_close_on == CLOSES + DAY
    await desk.does("timer", close_by_itself, row, row.entries_close_on)
    await desk.does("cadre", post, SUBJECT)
    assert desk.events(after=1) == [CLOSED.model_copy(update={"on": CLOSES + DAY})]


def test_an_entry_is_taken_back_until_enrolment_closes() -> None:
    story = given(Competition, *UNTIL_ENTERED)
    story.when(withdraw, ANN, "member").then(WITHDRAWN).when(withdraw, ANN, "member").then_nothing()
    story.when(withdraw, CAI, "member").then_nothing()


@pytest.mark.parametrize("history", [*NOT_ENROLLING, UNTIL_CLOSED])
def test_not_later(history: tuple[Any, ...]) -> None:
    given(Competition, *history).when(withdraw, ANN, "member").then_refused(NotAtThisStage)


async def test_who_withdraws_is_told_apart() -> None:
    desk = Desk(today=CLOSES)
    await desk.knows(Competition, *UNTIL_ENTERED)
    await desk.does("cadre", post_withdrawal, SUBJECT, ANN)
    assert desk.events(after=1) == [WITHDRAWN.model_copy(update={"by": "organiser"})]
    other = Desk(today=CLOSES)
    await other.knows(Competition, *UNTIL_ENTERED)
    await other.does(ANN, post_withdrawal, SUBJECT, ANN)
    assert other.events(after=1) == [WITHDRAWN]


def test_dates_that_were_moved_are_kept_to() -> None:
    """The card of before may still be due."""
    longer = ANNOUNCED.model_copy(update={"enrol_until": CLOSES + 2 * DAY})
    given(Competition, *UNTIL_ANNOUNCED, longer).when(close_in_time, CLOSES + DAY).then_nothing()
