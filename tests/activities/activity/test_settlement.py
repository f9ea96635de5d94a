from services.activities.activity.activity import Activity
from services.activities.activity.cost_refused import cost_refused, refuse
from services.activities.activity.cost_settled import cost_settled, settle
from shared.events.activities.activity import ActivitySettled, ActivitySettlementRefused
from shared.events.welfare.fund import ActivityCostRefused, ActivityCostSettled
from tests.activities.activity.examples import ACCOUNT, FINISHED, PUBLISHED
from tests.story import SUBJECT, Desk, given

SETTLED = ActivitySettled(activity_id=SUBJECT, org_id="G01", amount_fen=9_900)
REFUSED = ActivitySettlementRefused(activity_id=SUBJECT, org_id="G01", reason_code="money_short")


def test_a_settled_cost_is_remembered_once() -> None:
    done = given(Activity, PUBLISHED, FINISHED).when(settle, 9_900).then(SETTLED)
    assert done.state.settlement == "settled"
    done.when(settle, 9_900).then_nothing()


def test_a_refused_cost_is_remembered_once() -> None:
    done = given(Activity, PUBLISHED, FINISHED).when(refuse, "money_short").then(REFUSED)
    assert done.state.settlement == "refused"
    done.when(refuse, "money_short").then_nothing()


async def test_what_welfare_says_reaches_the_activity() -> None:
    yes, no = Desk(), Desk()
    for desk in (yes, no):
        await desk.knows(Activity, PUBLISHED, FINISHED)
    settled = ActivityCostSettled(activity_id=SUBJECT, org_id="G01", account_id=ACCOUNT, amount_fen=9_900)
    refused = ActivityCostRefused(
        activity_id=SUBJECT, org_id="G01", account_id=ACCOUNT, amount_fen=9_900, reason_code="money_short"
    )
    await yes.does("reaction", cost_settled, settled)
    await no.does("reaction", cost_refused, refused)
    assert yes.events(after=1) == [SETTLED]
    assert no.events(after=1) == [REFUSED]
