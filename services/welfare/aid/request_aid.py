"""Ask for aid:  POST /members/{member_id}/aid  ->  AidRequested"""

from collections.abc import Iterator
from datetime import date

from services.welfare.aid.aid import Aid, must_be_member
from services.welfare.hardship.hardship_file import HardshipFile
from services.welfare.service import service
from shared.directory.entries import Membership
from shared.events.welfare.aid import AidRequested
from shared.kernel.refusal import Conflict
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import Id, MemberId, OrgId
from shared.values.money import PositiveFen
from shared.values.roles import Role
from shared.values.words import AidType


class RequestAid(Command):
    org_id: OrgId
    """The member's organisation, whose cadres handle the request."""
    aid_type: AidType
    amount_fen: PositiveFen
    file_id: Id | None = None
    """The hardship file it stands on: the member's own, and open."""


class MemberElsewhere(Conflict):
    """The membership is not in {org_id}; ask in the organisation where it is.
    该会员的会籍不在 {org_id}，请在会籍所在工会提出申请。"""


def request(
    new: Aid,
    command: RequestAid,
    member_id: str,
    membership: Membership | None,
    file: HardshipFile | None,
    by: Actor,
    on: date,
) -> Iterator[AidRequested]:
    if must_be_member(membership) != command.org_id:
        raise MemberElsewhere(org_id=command.org_id)
    if file is not None:
        file.must_carry_aid_of(member_id, on)
    if new.status == "new":
        yield AidRequested(request_id=new.id, member_id=member_id, by=by.id, on=on, **command.model_dump())


@service.post("/members/{member_id}/aid", role=Role.UNION | Role.SELF, org="org_id", sensitive=True)
async def post(member_id: MemberId, command: RequestAid, work: Work) -> None:
    membership = await work.directory.membership(member_id)
    file = await work.change(HardshipFile, command.file_id, lambda _: ()) if command.file_id else None
    await work.change(
        Aid, work.new_id(), lambda new: request(new, command, member_id, membership, file, work.actor, work.today)
    )
