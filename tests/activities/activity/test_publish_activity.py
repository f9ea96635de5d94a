from datetime import timedelta

import pytest
from pydantic import ValidationError

from services.activities.activity.activity import Activity
from services.activities.activity.publish_activity import (
    BudgetIncomplete,
    DatesOutOfOrder,
    PublishActivity,
    post,
    publish,
)
from shared.kernel.work import Actor
from tests.activities.activity.examples import CLOSES, HELD, OPEN, PUBLISHED
from tests.story import TODAY, Desk, given

COMMAND = PublishActivity.model_validate(PUBLISHED.model_dump(exclude={"activity_id", "published_by"}))
CADRE = Actor("cadre")


def test_an_activity_is_published() -> None:
    given(Activity).when(publish, COMMAND, CADRE, TODAY).then(PUBLISHED).when(
        publish, COMMAND, CADRE, TODAY
    ).then_nothing()


@pytest.mark.parametrize(
    "dates",
    [
        {"enrol_until": OPEN - timedelta(days=1)},
        {"held_on": CLOSES - timedelta(days=1)},
        {"enrol_from": CLOSES + timedelta(days=1)},
    ],
)
def test_dates_stand_in_order(dates: dict[str, object]) -> None:
    given(Activity).when(publish, COMMAND.model_copy(update=dates), CADRE, TODAY).then_refused(DatesOutOfOrder)


def test_all_may_be_on_one_day() -> None:
    one_day = {"enrol_from": HELD, "enrol_until": HELD}
    given(Activity).when(publish, COMMAND.model_copy(update=one_day), CADRE, TODAY).then(
        PUBLISHED.model_copy(update=one_day)
    )


def test_an_activity_is_not_held_in_the_past() -> None:
    given(Activity).when(publish, COMMAND, CADRE, HELD + timedelta(days=1)).then_refused(DatesOutOfOrder)
    given(Activity).when(publish, COMMAND, CADRE, HELD).then(PUBLISHED)


@pytest.mark.parametrize("half", [{"budget_ref": None}, {"budget_fen": None}])
def test_a_budget_is_an_account_and_an_amount(half: dict[str, object]) -> None:
    given(Activity).when(publish, COMMAND.model_copy(update=half), CADRE, TODAY).then_refused(BudgetIncomplete)
    none = {"budget_ref": None, "budget_fen": None}
    given(Activity).when(publish, COMMAND.model_copy(update=none), CADRE, TODAY).then(PUBLISHED.model_copy(update=none))


@pytest.mark.parametrize("capacity", [0, 10_001])
def test_there_are_some_seats_and_not_too_many(capacity: int) -> None:
    with pytest.raises(ValidationError):
        PublishActivity.model_validate({**COMMAND.model_dump(), "capacity": capacity})


async def test_the_route_gives_it_an_id_of_its_own() -> None:
    desk = Desk()
    await desk.does("cadre", post, COMMAND)
    await desk.does("cadre", post, COMMAND)
    first, second = desk.events()
    assert first.model_dump(exclude={"activity_id"}) == PUBLISHED.model_dump(exclude={"activity_id"})
    assert first != second
