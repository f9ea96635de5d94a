from datetime import timedelta

import pytest

from services.activities.activity.activity import Activity, NotOpenForThis
from services.activities.activity.enrol import (
    MemberUnknownHere,
    NoMembership,
    NotInvited,
    OutsideWindow,
    enrol,
    post,
)
from tests.activities.activity.examples import (
    CALLED_OFF,
    CLOSES,
    FINISHED,
    IN_SCOPE,
    OPEN,
    PUBLISHED,
    TWO_SEATS,
    attended,
    cancelled,
    enrolled,
    path_of,
    people,
    promoted,
    waitlisted,
)
from tests.story import ANN, BEN, CAI, SUBJECT, TODAY, Desk, given, member


def test_a_member_gets_a_seat() -> None:
    given(Activity, PUBLISHED).when(enrol, ANN, IN_SCOPE, path_of, TODAY).then(enrolled())


def test_who_comes_when_all_seats_are_taken_waits() -> None:
    full = given(Activity, PUBLISHED, enrolled())
    full.when(enrol, BEN, IN_SCOPE, path_of, TODAY).then(waitlisted(BEN, 1)).when(
        enrol, CAI, IN_SCOPE, path_of, TODAY
    ).then(waitlisted(CAI, 2))


def test_enrolling_twice_is_enrolling_once() -> None:
    given(Activity, PUBLISHED, enrolled()).when(enrol, ANN, IN_SCOPE, path_of, TODAY).then_nothing()
    given(Activity, PUBLISHED, enrolled(), waitlisted()).when(enrol, BEN, IN_SCOPE, path_of, TODAY).then_nothing()


def test_a_seat_given_up_is_given_again() -> None:
    history = (TWO_SEATS, enrolled(ANN, 1), enrolled(BEN, 2), cancelled(ANN, 1))
    given(Activity, *history).when(enrol, CAI, IN_SCOPE, path_of, TODAY).then(enrolled(CAI, 1))


def test_a_seat_given_up_and_taken_by_one_who_waited_is_not_free() -> None:
    history = (PUBLISHED, enrolled(ANN, 1), waitlisted(BEN), cancelled(ANN, 1), promoted(BEN, 1))
    given(Activity, *history).when(enrol, CAI, IN_SCOPE, path_of, TODAY).then(waitlisted(CAI, 1))


def test_who_cancelled_may_enrol_again() -> None:
    given(Activity, PUBLISHED, enrolled(), cancelled()).when(enrol, ANN, IN_SCOPE, path_of, TODAY).then(enrolled())


def test_enrolment_has_its_window() -> None:
    early, late = OPEN - timedelta(days=1), CLOSES + timedelta(days=1)
    given(Activity, PUBLISHED).when(enrol, ANN, IN_SCOPE, path_of, early).then_refused(OutsideWindow)
    given(Activity, PUBLISHED).when(enrol, ANN, IN_SCOPE, path_of, late).then_refused(OutsideWindow)
    given(Activity, PUBLISHED).when(enrol, ANN, IN_SCOPE, path_of, OPEN).then(enrolled())
    given(Activity, PUBLISHED).when(enrol, ANN, IN_SCOPE, path_of, CLOSES).then(enrolled())


@pytest.mark.parametrize(
    "history",
    [(), (PUBLISHED, CALLED_OFF), (PUBLISHED, enrolled(), attended()), (PUBLISHED, FINISHED)],
)
def test_enrolment_is_for_what_is_published_and_has_not_begun(history: tuple[object, ...]) -> None:
    given(Activity, *history).when(enrol, BEN, IN_SCOPE, path_of, TODAY).then_refused(NotOpenForThis)  # type: ignore[arg-type]


def test_an_unknown_member_is_asked_to_try_again() -> None:
    given(Activity, PUBLISHED).when(enrol, ANN, None, path_of, TODAY).then_refused(MemberUnknownHere)
    from_nowhere = member("G0999")
    given(Activity, PUBLISHED).when(enrol, ANN, from_nowhere, path_of, TODAY).then_refused(MemberUnknownHere)


def test_only_members_enrol() -> None:
    gone = member("G0101", "ended")
    given(Activity, PUBLISHED).when(enrol, ANN, gone, path_of, TODAY).then_refused(NoMembership)
    moving = member("G0101", "transferring")
    given(Activity, PUBLISHED).when(enrol, ANN, moving, path_of, TODAY).then(enrolled())


def test_only_those_below_the_organiser_are_invited() -> None:
    sister = member("G0201")
    given(Activity, PUBLISHED).when(enrol, ANN, sister, path_of, TODAY).then_refused(NotInvited)
    given(Activity, PUBLISHED.model_copy(update={"org_id": "G0101"})).when(
        enrol, ANN, member("G01"), path_of, TODAY
    ).then_refused(NotInvited)


async def test_the_route_asks_the_directory() -> None:
    desk = Desk(people(member("G0101", id=ANN), member("G0201", id=BEN)))
    await desk.knows(Activity, PUBLISHED)
    await desk.does(ANN, post, SUBJECT, ANN)
    with pytest.raises(NotInvited):
        await desk.does(BEN, post, SUBJECT, BEN)
    assert desk.events(after=1) == [enrolled()]
