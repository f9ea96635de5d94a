from datetime import timedelta

import pytest

from services.activities.activity.activity import Activity, NotOpenForThis
from services.activities.activity.check_in import CheckIn, NoSeat, NotHeldYet, check_in, post
from services.activities.activity.enrol import MemberUnknownHere, NoMembership
from tests.activities.activity.examples import (
    CALLED_OFF,
    FINISHED,
    HELD,
    IN_SCOPE,
    PUBLISHED,
    TWO_SEATS,
    attended,
    enrolled,
    people,
    waitlisted,
)
from tests.story import ANN, BEN, SUBJECT, Desk, given, member

COMMAND = CheckIn(member_id=ANN, mode="qr")


def test_who_has_a_seat_is_checked_in_once() -> None:
    came = given(Activity, PUBLISHED, enrolled()).when(check_in, COMMAND, IN_SCOPE, HELD).then(attended())
    assert (came.state.status, came.state.attended) == ("running", 1)
    came.when(check_in, COMMAND, IN_SCOPE, HELD).then_nothing()


def test_others_are_checked_in_while_it_runs() -> None:
    history = (TWO_SEATS, enrolled(ANN, 1), enrolled(BEN, 2), attended(ANN))
    ben = CheckIn(member_id=BEN, mode="list")
    came = given(Activity, *history).when(check_in, ben, IN_SCOPE, HELD)
    assert came.then(attended(BEN).model_copy(update={"mode": "list"})).state.attended == 2


def test_participation_counts_where_the_member_is_on_that_day() -> None:
    moved = member("G0201")
    given(Activity, PUBLISHED, enrolled()).when(check_in, COMMAND, moved, HELD).then(
        attended().model_copy(update={"org_id": "G0201"})
    )


def test_a_seat_is_needed() -> None:
    given(Activity, PUBLISHED).when(check_in, COMMAND, IN_SCOPE, HELD).then_refused(NoSeat)
    given(Activity, PUBLISHED, enrolled(BEN, 1), waitlisted(ANN)).when(check_in, COMMAND, IN_SCOPE, HELD).then_refused(
        NoSeat
    )


def test_nobody_came_before_it_was_held() -> None:
    eve = HELD - timedelta(days=1)
    given(Activity, PUBLISHED, enrolled()).when(check_in, COMMAND, IN_SCOPE, eve).then_refused(NotHeldYet)
    late = HELD + timedelta(days=2)
    given(Activity, PUBLISHED, enrolled()).when(check_in, COMMAND, IN_SCOPE, late).then(attended(on=late))


def test_only_members_are_checked_in() -> None:
    gone = member("G0101", "ended")
    given(Activity, PUBLISHED, enrolled()).when(check_in, COMMAND, gone, HELD).then_refused(NoMembership)
    given(Activity, PUBLISHED, enrolled()).when(check_in, COMMAND, None, HELD).then_refused(MemberUnknownHere)


@pytest.mark.parametrize("history", [(), (PUBLISHED, enrolled(), CALLED_OFF), (PUBLISHED, enrolled(), FINISHED)])
def test_what_is_over_or_called_off_takes_no_attendance(history: tuple[object, ...]) -> None:
    given(Activity, *history).when(check_in, COMMAND, IN_SCOPE, HELD).then_refused(NotOpenForThis)  # type: ignore[arg-type]


async def test_the_route_asks_the_directory_where_the_member_is_now() -> None:
    desk = Desk(people(member("G0201", id=ANN)), today=HELD)
    await desk.knows(Activity, PUBLISHED, enrolled())
    await desk.does("cadre", post, SUBJECT, COMMAND)
    assert desk.events(after=1) == [attended().model_copy(update={"org_id": "G0201"})]
