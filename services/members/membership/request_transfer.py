"""Ask for a transfer to another basic union:  POST /members/{member_id}/transfer  ->  MemberTransferRequested"""

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from services.members.membership.member import Member, NotAMember
from services.members.organisation.organisation import Organisation, must_hold_members
from services.members.service import service
from shared.events.members.membership import MemberTransferRequested
from shared.kernel.refusal import Conflict
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import MemberId, OrgId
from shared.values.roles import Role


class RequestTransfer(Command):
    to_org: OrgId


class TransferOpen(Conflict):
    """A transfer of this member to {to_org} is open; have it accepted, refused or recalled first.
    该会员转往 {to_org} 的申请尚未办结，请先接收、退回或撤回。"""


class AlreadyThere(Conflict):
    """The membership is in {org_id} already; name another organisation.
    会籍已在 {org_id}，请选择其他组织。"""


def request(
    member: Member, command: RequestTransfer, receiver: Organisation, by: Actor, on: date
) -> Iterator[MemberTransferRequested]:
    match member.status:
        case "active":
            pass
        case "transferring":
            if member.to_org == command.to_org:
                return
            raise TransferOpen(to_org=member.to_org)
        case "new" | "ended":
            raise NotAMember()
        case _:
            assert_never(member.status)
    if command.to_org == member.org_id:
        raise AlreadyThere(org_id=member.org_id)
    must_hold_members(receiver)
    yield MemberTransferRequested(
        member_id=member.id, from_org=member.org_id, to_org=command.to_org, on=on, requested_by=by.id
    )


@service.post("/members/{member_id}/transfer", role=Role.UNION | Role.SELF, org=(Member, "member_id"))
async def post(member_id: MemberId, command: RequestTransfer, work: Work) -> None:
    receiver = await work.state(Organisation, command.to_org)
    await work.change(Member, member_id, lambda member: request(member, command, receiver, work.actor, work.today))
