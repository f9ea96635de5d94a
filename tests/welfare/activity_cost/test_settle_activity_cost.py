"""A budget that two persons approved is set aside; the cost comes out of it, the rest is free again."""

from uuid import UUID, uuid5

import pytest

from services.welfare.activity_cost.activity_called_off import release_activity_budget
from services.welfare.activity_cost.activity_cost import ActivityCost
from services.welfare.activity_cost.reserve_activity_budget import reserve_activity_budget
from services.welfare.activity_cost.settle_activity_cost import settle_activity_cost
from services.welfare.fund.fund_account import FundAccount
from shared.events.activities.activity import ActivityBudgetApproved, ActivityCancelled, ActivityFinished
from shared.events.welfare.fund import (
    ActivityBudgetRefused,
    ActivityBudgetReleased,
    ActivityBudgetReserved,
    ActivityCostRefused,
    ActivityCostSettled,
)
from shared.kernel.event import Event
from shared.kernel.work import NotYet
from tests.story import SUBJECT, TODAY, Desk
from tests.welfare.examples import ACCOUNT, ALLOCATED, OPENED, captured, released, reserved

APPROVED = ActivityBudgetApproved(
    activity_id=SUBJECT, org_id="G0101", account_id=ACCOUNT, budget_fen=10_000, approvals=("cadre", "chair"), on=TODAY
)
RESERVED = ActivityBudgetReserved(activity_id=SUBJECT, org_id="G0101", account_id=ACCOUNT, amount_fen=10_000)
RELEASED = ActivityBudgetReleased(activity_id=SUBJECT, org_id="G0101", account_id=ACCOUNT, amount_fen=10_000)
FINISHED = ActivityFinished(
    activity_id=SUBJECT, org_id="G0101", attended=9, no_show=1, cost_fen=9_900, on=TODAY, budget_ref=ACCOUNT
)
SETTLED = ActivityCostSettled(activity_id=SUBJECT, org_id="G0101", account_id=ACCOUNT, amount_fen=9_900)
CALLED_OFF = ActivityCancelled(activity_id=SUBJECT, org_id="G0101", reason_code="weather")
COST = str(uuid5(UUID(SUBJECT), "cost"))
HELD_BACK = reserved(SUBJECT, 10_000)
TAKEN = captured(COST, 9_900).model_copy(update={"reservation": SUBJECT})


def _refused(reason_code: str, **more: object) -> ActivityCostRefused:
    return ActivityCostRefused.model_validate(
        {
            "activity_id": SUBJECT,
            "org_id": "G0101",
            "amount_fen": 9_900,
            "reason_code": reason_code,
            "account_id": ACCOUNT,
            **more,
        }
    )


async def _desk(*history: Event, approved: bool = False) -> Desk:
    """With what is decided after it."""
    desk = Desk()
    if history:
        await desk.knows(FundAccount, *history, id=ACCOUNT)
    if approved:
        await desk.does("reaction", reserve_activity_budget, APPROVED)
    return desk


async def test_an_approved_budget_is_set_aside_once() -> None:
    desk = await _desk(OPENED, ALLOCATED, approved=True)
    await desk.does("reaction", reserve_activity_budget, APPROVED)
    assert desk.events(after=1) == [RESERVED, HELD_BACK]


async def test_the_cost_is_borne_out_of_the_budget_and_the_rest_is_free() -> None:
    desk = await _desk(OPENED, ALLOCATED, approved=True)
    await desk.does("reaction", settle_activity_cost, FINISHED)
    assert desk.events(after=3) == [SETTLED, TAKEN, released(SUBJECT, 100)]
    fund = await desk.state(FundAccount, ACCOUNT)
    assert (fund.captured, fund.reserved, fund.available) == (9_900, 0, 2_000_000 - 9_900)


async def test_a_cost_of_the_whole_budget_leaves_nothing_to_release() -> None:
    desk = await _desk(OPENED, ALLOCATED, approved=True)
    await desk.does("reaction", settle_activity_cost, FINISHED.model_copy(update={"cost_fen": 10_000}))
    fund = await desk.state(FundAccount, ACCOUNT)
    assert (fund.captured, fund.reserved) == (10_000, 0)


