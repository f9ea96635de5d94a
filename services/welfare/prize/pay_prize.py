"""Record that a prize has reached its winner:  POST /prizes/{prize_id}/payment  ->  PrizePaid, FundCaptured"""

from collections.abc import Iterator
from datetime import date

from services.welfare.aid.pay_aid import PaidInFuture
from services.welfare.fund.fund_account import FundAccount, capture_part
from services.welfare.prize.prize_budget import Prize, PrizeBudget
from services.welfare.service import service
from shared.events.welfare.prize import PrizePaid, PrizePaymentRequested
from shared.kernel.refusal import Conflict, Forbidden, NotFound
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import Id, Reference
from shared.values.roles import Role


class PayPrize(Command):
    competition_id: Id
    voucher_ref: Reference
    paid_on: date


class NoSuchPrize(NotFound):
    """No payment of this prize was requested in this competition.
    该竞赛没有此项待支付的奖金。"""


class PrizeNotPayable(Conflict):
    """This prize was refused, or its budget was released; it cannot be paid.
    该奖金已被拒付或预算已释放，不能支付。"""


class PrizePaidAlready(Conflict):
    """This prize was paid under voucher {voucher_ref}; it is never paid twice.
    该奖金已按凭证 {voucher_ref} 支付，不能重复支付。"""


class OwnPrize(Forbidden):
    """This prize is your own or your team's; somebody else pays it.
    该奖金为本人或本人团队所得，须由他人支付。"""


class AwardedItYourself(Forbidden):
    """You awarded this prize yourself; somebody else pays it.
    该奖金由您本人授予，须由他人支付。"""


def pay(budget: PrizeBudget, prize_id: str, command: PayPrize, by: Actor, on: date) -> Iterator[PrizePaid]:
    prize = budget.prizes.get(prize_id)
    if prize is None:
        raise NoSuchPrize()
    if prize.status == "paid":
        if prize.voucher_ref != command.voucher_ref:
            raise PrizePaidAlready(voucher_ref=prize.voucher_ref)
        return
    request = _payable(budget, prize)
    if by.id in (request.member_id, *(request.team or ())):
        raise OwnPrize()
    if by.id == request.awarded_by:
        raise AwardedItYourself()
    if command.paid_on > on:
        raise PaidInFuture(paid_on=str(command.paid_on))
    yield PrizePaid(
        **request.model_dump(include=PASSED_ON),
        voucher_ref=command.voucher_ref,
        paid_on=command.paid_on,
        by=by.id,
    )


PASSED_ON = {"prize_id", "competition_id", "entry_id", "member_id", "org_id", "account_id", "amount_fen"}


def _payable(budget: PrizeBudget, prize: Prize) -> PrizePaymentRequested:
    if budget.status != "reserved" or prize.status != "requested" or prize.request is None:
        raise PrizeNotPayable()
    return prize.request


@service.post("/prizes/{prize_id}/payment", role=Role.FINANCE, org=(PrizeBudget, "competition_id"), sensitive=True)
async def post(prize_id: Id, command: PayPrize, work: Work) -> None:
    competition_id = command.competition_id
    budget = await work.change(
        PrizeBudget, competition_id, lambda budget: pay(budget, prize_id, command, work.actor, work.today)
    )
    request = budget.prizes[prize_id].request
    assert request is not None, "what is paid was requested"
    await work.change(
        FundAccount, budget.account_id, lambda fund: capture_part(fund, prize_id, budget.id, request.amount_fen)
    )
