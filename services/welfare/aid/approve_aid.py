"""Approve aid a second time:  POST /aid/{request_id}/approval  ->  AidGranted, FundReserved"""

from collections.abc import Iterator
from datetime import date

from services.welfare.aid.aid import Aid, NotInThisState, must_be_member
from services.welfare.fund.fund_account import FundAccount, reserve
from services.welfare.service import service
from shared.directory.entries import Membership
from shared.events.welfare.aid import AidGranted
from shared.kernel.refusal import Conflict
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import AidId
from shared.values.money import PositiveFen
from shared.values.roles import Role


class ApproveAid(Command):
    amount_fen: PositiveFen


class MoreThanAsked(Conflict):
    """A grant never exceeds what was asked, {asked} fen; approve that much or less.
    批准金额不能超过申请金额 {asked} 分，请调减。"""


def approve(aid: Aid, command: ApproveAid, membership: Membership | None, by: Actor, on: date) -> Iterator[AidGranted]:
    match aid.status:
        case "granted" if (aid.granted, aid.did("approval")) == (command.amount_fen, by.id):
            return
        case "reviewed":
            pass
        case _:
            raise NotInThisState(status=aid.status)
    aid.must_be_other_hands(by, "approval")
    must_be_member(membership)
    if command.amount_fen > aid.asked:
        raise MoreThanAsked(asked=aid.asked)
    yield AidGranted(
        request_id=aid.id,
        member_id=aid.member_id,
        org_id=aid.org_id,
        account_id=aid.account_id,
        fund_org_id=aid.fund_org_id,
        amount_fen=command.amount_fen,
        approvals=(aid.did("review"), by.id),
        on=on,
    )


@service.post("/aid/{request_id}/approval", role=Role.SECOND_APPROVER, org=(Aid, "request_id"), sensitive=True)
async def post(request_id: AidId, command: ApproveAid, work: Work) -> None:
    asked = await work.state(Aid, request_id)
    membership = await work.directory.membership(asked.member_id)
    aid = await work.change(Aid, request_id, lambda aid: approve(aid, command, membership, work.actor, work.today))
    await work.change(FundAccount, aid.account_id, lambda fund: reserve(fund, aid.id, aid.granted))
