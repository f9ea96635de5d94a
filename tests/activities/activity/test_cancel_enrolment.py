from datetime import timedelta

import pytest

from services.activities.activity.activity import Activity, NotOpenForThis
from services.activities.activity.cancel_enrolment import HeldAlready, cancel, cancel_if_open, post
from tests.activities.activity.examples import (
    CALLED_OFF,
    FINISHED,
    HELD,
    PUBLISHED,
    TWO_SEATS,
    attended,
    cancelled,
    enrolled,
    promoted,
    waitlisted,
)
from tests.story import ANN, BEN, CAI, SUBJECT, TODAY, Desk, given


def test_a_seat_is_given_up() -> None:
    given(Activity, PUBLISHED, enrolled()).when(cancel, ANN, "member", TODAY).then(cancelled())


def test_the_first_who_waits_gets_the_freed_seat_in_the_same_breath() -> None:
    history = (PUBLISHED, enrolled(), waitlisted(BEN, 1), waitlisted(CAI, 2))
    moved = (
        given(Activity, *history)
        .when(cancel, ANN, "organiser", TODAY)
        .then(cancelled(by="organiser"), promoted(BEN, 1))
    )
    assert set(moved.state.seats) == {BEN}
    assert list(moved.state.waitlist) == [CAI]


def test_a_freed_seat_goes_to_the_first_exactly_once() -> None:
    history = (TWO_SEATS, enrolled(ANN, 1), enrolled(BEN, 2), waitlisted(CAI, 1))
    once = given(Activity, *history).when(cancel, ANN, "member", TODAY).then(cancelled(), promoted(CAI, 1))
    once.when(cancel, BEN, "member", TODAY).then(cancelled(BEN, 2))


def test_one_who_waits_gives_up_waiting_and_nobody_moves_up() -> None:
    history = (PUBLISHED, enrolled(), waitlisted(BEN, 1), waitlisted(CAI, 2))
    left = given(Activity, *history).when(cancel, BEN, "member", TODAY).then(cancelled(BEN, None))
    left.when(cancel, ANN, "member", TODAY).then(cancelled(), promoted(CAI, 1))


def test_giving_up_what_one_does_not_have_changes_nothing() -> None:
    given(Activity, PUBLISHED).when(cancel, ANN, "member", TODAY).then_nothing()
    given(Activity, PUBLISHED, enrolled(), cancelled()).when(cancel, ANN, "member", TODAY).then_nothing()


OVER = [(), (PUBLISHED, enrolled(), attended()), (PUBLISHED, enrolled(), FINISHED), (PUBLISHED, enrolled(), CALLED_OFF)]


@pytest.mark.parametrize("history", OVER)
def test_what_has_begun_is_not_given_up(history: tuple[object, ...]) -> None:
    given(Activity, *history).when(cancel, ANN, "member", TODAY).then_refused(NotOpenForThis)  # type: ignore[arg-type]


@pytest.mark.parametrize("history", OVER)
def test_a_membership_that_ended_leaves_what_has_begun_as_it_was(history: tuple[object, ...]) -> None:
    given(Activity, *history).when(cancel_if_open, ANN, TODAY).then_nothing()  # type: ignore[arg-type]


def test_a_membership_that_ended_frees_the_seat() -> None:
    given(Activity, PUBLISHED, enrolled(), waitlisted()).when(cancel_if_open, ANN, TODAY).then(
        cancelled(by="membership_ended"), promoted()
    )


def test_after_the_day_nobody_gives_up_what_is_over_and_nobody_moves_up() -> None:
    """Who was promoted then would be counted as one who did not come."""
    day_after = HELD + timedelta(days=1)
    story = given(Activity, PUBLISHED, enrolled(), waitlisted())
    story.when(cancel, ANN, "member", HELD).then(cancelled(), promoted())
    story.when(cancel, ANN, "member", day_after).then_refused(HeldAlready)
    story.when(cancel, CAI, "member", day_after).then_nothing()
    story.when(cancel_if_open, ANN, day_after).then(cancelled(by="membership_ended"))
    story.when(cancel_if_open, BEN, day_after).then(cancelled(BEN, None, by="membership_ended"))


async def test_the_route_says_who_cancelled() -> None:
    desk = Desk()
    await desk.knows(Activity, TWO_SEATS, enrolled(ANN, 1), enrolled(BEN, 2))
    await desk.does(ANN, post, SUBJECT, ANN)
    await desk.does("cadre", post, SUBJECT, BEN)
    assert desk.events(after=1) == [cancelled(by="member"), cancelled(BEN, 2, by="organiser")]
