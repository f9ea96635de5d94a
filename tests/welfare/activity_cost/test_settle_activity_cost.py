import pytest

from services.welfare.activity_cost.settle_activity_cost import settle_activity_cost
from services.welfare.fund.fund_account import FundAccount
from shared.events.activities.activity import ActivityFinished
from shared.events.welfare.fund import ActivityCostRefused, ActivityCostSettled
from shared.kernel.event import Event
from shared.kernel.work import NotYet
from tests.story import SUBJECT, TODAY, Desk
from tests.welfare.examples import ACCOUNT, ALLOCATED, OPENED, captured, reserved

FINISHED = ActivityFinished(
    activity_id=SUBJECT, org_id="G0101", attended=9, no_show=1, cost_fen=9_900, on=TODAY, budget_ref=ACCOUNT
)
SETTLED = ActivityCostSettled(activity_id=SUBJECT, org_id="G0101", account_id=ACCOUNT, amount_fen=9_900)


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


async def _desk(*history: Event) -> Desk:
    desk = Desk()
    if history:
        await desk.knows(FundAccount, *history, id=ACCOUNT)
    return desk


async def test_the_cost_is_borne_by_the_account_that_was_named() -> None:
    desk = await _desk(OPENED, ALLOCATED)
    await desk.does("reaction", settle_activity_cost, FINISHED)
    assert desk.events(after=1) == [captured(SUBJECT, 9_900, was_reserved=False), SETTLED]


async def test_the_same_news_twice_costs_once() -> None:
    desk = await _desk(OPENED, ALLOCATED)
    await desk.does("reaction", settle_activity_cost, FINISHED)
    await desk.does("reaction", settle_activity_cost, FINISHED)
    assert (await desk.state(FundAccount, ACCOUNT)).captured == 9_900
    assert len(desk.log.commits) == 3


async def test_what_cost_nothing_moves_nothing() -> None:
    desk = await _desk(OPENED, ALLOCATED)
    await desk.does("reaction", settle_activity_cost, FINISHED.model_copy(update={"cost_fen": 0}))
    assert len(desk.log.commits) == 1


async def test_too_little_money_is_heard_about() -> None:
    desk = await _desk(OPENED, ALLOCATED, reserved(amount_fen=1_999_999))
    await desk.does("reaction", settle_activity_cost, FINISHED)
    assert desk.events(after=1) == [_refused("money_short")]


async def test_an_unknown_account_is_heard_about() -> None:
    desk = await _desk()
    await desk.does("reaction", settle_activity_cost, FINISHED)
    assert desk.events() == [_refused("no_such_account")]
    nameless = await _desk()
    await nameless.does("reaction", settle_activity_cost, FINISHED.model_copy(update={"budget_ref": None}))
    assert nameless.events() == [_refused("no_such_account", account_id=None)]


async def test_a_sisters_account_bears_nothing() -> None:
    desk = await _desk(OPENED.model_copy(update={"org_id": "G02"}), ALLOCATED)
    await desk.does("reaction", settle_activity_cost, FINISHED)
    assert desk.events(after=1) == [_refused("not_entitled")]


async def test_it_waits_until_the_directory_knows_the_organisation() -> None:
    desk = await _desk(OPENED, ALLOCATED)
    del desk.directory.paths["G0101"]
    with pytest.raises(NotYet):
        await desk.does("reaction", settle_activity_cost, FINISHED)
    assert len(desk.log.commits) == 1


async def test_a_refused_cost_stays_refused() -> None:
    desk = await _desk()
    await desk.does("reaction", settle_activity_cost, FINISHED)
    await desk.does("reaction", settle_activity_cost, FINISHED)
    assert desk.events() == [_refused("no_such_account")]
