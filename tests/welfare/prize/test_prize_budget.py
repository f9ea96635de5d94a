"""From the approval of a competition to the last prize and the release of the rest."""

import pytest

from services.welfare import service
from services.welfare.aid.pay_aid import PaidInFuture
from services.welfare.fund.fund_account import FundAccount
from services.welfare.policy.policy_limits import Limit, PolicyLimits
from services.welfare.prize.competition_approved import reserve_prize_budget
from services.welfare.prize.competition_over import release_prize_budget
from services.welfare.prize.pay_prize import (
    AwardedItYourself,
    NoSuchPrize,
    OwnPrize,
    PayPrize,
    PrizeNotPayable,
    PrizePaidAlready,
    pay,
)
from services.welfare.prize.pay_prize import post as post_payment
from services.welfare.prize.prize_awarded import request_prize_payment
from services.welfare.prize.prize_budget import PrizeBudget, request_payment
from services.welfare.prize.prize_payment import PrizePayment
from shared.events.activities.competition import CompetitionArchived, CompetitionCancelled
from shared.events.welfare.prize import PrizeBudgetRefused, PrizeBudgetReleased
from shared.kernel.event import Event
from shared.kernel.work import Actor, NotYet
from shared.values.prize import PrizeRefusal
from tests.story import ANN, BEN, SUBJECT, TODAY, Desk, given, shown
from tests.welfare.examples import (
    ACCOUNT,
    ALLOCATED,
    CASHIER,
    LATER,
    LIMIT,
    OPENED,
    Places,
    captured,
    limits,
    released,
    reserved,
)
from tests.welfare.prize.examples import (
    APPROVED,
    PRIZE,
    RESERVED,
    SECOND_PRIZE,
    awarded,
    paid,
    refused,
    requested,
)

PAY = PayPrize(competition_id=SUBJECT, voucher_ref="V-7", paid_on=TODAY)
RELEASED = PrizeBudgetReleased(competition_id=SUBJECT, org_id="G01", account_id=ACCOUNT, amount_fen=400_000)
ARCHIVED = CompetitionArchived(competition_id=SUBJECT, org_id="G01", on=TODAY)
CANCELLED = CompetitionCancelled(competition_id=SUBJECT, org_id="G01", reason_code="too_few")


async def _desk(*funds: Event, policy: bool = True) -> Desk:
    desk = Desk(Places())
    await desk.knows(FundAccount, *(funds or (OPENED, ALLOCATED)), id=ACCOUNT)
    if policy:
        await desk.knows(PolicyLimits, limits("prize", 300_000), id="org:G")
    return desk


async def test_the_budget_of_an_approved_competition_is_set_aside_once() -> None:
    desk = await _desk(policy=False)
    await desk.does("reaction", reserve_prize_budget, APPROVED)
    await desk.does("reaction", reserve_prize_budget, APPROVED)
    assert desk.events(after=1) == [reserved(SUBJECT, 500_000), RESERVED]


async def test_a_competition_without_prizes_needs_no_budget() -> None:
    desk = await _desk(policy=False)
    await desk.does("reaction", reserve_prize_budget, APPROVED.model_copy(update={"prize_budget_fen": 0}))
    assert not desk.events(after=1)


@pytest.mark.parametrize(
    ("history", "words", "reason_code"),
    [
        ((OPENED, ALLOCATED), {"account_id": None}, "no_such_account"),
        ((OPENED, ALLOCATED), {"account_id": SUBJECT}, "no_such_account"),
        ((OPENED, ALLOCATED), {"org_id": "G0201"}, "not_entitled"),
        ((OPENED, ALLOCATED, reserved(amount_fen=1_500_001)), {}, "money_short"),
    ],
)
async def test_a_budget_that_cannot_be_set_aside_is_heard_about(
    history: tuple[Event, ...], words: dict[str, object], reason_code: str
) -> None:
    desk = await _desk(*history, policy=False)
    event = APPROVED.model_copy(update=words)
    await desk.does("reaction", reserve_prize_budget, event)
    (refusal,) = desk.events(after=1)
    assert refusal == PrizeBudgetRefused(
        competition_id=SUBJECT,
        org_id=event.org_id,
        account_id=event.account_id,
        amount_fen=500_000,
        reason_code=reason_code,
    )


async def test_an_organisation_that_is_not_known_yet_is_waited_for() -> None:
    desk = await _desk()
    with pytest.raises(NotYet):
        await desk.does("reaction", reserve_prize_budget, APPROVED.model_copy(update={"org_id": "G9"}))
    with pytest.raises(NotYet):
        await desk.does("reaction", request_prize_payment, awarded(org_id="G9"))


def test_a_prize_within_budget_and_limit_waits_to_be_paid() -> None:
    waits = given(PrizeBudget, RESERVED).when(request_payment, awarded(), LIMIT).then(requested())
    waits.when(request_payment, awarded(), LIMIT).then_nothing()
    assert waits.state.awarded == 100_000


@pytest.mark.parametrize(
    ("history", "prize", "limit", "reason"),
    [
        ((), 100_000, LIMIT, "no_budget"),
        ((RESERVED,), 100_000, None, "no_policy"),
        ((RESERVED,), 500_001, LIMIT, "over_budget"),
        ((RESERVED, requested(SECOND_PRIZE, 400_001)), 100_000, LIMIT, "over_budget"),
        ((RESERVED,), 100_000, Limit(LIMIT.id, "medical", 99_999, LIMIT.effective_from), "over_limit"),
        ((RESERVED, RELEASED), 100_000, LIMIT, "no_budget"),
    ],
)
def test_a_prize_that_cannot_be_paid_is_heard_about(
    history: tuple[Event, ...], prize: int, limit: Limit | None, reason: PrizeRefusal
) -> None:
    """INV-A11: the sum within the budget, each within the limit."""
    given(PrizeBudget, *history).when(request_payment, awarded(amount_fen=prize), limit).then(refused(reason, prize))


