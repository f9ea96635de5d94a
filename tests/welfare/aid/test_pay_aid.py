from datetime import timedelta

import pytest

from services.welfare.aid.aid import Aid, NotInThisState, SameHands
from services.welfare.aid.fail_payment import FailPayment, fail
from services.welfare.aid.fail_payment import post as post_failure
from services.welfare.aid.pay_aid import PaidAlready, PaidInFuture, PaidTooEarly, PayAid, pay
from services.welfare.aid.pay_aid import post as post_payment
from services.welfare.fund.fund_account import FundAccount
from shared.kernel.work import Actor
from tests.story import ANN, SUBJECT, TODAY, Desk, given
from tests.welfare.examples import (
    ACCOUNT,
    ADMIN,
    ALLOCATED,
    ASKED,
    CADRE,
    CASHIER,
    CHAIR,
    FAILED,
    GRANTED,
    OPENED,
    PAID,
    REJECTED,
    REVERSED,
    REVIEWED,
    captured,
    reserved,
)

COMMAND = PayAid(voucher_ref="V-1", paid_on=TODAY)
BOUNCED = FailPayment(code="name_mismatch")
UNTIL_GRANTED = (ASKED, REVIEWED, GRANTED)


def test_granted_aid_is_paid_once() -> None:
    paid = given(Aid, *UNTIL_GRANTED).when(pay, COMMAND, CASHIER, TODAY).then(PAID)
    paid.when(pay, COMMAND, CASHIER, TODAY).then_nothing()
    paid.when(pay, PayAid(voucher_ref="V-2", paid_on=TODAY), CASHIER, TODAY).then_refused(PaidAlready)


def test_what_failed_is_paid_again() -> None:
    given(Aid, *UNTIL_GRANTED, FAILED).when(pay, COMMAND, CASHIER, TODAY).then(PAID)
    given(Aid, *UNTIL_GRANTED, FAILED).when(pay, COMMAND, Actor("cashier2"), TODAY).then(
        PAID.model_copy(update={"by": "cashier2"})
    )


@pytest.mark.parametrize("by", [CADRE, CHAIR, ADMIN, Actor(ANN)])
def test_who_had_a_hand_in_it_before_does_not_pay(by: Actor) -> None:
    given(Aid, *UNTIL_GRANTED).when(pay, COMMAND, by, TODAY).then_refused(SameHands)
    given(Aid, *UNTIL_GRANTED).when(fail, BOUNCED, by).then_refused(SameHands)


def test_a_payment_is_recorded_when_it_has_arrived() -> None:
    tomorrow = PayAid(voucher_ref="V-1", paid_on=TODAY + timedelta(days=1))
    given(Aid, *UNTIL_GRANTED).when(pay, tomorrow, CASHIER, TODAY).then_refused(PaidInFuture)
    tomorrow_it_is = given(Aid, *UNTIL_GRANTED).when(pay, COMMAND, CASHIER, TODAY + timedelta(days=1))
    tomorrow_it_is.then(PAID)


def test_nothing_was_paid_before_it_was_granted() -> None:
    yesterday = PayAid(voucher_ref="V-1", paid_on=TODAY - timedelta(days=1))
    given(Aid, *UNTIL_GRANTED).when(pay, yesterday, CASHIER, TODAY).then_refused(PaidTooEarly)


NOT_GRANTED = [(), (ASKED,), (ASKED, REVIEWED), (ASKED, REJECTED), (*UNTIL_GRANTED, REVERSED)]


@pytest.mark.parametrize("history", NOT_GRANTED)
def test_only_what_was_granted_is_paid(history: tuple[object, ...]) -> None:
    given(Aid, *history).when(pay, COMMAND, CASHIER, TODAY).then_refused(NotInThisState)  # type: ignore[arg-type]


@pytest.mark.parametrize("history", [*NOT_GRANTED, (*UNTIL_GRANTED, PAID)])
def test_only_the_payment_of_a_grant_fails(history: tuple[object, ...]) -> None:
    given(Aid, *history).when(fail, BOUNCED, CASHIER).then_refused(NotInThisState)  # type: ignore[arg-type]


def test_a_failure_is_recorded_once_and_another_one_again() -> None:
    failed = given(Aid, *UNTIL_GRANTED).when(fail, BOUNCED, CASHIER).then(FAILED)
    failed.when(fail, BOUNCED, CASHIER).then_nothing()
    failed.when(fail, FailPayment(code="account_closed"), CASHIER).then(
        FAILED.model_copy(update={"code": "account_closed"})
    )


async def test_payment_captures_what_was_set_aside() -> None:
    desk = Desk()
    await desk.knows(FundAccount, OPENED, ALLOCATED, reserved(SUBJECT, 400_000), id=ACCOUNT)
    await desk.knows(Aid, *UNTIL_GRANTED)
    await desk.does("cashier", post_failure, SUBJECT, BOUNCED)
    await desk.does("cashier", post_payment, SUBJECT, COMMAND)
    await desk.does("cashier", post_payment, SUBJECT, COMMAND)
    assert desk.events(after=2) == [FAILED, PAID, captured(SUBJECT, 400_000)]
