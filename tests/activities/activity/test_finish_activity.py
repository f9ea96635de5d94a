from datetime import timedelta

import pytest

from services.activities.activity.activity import Activity, NotOpenForThis
from services.activities.activity.cancel_activity import CancelActivity, call_off
from services.activities.activity.cancel_activity import post as post_cancellation
from services.activities.activity.check_in import NotHeldYet
from services.activities.activity.finish_activity import (
    FinishActivity,
    FinishedOtherwise,
    NoBudget,
    finish,
)
from services.activities.activity.finish_activity import post as post_end
from tests.activities.activity.examples import (
    CALLED_OFF,
    FINISHED,
    HELD,
    PUBLISHED,
    TWO_SEATS,
    attended,
    enrolled,
    waitlisted,
)
from tests.story import ANN, BEN, CAI, SUBJECT, Desk, given

COMMAND = FinishActivity(cost_fen=9_900)
FREE = FinishActivity(cost_fen=0)
WEATHER = CancelActivity(reason_code="weather")


def test_who_came_and_who_did_not_is_counted() -> None:
    history = (TWO_SEATS, enrolled(ANN, 1), enrolled(BEN, 2), waitlisted(CAI), attended(ANN))
    given(Activity, *history).when(finish, COMMAND, HELD).then(FINISHED.model_copy(update={"no_show": 1}))


def test_nobody_may_have_come() -> None:
    given(Activity, PUBLISHED, enrolled()).when(finish, COMMAND, HELD).then(
        FINISHED.model_copy(update={"attended": 0, "no_show": 1})
    )


def test_the_same_end_twice_is_one_and_another_cost_is_refused() -> None:
    over = given(Activity, PUBLISHED, enrolled(), attended(), FINISHED)
    over.when(finish, COMMAND, HELD).then_nothing()
    over.when(finish, FREE, HELD).then_refused(FinishedOtherwise)


def test_it_is_not_over_before_it_was_held() -> None:
    given(Activity, PUBLISHED).when(finish, COMMAND, HELD - timedelta(days=1)).then_refused(NotHeldYet)


def test_a_cost_needs_an_account() -> None:
    no_account = PUBLISHED.model_copy(update={"budget_ref": None})
    given(Activity, no_account).when(finish, COMMAND, HELD).then_refused(NoBudget)
    free = FINISHED.model_copy(update={"attended": 0, "cost_fen": 0, "budget_ref": None})
    given(Activity, no_account).when(finish, FREE, HELD).then(free)


@pytest.mark.parametrize("history", [(), (PUBLISHED, CALLED_OFF)])
def test_what_does_not_take_place_does_not_end(history: tuple[object, ...]) -> None:
    given(Activity, *history).when(finish, COMMAND, HELD).then_refused(NotOpenForThis)  # type: ignore[arg-type]


def test_an_activity_is_called_off_once() -> None:
    off = given(Activity, PUBLISHED, enrolled()).when(call_off, WEATHER).then(CALLED_OFF)
    off.when(call_off, WEATHER).then_nothing()


@pytest.mark.parametrize("history", [(), (PUBLISHED, enrolled(), attended()), (PUBLISHED, FINISHED)])
def test_what_has_begun_is_not_called_off(history: tuple[object, ...]) -> None:
    given(Activity, *history).when(call_off, WEATHER).then_refused(NotOpenForThis)  # type: ignore[arg-type]


async def test_the_routes() -> None:
    desk = Desk(today=HELD)
    await desk.knows(Activity, PUBLISHED, enrolled(), attended())
    await desk.does("cadre", post_end, SUBJECT, COMMAND)
    other = "00000000-0000-7000-8000-000000000002"
    await desk.knows(Activity, PUBLISHED.model_copy(update={"activity_id": other}), id=other)
    await desk.does("cadre", post_cancellation, other, WEATHER)
    assert desk.events(after=1)[0] == FINISHED
    assert desk.events(after=3) == [CALLED_OFF.model_copy(update={"activity_id": other})]
