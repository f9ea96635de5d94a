"""What an activity may cost is approved by somebody else than who published it, and then set aside by the fund."""

import pytest

from services.activities import service
from services.activities.activity.activity import Activity, NotOpenForThis
from services.activities.activity.activity_card import ActivityCard
from services.activities.activity.approve_budget import (
    BudgetWasRefused,
    NothingToApprove,
    OwnActivity,
    approve_budget,
    post,
)
from services.activities.activity.funding_answered import (
    activity_budget_refused,
    activity_budget_reserved,
    fund,
    refuse_funding,
)
from shared.events.welfare.fund import ActivityBudgetRefused, ActivityBudgetReserved
from shared.kernel.event import Event
from shared.kernel.work import Actor
from shared.values.roles import Role
from tests.activities.activity.examples import (
    ACCOUNT,
    APPROVED,
    CALLED_OFF,
    CLOSES,
    FINISHED,
    FUNDED,
    FUNDING_REFUSED,
    PUBLISHED,
    attended,
    enrolled,
)
from tests.story import SUBJECT, Desk, given, shown

CADRE, CHAIR = Actor("cadre"), Actor("chair")
RESERVED = ActivityBudgetReserved(activity_id=SUBJECT, org_id="G01", account_id=ACCOUNT, amount_fen=10_000)
REFUSED = ActivityBudgetRefused(**RESERVED.model_dump(), reason_code="money_short")


def test_a_budget_is_approved_once_by_somebody_else() -> None:
    story = given(Activity, PUBLISHED)
    story.when(approve_budget, CADRE, CLOSES).then_refused(OwnActivity)
    told = story.when(approve_budget, CHAIR, CLOSES).then(APPROVED)
    told.when(approve_budget, CHAIR, CLOSES).then_nothing()
    told.when(approve_budget, Actor("admin"), CLOSES).then_nothing()
    given(Activity, PUBLISHED, enrolled(), attended()).when(approve_budget, CHAIR, CLOSES).then(APPROVED)


@pytest.mark.parametrize(
    "stated", [{"budget_ref": None, "budget_fen": None}, {"budget_fen": None, "published_by": None}]
)
def test_there_must_be_something_to_approve(stated: dict[str, object]) -> None:
    """Also not for what was published before budgets were approved."""
    story = given(Activity, PUBLISHED.model_copy(update=stated))
    story.when(approve_budget, CHAIR, CLOSES).then_refused(NothingToApprove)


@pytest.mark.parametrize("history", [(), (PUBLISHED, FINISHED), (PUBLISHED, CALLED_OFF)])
def test_what_is_over_gets_no_budget(history: tuple[Event, ...]) -> None:
    given(Activity, *history).when(approve_budget, CHAIR, CLOSES).then_refused(NotOpenForThis)


def test_what_the_fund_says_is_remembered_once() -> None:
    asked = given(Activity, PUBLISHED, APPROVED)
    asked.when(fund, 10_000).then(FUNDED).when(fund, 10_000).then_nothing()
    refused = asked.when(refuse_funding, "money_short").then(FUNDING_REFUSED)
    refused.when(refuse_funding, "money_short").then_nothing()
    refused.when(approve_budget, CHAIR, CLOSES).then_refused(BudgetWasRefused)


async def test_from_the_approval_to_the_answer() -> None:
    desk = Desk(today=CLOSES)
    await desk.knows(Activity, PUBLISHED)
    await desk.does("chair", post, SUBJECT)
    await desk.does("reaction", activity_budget_reserved, RESERVED)
    await desk.does("reaction", activity_budget_refused, REFUSED)
    assert desk.events(after=1) == [APPROVED, FUNDED]


async def test_a_refusal_is_heard_about() -> None:
    desk = Desk(today=CLOSES)
    await desk.knows(Activity, PUBLISHED, APPROVED)
    await desk.does("reaction", activity_budget_refused, REFUSED)
    assert desk.events(after=1) == [FUNDING_REFUSED]


def test_only_a_chair_or_an_administrator_approves() -> None:
    (route,) = [route for route in service.routes if route.path.endswith("/budget-approval")]
    assert (route.role, route.sensitive) == (Role.CHAIR | Role.ADMIN, True)


@pytest.mark.parametrize(
    ("history", "budget"),
    [((), "none"), ((APPROVED,), "asked"), ((APPROVED, FUNDED), "reserved"), ((APPROVED, FUNDING_REFUSED), "refused")],
)
def test_how_the_budget_stands_is_shown(history: tuple[Event, ...], budget: str) -> None:
    card = shown(service, ActivityCard, [PUBLISHED, *history])[SUBJECT]
    assert (card.budget, card.budget_fen) == (budget, 10_000)
