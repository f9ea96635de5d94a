"""Apply for a hardship file:  POST /members/{member_id}/hardship  ->  HardshipApplied, HardshipClaimed"""

from collections.abc import Iterator
from datetime import date

from services.welfare.aid.aid import must_be_member
from services.welfare.aid.request_aid import MemberElsewhere
from services.welfare.hardship.claim import claim_for
from services.welfare.hardship.hardship_file import HardshipFile
from services.welfare.service import service
from shared.directory.entries import Membership
from shared.events.welfare.hardship import HardshipApplied
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import Id, MemberId, OrgId
from shared.values.roles import Role


class ApplyForFile(Command):
    org_id: OrgId
    """The member's organisation."""
    household_id: Id | None = None
    """Of a household that is known already; a new one gets a random id."""


def apply_for(
    new: HardshipFile,
    command: ApplyForFile,
    member_id: str,
    household_id: str,
    membership: Membership | None,
    by: Actor,
    on: date,
) -> Iterator[HardshipApplied]:
    if must_be_member(membership) != command.org_id:
        raise MemberElsewhere(org_id=command.org_id)
    if new.status == "new":
        yield HardshipApplied(
            file_id=new.id, member_id=member_id, org_id=command.org_id, household_id=household_id, by=by.id, on=on
        )


@service.post("/members/{member_id}/hardship", role=Role.UNION | Role.SELF, org="org_id", sensitive=True)
async def post(member_id: MemberId, command: ApplyForFile, work: Work) -> None:
    membership = await work.directory.membership(member_id)
    file_id, random = work.new_id(), work.new_id()
    household_id = command.household_id or random
    file = await work.change(
        HardshipFile,
        file_id,
        lambda new: apply_for(new, command, member_id, household_id, membership, work.actor, work.today),
    )
    await claim_for(file, work)
