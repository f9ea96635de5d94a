"""Record that granted aid has reached the member:  POST /aid/{request_id}/payment  ->  AidPaid, FundCaptured"""

from collections.abc import Iterator
from datetime import date

from services.welfare.aid.aid import Aid, NotInThisState
from services.welfare.fund.fund_account import FundAccount, capture
from services.welfare.service import service
from shared.events.welfare.aid import AidPaid
from shared.kernel.refusal import Conflict, Invalid
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import AidId, Reference
from shared.values.roles import Role


class PayAid(Command):
    voucher_ref: Reference
    paid_on: date


class PaidAlready(Conflict):
    """This aid was paid under voucher {voucher_ref}; it is never paid twice.
    该笔救助已按凭证 {voucher_ref} 支付，不能重复支付。"""


class PaidInFuture(Invalid):
    """The day of payment {paid_on} has not come; record it when the money has arrived.
    支付日期 {paid_on} 尚未到来，请在到账后登记。"""


class PaidTooEarly(Invalid):
    """This aid was granted on {granted_on} and cannot have been paid on {paid_on}; correct the day of payment.
    该笔救助于 {granted_on} 批准，支付日期不能为 {paid_on}，请更正支付日期。"""


def pay(aid: Aid, command: PayAid, by: Actor, on: date) -> Iterator[AidPaid]:
    match aid.status:
        case "paid":
            if command.voucher_ref == aid.voucher_ref:
                return
            raise PaidAlready(voucher_ref=aid.voucher_ref)
        case "granted" | "failed":
            pass
        case _:
            raise NotInThisState(status=aid.status)
    aid.must_be_other_hands(by, "payment")
    if command.paid_on > on:
        raise PaidInFuture(paid_on=str(command.paid_on))
    if aid.granted_on is not None and command.paid_on < aid.granted_on:
        raise PaidTooEarly(granted_on=str(aid.granted_on), paid_on=str(command.paid_on))
    yield AidPaid(
        request_id=aid.id,
        member_id=aid.member_id,
        org_id=aid.org_id,
        account_id=aid.account_id,
        fund_org_id=aid.fund_org_id,
        amount_fen=aid.granted,
        voucher_ref=command.voucher_ref,
        paid_on=command.paid_on,
        by=by.id,
        requested_on=aid.requested_on,
    )


@service.post("/aid/{request_id}/payment", role=Role.FINANCE, org=(Aid, "request_id"), sensitive=True)
async def post(request_id: AidId, command: PayAid, work: Work) -> None:
    aid = await work.change(Aid, request_id, lambda aid: pay(aid, command, work.actor, work.today))
    await work.change(FundAccount, aid.account_id, lambda fund: capture(fund, aid.id))