def test_a_prize_of_another_account_has_no_budget() -> None:
    other = awarded(account_id=SUBJECT)
    given(PrizeBudget, RESERVED).when(request_payment, other, LIMIT).then(refused("no_budget"))


def test_the_last_fen_of_the_budget_can_be_awarded() -> None:
    story = given(PrizeBudget, RESERVED, requested(SECOND_PRIZE, 400_000))
    story.when(request_payment, awarded(), LIMIT).then(requested())


def test_a_prize_is_paid_once() -> None:
    done = given(PrizeBudget, RESERVED, requested()).when(pay, PRIZE, PAY, CASHIER, TODAY).then(paid())
    done.when(pay, PRIZE, PAY, CASHIER, TODAY).then_nothing()
    other = PAY.model_copy(update={"voucher_ref": "V-8"})
    done.when(pay, PRIZE, other, CASHIER, TODAY).then_refused(PrizePaidAlready)


@pytest.mark.parametrize("by", [Actor(ANN), Actor(BEN)])
def test_nobody_pays_his_own_prize_or_his_teams(by: Actor) -> None:
    given(PrizeBudget, RESERVED, requested()).when(pay, PRIZE, PAY, by, TODAY).then_refused(OwnPrize)


def test_who_awarded_a_prize_does_not_pay_it() -> None:
    awarded_by_the_cashier = awarded(awarded_by="cashier")
    story = given(PrizeBudget, RESERVED).when(request_payment, awarded_by_the_cashier, LIMIT)
    waits = story.then(requested().model_copy(update={"awarded_by": "cashier"}))
    waits.when(pay, PRIZE, PAY, CASHIER, TODAY).then_refused(AwardedItYourself)
    waits.when(pay, PRIZE, PAY, Actor("other.cashier"), TODAY).then(paid().model_copy(update={"by": "other.cashier"}))


def test_a_payment_is_recorded_when_it_has_arrived() -> None:
    tomorrow = PAY.model_copy(update={"paid_on": LATER})
    given(PrizeBudget, RESERVED, requested()).when(pay, PRIZE, tomorrow, CASHIER, TODAY).then_refused(PaidInFuture)


def test_only_what_was_requested_is_paid() -> None:
    given(PrizeBudget, RESERVED).when(pay, PRIZE, PAY, CASHIER, TODAY).then_refused(NoSuchPrize)
    for history in ((RESERVED, refused("over_limit")), (RESERVED, requested(), RELEASED)):
        given(PrizeBudget, *history).when(pay, PRIZE, PAY, CASHIER, TODAY).then_refused(PrizeNotPayable)


async def test_a_prize_is_paid_out_of_the_budget_and_the_rest_is_released() -> None:
    desk = await _desk()
    await desk.does("reaction", reserve_prize_budget, APPROVED)
    await desk.does("reaction", request_prize_payment, awarded())
    await desk.does("cashier", post_payment, PRIZE, PAY)
    await desk.does("cashier", post_payment, PRIZE, PAY)
    part = captured(PRIZE, 100_000).model_copy(update={"reservation": SUBJECT})
    assert desk.events(after=4) == [requested(), paid(), part]
    await desk.does("reaction", release_prize_budget, ARCHIVED)
    await desk.does("reaction", release_prize_budget, ARCHIVED)
    assert desk.events(after=7) == [RELEASED, released(SUBJECT, 400_000)]
    fund = await desk.state(FundAccount, ACCOUNT)
    assert (fund.available, fund.reserved, fund.captured) == (1_900_000, 0, 100_000)


async def test_all_of_the_budget_can_be_paid_and_nothing_is_left_to_release() -> None:
    desk = await _desk()
    await desk.does("reaction", reserve_prize_budget, APPROVED)
    for prize_id, amount in ((PRIZE, 300_000), (SECOND_PRIZE, 200_000)):
        await desk.does("reaction", request_prize_payment, awarded(prize_id, amount))
        await desk.does("cashier", post_payment, prize_id, PAY)
    await desk.does("reaction", release_prize_budget, ARCHIVED)
    assert desk.events()[-1] == RELEASED.model_copy(update={"amount_fen": 0})
    assert (await desk.state(FundAccount, ACCOUNT)).available == 1_500_000


async def test_the_budget_of_a_cancelled_competition_is_free() -> None:
    desk = await _desk(policy=False)
    await desk.does("reaction", release_prize_budget, CANCELLED)
    assert not desk.events(after=1)
    await desk.does("reaction", reserve_prize_budget, APPROVED)
    await desk.does("reaction", release_prize_budget, CANCELLED)
    assert (await desk.state(FundAccount, ACCOUNT)).available == 2_000_000


def test_prizes_are_shown_as_they_stand() -> None:
    row = shown(service, PrizePayment, [RESERVED, requested(), paid(), RELEASED])[PRIZE]
    assert (row.status, row.amount_fen, row.voucher_ref, row.paid_on) == ("paid", 100_000, "V-7", TODAY)
    waiting = shown(service, PrizePayment, [requested()])[PRIZE]
    assert (waiting.status, waiting.requested_on, waiting.account_id) == ("requested", TODAY, ACCOUNT)
    assert shown(service, PrizePayment, [refused("over_limit")])[PRIZE].reason_code == "over_limit"
