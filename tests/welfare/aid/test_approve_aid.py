import asyncio

import pytest

from services.welfare.aid.aid import Aid, MemberUnknownHere, NoMembership, NotInThisState, SameHands
from services.welfare.aid.approve_aid import ApproveAid, MoreThanAsked, approve, post
from services.welfare.fund.fund_account import FundAccount, MoneyShort
from shared.kernel.work import Actor
from tests.story import ANN, SUBJECT, TODAY, Desk, FakeDirectory, given, member
from tests.welfare.examples import (
    ACCOUNT,
    ADMIN,
    ALLOCATED,
    ASKED,
    CADRE,
    CHAIR,
    FAILED,
    GRANTED,
    OPENED,
    PAID,
    REJECTED,
    REVERSED,
    REVIEWED,
    reserved,
)

COMMAND = ApproveAid(amount_fen=400_000)
HERE = member("G0101")


def test_aid_is_granted_by_the_second_approver() -> None:
    given(Aid, ASKED, REVIEWED).when(approve, COMMAND, HERE, ADMIN, TODAY).then(GRANTED)


def test_the_same_approval_twice_is_one_and_another_is_refused() -> None:
    granted = given(Aid, ASKED, REVIEWED, GRANTED)
    granted.when(approve, COMMAND, HERE, ADMIN, TODAY).then_nothing()
    granted.when(approve, ApproveAid(amount_fen=400_001), HERE, ADMIN, TODAY).then_refused(NotInThisState)
    granted.when(approve, COMMAND, HERE, Actor("another admin"), TODAY).then_refused(NotInThisState)


def test_a_grant_never_exceeds_what_was_asked() -> None:
    too_much = ApproveAid(amount_fen=500_001)
    given(Aid, ASKED, REVIEWED).when(approve, too_much, HERE, ADMIN, TODAY).then_refused(MoreThanAsked)
    all_of_it = ApproveAid(amount_fen=500_000)
    given(Aid, ASKED, REVIEWED).when(approve, all_of_it, HERE, ADMIN, TODAY).then(
        GRANTED.model_copy(update={"amount_fen": 500_000})
    )


@pytest.mark.parametrize("by", [CADRE, CHAIR, Actor(ANN)])
def test_every_step_is_done_by_other_hands(by: Actor) -> None:
    given(Aid, ASKED, REVIEWED).when(approve, COMMAND, HERE, by, TODAY).then_refused(SameHands)


def test_no_grant_without_membership() -> None:
    reviewed = given(Aid, ASKED, REVIEWED)
    reviewed.when(approve, COMMAND, None, ADMIN, TODAY).then_refused(MemberUnknownHere)
    reviewed.when(approve, COMMAND, member("G0101", "ended"), ADMIN, TODAY).then_refused(NoMembership)
    reviewed.when(approve, COMMAND, member("G0201"), ADMIN, TODAY).then(GRANTED)


@pytest.mark.parametrize(
    "history",
    [
        (),
        (ASKED,),
        (ASKED, REJECTED),
        (ASKED, REVIEWED, GRANTED, FAILED),
        (ASKED, REVIEWED, GRANTED, PAID),
        (ASKED, REVIEWED, GRANTED, REVERSED),
    ],
)
def test_only_what_was_reviewed_is_granted(history: tuple[object, ...]) -> None:
    given(Aid, *history).when(approve, COMMAND, HERE, ADMIN, TODAY).then_refused(NotInThisState)  # type: ignore[arg-type]


async def _desk(requests: int = 1) -> Desk:
    desk = Desk(FakeDirectory({ANN: HERE}))
    await desk.knows(FundAccount, OPENED, ALLOCATED, id=ACCOUNT)
    for number in range(requests):
        request_id = _request(number)
        history = [event.model_copy(update={"request_id": request_id}) for event in (ASKED, REVIEWED)]
        await desk.knows(Aid, *history, id=request_id)
    return desk


def _request(number: int) -> str:
    return f"00000000-0000-7000-8000-{number + 1:012x}"


async def test_grant_and_reservation_are_one() -> None:
    desk = await _desk()
    await desk.does("admin", post, SUBJECT, COMMAND)
    await desk.does("admin", post, SUBJECT, COMMAND)
    assert desk.events(after=2) == [GRANTED, reserved(SUBJECT, 400_000)]


async def test_no_grant_without_money() -> None:
    desk = await _desk()
    await desk.knows(FundAccount, reserved(amount_fen=1_700_000), id=ACCOUNT)
    with pytest.raises(MoneyShort):
        await desk.does("admin", post, SUBJECT, COMMAND)
    assert (await desk.state(Aid)).status == "reviewed"


async def test_of_many_approvals_at_once_as_many_are_granted_as_there_is_money_for() -> None:
    desk = await _desk(requests=30)
    outcomes = await asyncio.gather(
        *(desk.does("admin", post, _request(number), COMMAND) for number in range(30)), return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert len(refused) == 25
    assert {type(outcome) for outcome in refused} == {MoneyShort}
    assert (await desk.state(FundAccount, ACCOUNT)).available == 0
