"""Send a transfer back:  POST /members/{member_id}/transfer/refusal  ->  MemberTransferRefused"""

from collections.abc import Iterator
from typing import Literal

from services.members.membership.member import Member, NoSuchTransfer
from services.members.organisation.organisation import Organisation
from services.members.service import service
from shared.events.members.membership import MemberTransferRefused
from shared.kernel.work import Command, Work
from shared.values.ids import MemberId, OrgId
from shared.values.roles import Role


class RefuseTransfer(Command):
    to_org: OrgId
    """The receiver, in whose name it is refused."""
    reason_code: Literal["not_employed_here", "papers_missing"]


def refuse(member: Member, command: RefuseTransfer) -> Iterator[MemberTransferRefused]:
    if member.status == "active" and member.refused == (command.to_org, command.reason_code):
        return
    if member.status != "transferring" or member.to_org != command.to_org:
        raise NoSuchTransfer(to_org=command.to_org)
    yield MemberTransferRefused(
        member_id=member.id, from_org=member.org_id, to_org=command.to_org, reason_code=command.reason_code
    )


@service.post("/members/{member_id}/transfer/refusal", role=Role.ADMIN | Role.CHAIR, org=(Organisation, "to_org"))
async def post(member_id: MemberId, command: RefuseTransfer, work: Work) -> None:
    await work.change(Member, member_id, lambda member: refuse(member, command))
