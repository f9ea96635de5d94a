from typing import Any

import pytest

from services.activities.competition.approve_competition import OwnProposal, approve
from services.activities.competition.approve_competition import post as post_approval
from services.activities.competition.budget_answered import (
    budget_refused,
    budget_reserved,
    fund,
    refuse_funding,
)
from services.activities.competition.competition import Competition, NotAtThisStage
from services.activities.competition.propose_competition import (
    AccountMissing,
    ProposeCompetition,
    ScopeOutside,
    post,
    propose,
)
from shared.events.activities.competition import CompetitionFundingRefused
from shared.events.welfare.prize import PrizeBudgetRefused, PrizeBudgetReserved
from shared.kernel.authority import OrganisationUnknownHere
from shared.kernel.work import Actor
from tests.activities.competition.examples import (
    ACCOUNT,
    APPROVED,
    CADRE,
    CANCELLED,
    CHAIR,
    FUNDED,
    PROPOSED,
    UNTIL_ANNOUNCED,
    UNTIL_CONFIRMED,
    hall,
)
from tests.story import SUBJECT, Desk, FakeDirectory, given

PATH_OF = FakeDirectory().path
COMMAND = ProposeCompetition(
    org_id="G01",
    level="subsidiary",
    tier="II",
    trade="welder",
    season="2026",
    prize_budget_fen=1_000_000,
    account_id=ACCOUNT,
)
REFUSED = CompetitionFundingRefused(competition_id=SUBJECT, org_id="G01", reason_code="money_short")


def _with(**said: Any) -> ProposeCompetition:
    return COMMAND.model_copy(update=said)


def test_a_competition_is_proposed_for_the_organiser_and_all_below_it() -> None:
    given(Competition).when(propose, COMMAND, CADRE, PATH_OF).then(PROPOSED)
    given(Competition, PROPOSED).when(propose, COMMAND, CADRE, PATH_OF).then_nothing()


def test_it_may_be_for_some_organisations_below_the_organiser() -> None:
    some = _with(scope_orgs=("G0101",))
    given(Competition).when(propose, some, CADRE, PATH_OF).then(PROPOSED.model_copy(update={"scope_orgs": ("G0101",)}))
    given(Competition).when(propose, _with(scope_orgs=("G0201",)), CADRE, PATH_OF).then_refused(ScopeOutside)
    given(Competition).when(propose, _with(scope_orgs=("G09",)), CADRE, PATH_OF).then_refused(OrganisationUnknownHere)


def test_a_prize_budget_needs_an_account() -> None:
    given(Competition).when(propose, _with(account_id=None), CADRE, PATH_OF).then_refused(AccountMissing)
    free = _with(account_id=None, prize_budget_fen=0)
    given(Competition).when(propose, free, CADRE, PATH_OF).then(
        PROPOSED.model_copy(update={"account_id": None, "prize_budget_fen": 0})
    )


def test_somebody_else_approves_it() -> None:
    given(Competition, PROPOSED).when(approve, CADRE, APPROVED.on).then_refused(OwnProposal)
    given(Competition, PROPOSED).when(approve, CHAIR, APPROVED.on).then(APPROVED).when(
        approve, CHAIR, APPROVED.on
    ).then_nothing()


@pytest.mark.parametrize("history", [(), UNTIL_ANNOUNCED, UNTIL_CONFIRMED, (PROPOSED, CANCELLED)])
def test_only_what_is_proposed_is_approved(history: tuple[object, ...]) -> None:
    given(Competition, *history).when(approve, Actor("head"), APPROVED.on).then_refused(NotAtThisStage)  # type: ignore[arg-type]


def test_the_fund_answers_once() -> None:
    given(Competition, PROPOSED, APPROVED).when(fund, 1_000_000).then(FUNDED).when(
        refuse_funding, "money_short"
    ).then_nothing()
    given(Competition, PROPOSED, APPROVED).when(refuse_funding, "money_short").then(REFUSED).when(
        fund, 1_000_000
    ).then_nothing()


def test_no_answer_is_waited_for_where_there_is_no_budget() -> None:
    free = {"prize_budget_fen": 0, "account_id": None}
    story = given(Competition, PROPOSED.model_copy(update=free), APPROVED.model_copy(update=free))
    assert story.state.budget == "none"
    story.when(fund, 1).then_nothing()


async def test_the_routes_and_reactions() -> None:
    desk = Desk(hall(), today=APPROVED.on)
    await desk.does("cadre", post, COMMAND)
    new_id = desk.log.commits[0].events[0].headers["ce_subject"]
    await desk.does("chair", post_approval, new_id)
    said = {"competition_id": new_id, "org_id": "G01", "account_id": ACCOUNT, "amount_fen": 1_000_000}
    await desk.does("reaction", budget_reserved, PrizeBudgetReserved.model_validate(said))
    await desk.does(
        "reaction", budget_refused, PrizeBudgetRefused.model_validate(said | {"reason_code": "money_short"})
    )
    assert desk.events() == [
        event.model_copy(update={"competition_id": new_id}) for event in (PROPOSED, APPROVED, FUNDED)
    ]


async def test_a_refused_budget_is_told() -> None:
    desk = Desk()
    await desk.knows(Competition, PROPOSED, APPROVED)
    said = {"competition_id": SUBJECT, "org_id": "G01", "account_id": ACCOUNT, "amount_fen": 1_000_000}
    await desk.does(
        "reaction", budget_refused, PrizeBudgetRefused.model_validate(said | {"reason_code": "money_short"})
    )
    assert desk.events(after=1) == [REFUSED]
