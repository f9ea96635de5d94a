"""Approve aid a second time:  POST /aid/{request_id}/approval  ->  AidGranted, YearlyAllowanceUsed, FundReserved"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.welfare.aid.aid import Aid, NotInThisState, must_be_member
from services.welfare.fund.fund_account import FundAccount, reserve
from services.welfare.hardship.hardship_file import HardshipFile
from services.welfare.policy.allowance import Allowance, allowance_id, use
from services.welfare.policy.policy_limits import Limit, limit_of, needed_limit
from services.welfare.service import service
from shared.directory.entries import Membership
from shared.events.welfare.aid import AidGranted
from shared.kernel.refusal import Conflict, Forbidden
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import AidId
from shared.values.money import PositiveFen
from shared.values.roles import Role


class ApproveAid(Command):
    amount_fen: PositiveFen


class MoreThanAsked(Conflict):
    """A grant never exceeds what was asked, {asked} fen; approve that much or less.
    批准金额不能超过申请金额 {asked} 分，请调减。"""


class ForTheGroup(Forbidden):
    """Above {above} fen the second approval is the group administrator's (INV-W3).
    超过 {above} 分的救助须由集团工会管理员复审批准。"""


@dataclass(frozen=True)
class Terms:
    """What a grant is measured by on the day of the decision (INV-W5)."""

    limit: Limit
    """Of this kind of aid, for a member and year."""
    group_above: Limit | None = None
    """Above it the second approver is of the group; None: nowhere."""
    by_group: bool = False
    """Whether the approver is."""
    file: HardshipFile | None = None
    """The hardship file it stands on, if it names one."""


def approve(
    aid: Aid, command: ApproveAid, membership: Membership | None, terms: Terms, by: Actor, on: date
) -> Iterator[AidGranted]:
    match aid.status:
        case "granted" if (aid.granted, aid.did("approval")) == (command.amount_fen, by.id):
            return
        case "reviewed":
            pass
        case _:
            raise NotInThisState(status=aid.status)
    aid.must_be_other_hands(by, "approval")
    must_be_member(membership)
    if terms.file is not None:
        terms.file.must_carry_aid_of(aid.member_id, on)
    if command.amount_fen > aid.asked:
        raise MoreThanAsked(asked=aid.asked)
    if terms.group_above and command.amount_fen > terms.group_above.cap_fen and not terms.by_group:
        raise ForTheGroup(above=terms.group_above.cap_fen)
    yield AidGranted(
        request_id=aid.id,
        member_id=aid.member_id,
        org_id=aid.org_id,
        account_id=aid.account_id,
        fund_org_id=aid.fund_org_id,
        amount_fen=command.amount_fen,
        approvals=(aid.did("review"), by.id),
        on=on,
        limit_ref=terms.limit.id,
    )


@service.post("/aid/{request_id}/approval", role=Role.SECOND_APPROVER, org=(Aid, "request_id"), sensitive=True)
async def post(request_id: AidId, command: ApproveAid, work: Work) -> None:
    """The allowance of member, kind and year is a stream, so the cap holds under any concurrency (INV-W7)."""
    asked = await work.state(Aid, request_id)
    membership = await work.directory.membership(asked.member_id)
    terms = await terms_of(asked, work)
    aid = await work.change(
        Aid, request_id, lambda aid: approve(aid, command, membership, terms, work.actor, work.today)
    )
    allowance = allowance_id(aid.member_id, aid.aid_type, aid.granted_on or work.today)
    await work.change(Allowance, allowance, lambda one: use(one, aid.id, aid.org_id, aid.granted, terms.limit))
    await work.change(FundAccount, aid.account_id, lambda fund: reserve(fund, aid.id, aid.granted))


async def terms_of(aid: Aid, work: Work) -> Terms:
    path = work.directory.path(aid.org_id)
    return Terms(
        limit=await needed_limit(aid.aid_type, aid.org_id, work.today, work),
        group_above=await limit_of("group_approval", aid.org_id, work.today, work),
        by_group=work.directory.may(work.actor.id, Role.GROUP_ADMIN, path, work.today),
        file=await work.change(HardshipFile, aid.file_id, lambda _: ()) if aid.file_id else None,
    )