async def test_the_same_news_twice_costs_once() -> None:
    desk = await _desk(OPENED, ALLOCATED, approved=True)
    await desk.does("reaction", settle_activity_cost, FINISHED)
    told = desk.events()
    await desk.does("reaction", settle_activity_cost, FINISHED)
    await desk.does("reaction", reserve_activity_budget, APPROVED)
    await desk.does("reaction", release_activity_budget, CALLED_OFF)
    assert desk.events() == told


async def test_a_cost_above_the_budget_is_heard_about_and_moves_nothing() -> None:
    desk = await _desk(OPENED, ALLOCATED, approved=True)
    await desk.does("reaction", settle_activity_cost, FINISHED.model_copy(update={"cost_fen": 10_001}))
    assert desk.events(after=3) == [_refused("over_budget", amount_fen=10_001), released(SUBJECT, 10_000)]
    assert (await desk.state(FundAccount, ACCOUNT)).available == 2_000_000


async def test_what_nobody_approved_is_not_borne() -> None:
    """Whoever publishes and finishes an activity alone moves no money; nor does what was published long ago."""
    desk = await _desk(OPENED, ALLOCATED)
    await desk.does("reaction", settle_activity_cost, FINISHED)
    await desk.does("reaction", settle_activity_cost, FINISHED)
    assert desk.events(after=1) == [_refused("no_budget")]
    nameless = await _desk()
    await nameless.does("reaction", settle_activity_cost, FINISHED.model_copy(update={"budget_ref": None}))
    assert nameless.events() == [_refused("no_budget", account_id=None)]


async def test_what_cost_nothing_gives_its_budget_back() -> None:
    free = FINISHED.model_copy(update={"cost_fen": 0})
    desk = await _desk(OPENED, ALLOCATED, approved=True)
    await desk.does("reaction", settle_activity_cost, free)
    assert desk.events(after=3) == [RELEASED, released(SUBJECT, 10_000)]
    unplanned = await _desk(OPENED, ALLOCATED)
    await unplanned.does("reaction", settle_activity_cost, free)
    assert len(unplanned.log.commits) == 1


async def test_what_is_called_off_gives_its_budget_back() -> None:
    desk = await _desk(OPENED, ALLOCATED, approved=True)
    await desk.does("reaction", release_activity_budget, CALLED_OFF)
    await desk.does("reaction", release_activity_budget, CALLED_OFF)
    assert desk.events(after=3) == [RELEASED, released(SUBJECT, 10_000)]
    unplanned = await _desk(OPENED, ALLOCATED)
    await unplanned.does("reaction", release_activity_budget, CALLED_OFF)
    assert len(unplanned.log.commits) == 1


@pytest.mark.parametrize(
    ("history", "reason_code"),
    [
        ((), "no_such_account"),
        ((OPENED.model_copy(update={"org_id": "G02"}), ALLOCATED), "not_entitled"),
        ((OPENED, ALLOCATED, reserved(amount_fen=1_990_001)), "money_short"),
    ],
)
async def test_a_budget_that_cannot_be_set_aside_is_heard_about(history: tuple[Event, ...], reason_code: str) -> None:
    desk = await _desk(*history, approved=True)
    told = ActivityBudgetRefused.model_validate({**RESERVED.model_dump(), "reason_code": reason_code})
    assert desk.events(after=1 if history else 0) == [told]
    await desk.does("reaction", settle_activity_cost, FINISHED)
    assert desk.events()[-1] == _refused("no_budget")


async def test_it_waits_until_the_directory_knows_the_organisation() -> None:
    desk = await _desk(OPENED, ALLOCATED)
    del desk.directory.paths["G0101"]
    with pytest.raises(NotYet):
        await desk.does("reaction", reserve_activity_budget, APPROVED)
    assert len(desk.log.commits) == 1


async def test_what_was_settled_before_budgets_were_approved_stays_settled() -> None:
    desk = await _desk(OPENED, ALLOCATED, captured(SUBJECT, 9_900, was_reserved=False))
    await desk.knows(ActivityCost, SETTLED)
    await desk.does("reaction", settle_activity_cost, FINISHED)
    assert len(desk.log.commits) == 2
