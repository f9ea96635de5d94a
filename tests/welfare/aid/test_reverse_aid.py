import pytest

from services.welfare.aid.aid import Aid, NotInThisState, SameHands
from services.welfare.aid.reverse_aid import ReverseAid, post, reverse
from services.welfare.fund.fund_account import FundAccount
from shared.kernel.event import Event
from shared.kernel.work import Actor
from tests.story import ANN, SUBJECT, TODAY, Desk, given
from tests.welfare.examples import (
    ACCOUNT,
    ADMIN,
    ALLOCATED,
    ASKED,
    CADRE,
    CLAWED_BACK,
    FAILED,
    GRANTED,
    OPENED,
    PAID,
    REJECTED,
    REVERSED,
    REVIEWED,
    captured,
    released,
    reserved,
    returned,
)

COMMAND = ReverseAid(reason_code="not_needed")
UNTIL_GRANTED = (ASKED, REVIEWED, GRANTED)
HELD = reserved(SUBJECT, 400_000)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (UNTIL_GRANTED, REVERSED),
        ((*UNTIL_GRANTED, FAILED), REVERSED),
        ((*UNTIL_GRANTED, PAID), CLAWED_BACK),
    ],
)
def test_a_grant_is_taken_back_once(history: tuple[Event, ...], expected: Event) -> None:
    done = given(Aid, *history).when(reverse, COMMAND, ADMIN, TODAY).then(expected)
    done.when(reverse, COMMAND, ADMIN, TODAY).then_nothing()
    done.when(reverse, ReverseAid(reason_code="fraud"), ADMIN, TODAY).then_refused(NotInThisState)


@pytest.mark.parametrize("by", [CADRE, Actor(ANN)])
def test_who_asked_does_not_take_it_back(by: Actor) -> None:
    given(Aid, *UNTIL_GRANTED).when(reverse, COMMAND, by, TODAY).then_refused(SameHands)


@pytest.mark.parametrize("history", [(), (ASKED,), (ASKED, REVIEWED), (ASKED, REJECTED)])
def test_what_was_not_granted_is_not_taken_back(history: tuple[Event, ...]) -> None:
    given(Aid, *history).when(reverse, COMMAND, ADMIN, TODAY).then_refused(NotInThisState)


async def _desk(aid: tuple[Event, ...], fund: tuple[Event, ...]) -> Desk:
    desk = Desk()
    await desk.knows(FundAccount, OPENED, ALLOCATED, HELD, *fund, id=ACCOUNT)
    await desk.knows(Aid, *UNTIL_GRANTED, *aid)
    return desk


async def test_what_was_set_aside_is_free_again() -> None:
    desk = await _desk((), ())
    await desk.does("admin", post, SUBJECT, COMMAND)
    await desk.does("admin", post, SUBJECT, COMMAND)
    assert desk.events(after=2) == [REVERSED, released(SUBJECT, 400_000)]


async def test_what_was_paid_comes_back_once() -> None:
    desk = await _desk((PAID,), (captured(SUBJECT, 400_000),))
    await desk.does("admin", post, SUBJECT, COMMAND)
    await desk.does("admin", post, SUBJECT, COMMAND)
    assert desk.events(after=2) == [CLAWED_BACK, returned(SUBJECT, 400_000)]
    assert (await desk.state(FundAccount, ACCOUNT)).available == 2_000_000
