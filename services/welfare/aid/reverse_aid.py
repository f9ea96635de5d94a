"""Take granted aid back:  POST /aid/{request_id}/reversal  ->  AidReversed, FundReleased | FundReturned

It no longer counts towards the member's limit of the year in which it was granted: YearlyAllowanceFreed.
"""

from collections.abc import Iterator
from datetime import date

from services.welfare.aid.aid import Aid, NotInThisState, SameHands
from services.welfare.fund.fund_account import FundAccount, give_back
from services.welfare.policy.allowance import Allowance, allowance_id, free
from services.welfare.service import service
from shared.events.welfare.aid import AidReversed
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import AidId
from shared.values.roles import Role
from shared.values.words import AidReversal


class ReverseAid(Command):
    reason_code: AidReversal
    """Of paid aid: once the money has been recovered."""


def reverse(aid: Aid, command: ReverseAid, by: Actor, on: date) -> Iterator[AidReversed]:
    match aid.status:
        case "reversed" if aid.reason == command.reason_code:
            return
        case "granted" | "failed" | "paid":
            pass
        case _:
            raise NotInThisState(status=aid.status)
    if by.id in (aid.member_id, aid.did("request")):
        raise SameHands()
    yield AidReversed(
        request_id=aid.id,
        member_id=aid.member_id,
        org_id=aid.org_id,
        account_id=aid.account_id,
        fund_org_id=aid.fund_org_id,
        amount_fen=aid.granted,
        was_paid=aid.status == "paid",
        reason_code=command.reason_code,
        on=on,
    )


@service.post("/aid/{request_id}/reversal", role=Role.SECOND_APPROVER, org=(Aid, "request_id"), sensitive=True)
async def post(request_id: AidId, command: ReverseAid, work: Work) -> None:
    aid = await work.change(Aid, request_id, lambda aid: reverse(aid, command, work.actor, work.today))
    await work.change(FundAccount, aid.account_id, lambda fund: give_back(fund, aid.id))
    allowance = allowance_id(aid.member_id, aid.aid_type, aid.granted_on or work.today)
    await work.change(Allowance, allowance, lambda one: free(one, aid.id))
