import pytest

from services.welfare.aid.aid import Aid, NotInThisState, SameHands
from services.welfare.aid.reject_aid import RejectAid, reject
from services.welfare.aid.reject_aid import post as post_rejection
from services.welfare.aid.review_aid import OtherPeoplesMoney, ReviewAid, review
from services.welfare.aid.review_aid import post as post_review
from services.welfare.fund.fund_account import FundAccount, NoSuchAccount
from shared.kernel.authority import OrganisationUnknownHere
from shared.kernel.work import Actor
from tests.story import ANN, SUBJECT, TODAY, Desk, given
from tests.welfare.examples import (
    ACCOUNT,
    ADMIN,
    ALLOCATED,
    ASKED,
    CADRE,
    CHAIR,
    GRANTED,
    OPENED,
    PAID,
    REJECTED,
    REVERSED,
    REVIEWED,
    path_of,
)

FUND = given(FundAccount, OPENED, ALLOCATED, id=ACCOUNT).state
COMMAND = ReviewAid(account_id=ACCOUNT)
NO = RejectAid(reason_code="not_eligible")


def _fund_of(org_id: str) -> FundAccount:
    return given(FundAccount, OPENED.model_copy(update={"org_id": org_id}), id=ACCOUNT).state


def test_a_request_is_reviewed_once() -> None:
    done = given(Aid, ASKED).when(review, COMMAND, FUND, path_of, CHAIR, TODAY).then(REVIEWED)
    done.when(review, COMMAND, FUND, path_of, CHAIR, TODAY).then_nothing()


def test_another_reviewer_or_another_account_is_another_review() -> None:
    reviewed = given(Aid, ASKED, REVIEWED)
    reviewed.when(review, COMMAND, FUND, path_of, Actor("other"), TODAY).then_refused(NotInThisState)
    other = ReviewAid(account_id="00000000-0000-7000-8000-0000000000f2")
    reviewed.when(review, other, FUND, path_of, CHAIR, TODAY).then_refused(NotInThisState)


@pytest.mark.parametrize("by", [CADRE, Actor(ANN)])
def test_who_asked_and_who_is_to_receive_do_not_review(by: Actor) -> None:
    given(Aid, ASKED).when(review, COMMAND, FUND, path_of, by, TODAY).then_refused(SameHands)


def test_only_money_of_the_organisation_or_above_is_given() -> None:
    for org_id in ("G", "G01", "G0101"):
        reviewed = given(Aid, ASKED).when(review, COMMAND, _fund_of(org_id), path_of, CHAIR, TODAY)
        reviewed.then(REVIEWED.model_copy(update={"fund_org_id": org_id}))
    for org_id in ("G02", "G0201"):
        given(Aid, ASKED).when(review, COMMAND, _fund_of(org_id), path_of, CHAIR, TODAY).then_refused(OtherPeoplesMoney)


def test_the_account_must_be_open_and_its_place_known() -> None:
    nothing = FundAccount(ACCOUNT)
    given(Aid, ASKED).when(review, COMMAND, nothing, path_of, CHAIR, TODAY).then_refused(NoSuchAccount)
    given(Aid, ASKED).when(review, COMMAND, _fund_of("G99"), path_of, CHAIR, TODAY).then_refused(
        OrganisationUnknownHere
    )


@pytest.mark.parametrize("history", [(), (ASKED, REVIEWED, GRANTED), (ASKED, REJECTED)])
def test_only_what_was_asked_is_reviewed(history: tuple[object, ...]) -> None:
    given(Aid, *history).when(review, COMMAND, FUND, path_of, CHAIR, TODAY).then_refused(NotInThisState)  # type: ignore[arg-type]


@pytest.mark.parametrize("history", [(ASKED,), (ASKED, REVIEWED)])
def test_a_request_is_rejected_once(history: tuple[object, ...]) -> None:
    done = given(Aid, *history).when(reject, NO, CHAIR, TODAY).then(REJECTED)  # type: ignore[arg-type]
    done.when(reject, NO, CHAIR, TODAY).then_nothing()
    done.when(reject, RejectAid(reason_code="duplicate"), CHAIR, TODAY).then_refused(NotInThisState)


@pytest.mark.parametrize("by", [CADRE, Actor(ANN)])
def test_who_asked_does_not_decide(by: Actor) -> None:
    given(Aid, ASKED).when(reject, NO, by, TODAY).then_refused(SameHands)


@pytest.mark.parametrize(
    "history", [(), (ASKED, REVIEWED, GRANTED), (ASKED, REVIEWED, GRANTED, PAID), (ASKED, REVIEWED, GRANTED, REVERSED)]
)
def test_what_was_granted_is_not_rejected(history: tuple[object, ...]) -> None:
    given(Aid, *history).when(reject, NO, ADMIN, TODAY).then_refused(NotInThisState)  # type: ignore[arg-type]


async def test_the_routes() -> None:
    desk = Desk()
    await desk.knows(FundAccount, OPENED, ALLOCATED, id=ACCOUNT)
    await desk.knows(Aid, ASKED)
    await desk.does("chair", post_review, SUBJECT, COMMAND)
    await desk.does("chair", post_rejection, SUBJECT, NO)
    assert desk.events(after=2) == [REVIEWED, REJECTED]
