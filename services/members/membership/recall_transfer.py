"""Take a request for transfer back:  POST /members/{member_id}/transfer/recall  ->  MemberTransferRefused (recalled)"""

from collections.abc import Iterator

from services.members.membership.member import Member
from services.members.service import service
from shared.events.members.membership import MemberTransferRefused
from shared.kernel.work import Work
from shared.values.ids import MemberId
from shared.values.roles import Role


def recall(member: Member) -> Iterator[MemberTransferRefused]:
    """Nothing if no transfer is open: there is nothing to take back."""
    if member.status == "transferring" and member.to_org is not None:
        yield MemberTransferRefused(
            member_id=member.id, from_org=member.org_id, to_org=member.to_org, reason_code="recalled"
        )


@service.post("/members/{member_id}/transfer/recall", role=Role.UNION | Role.SELF, org=(Member, "member_id"))
async def post(member_id: MemberId, work: Work) -> None:
    await work.change(Member, member_id, recall)
