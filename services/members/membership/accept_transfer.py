"""Receive a member from another union:  POST /members/{member_id}/transfer/acceptance  ->  MemberTransferred"""

from collections.abc import Iterator
from datetime import date

from services.members.membership.member import Member, NoSuchTransfer
from services.members.organisation.organisation import Organisation
from services.members.service import service
from shared.events.members.membership import MemberTransferred
from shared.kernel.refusal import Forbidden
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import MemberId, OrgId
from shared.values.roles import Role


class AcceptTransfer(Command):
    to_org: OrgId
    """The receiver, in whose name it is accepted."""


class OwnTransfer(Forbidden):
    """Nobody accepts one's own transfer; ask another officer of the receiving organisation.
    不能接收本人的转会，请由接收方工会其他负责人办理。"""


class RequestedByYou(Forbidden):
    """Whoever requested a transfer does not accept it; ask another officer of the receiving organisation.
    提出转会申请的人不能接收，请由接收方工会其他负责人办理。"""


def accept(member: Member, command: AcceptTransfer, by: Actor, on: date) -> Iterator[MemberTransferred]:
    """One event moves the membership: at no instant is it in both organisations or in none (INV-M2)."""
    if by.id == member.id:
        raise OwnTransfer()
    if member.status == "active" and member.org_id == command.to_org:
        return
    if member.status != "transferring" or member.to_org != command.to_org:
        raise NoSuchTransfer(to_org=command.to_org)
    if by.id == member.requested_by:
        raise RequestedByYou()
    yield MemberTransferred(
        member_id=member.id,
        from_org=member.org_id,
        to_org=command.to_org,
        effective_on=on,
        membership_seq=member.seq,
    )


@service.post("/members/{member_id}/transfer/acceptance", role=Role.ADMIN | Role.CHAIR, org=(Organisation, "to_org"))
async def post(member_id: MemberId, command: AcceptTransfer, work: Work) -> None:
    await work.change(Member, member_id, lambda member: accept(member, command, work.actor, work.today))
