"""End a membership:  POST /members/{member_id}/end  ->  MembershipEnded"""

from collections.abc import Iterator
from datetime import date
from typing import Literal, assert_never

from services.members.membership.member import Member, NotAMember
from services.members.service import service
from shared.events.members.membership import MembershipEnded
from shared.kernel.refusal import Conflict
from shared.kernel.work import Command, Work
from shared.values.ids import MemberId
from shared.values.roles import Role


class EndMembership(Command):
    reason: Literal["resigned", "expelled", "deceased"]
    """Not `lapsed`: that takes arrears, counselling and a decision of the committee (INV-M5)."""


class EndedOtherwise(Conflict):
    """The membership ended already, for the reason {reason}, which stands; whoever comes back is admitted anew.
    会籍已因 {reason} 终止，终止原因不再更改；该人员如再次入会，请重新办理入会。"""


def end(member: Member, command: EndMembership, on: date) -> Iterator[MembershipEnded]:
    match member.status:
        case "active" | "transferring":
            yield MembershipEnded(
                member_id=member.id, org_id=member.org_id, reason=command.reason, on=on, membership_seq=member.seq
            )
        case "ended":
            if command.reason != member.end_reason:
                raise EndedOtherwise(reason=member.end_reason)
        case "new":
            raise NotAMember()
        case _:
            assert_never(member.status)


@service.post("/members/{member_id}/end", role=Role.ADMIN | Role.CHAIR, org=(Member, "member_id"), sensitive=True)
async def post(member_id: MemberId, command: EndMembership, work: Work) -> None:
    await work.change(Member, member_id, lambda member: end(member, command, work.today))
