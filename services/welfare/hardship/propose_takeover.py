"""Take over a file that runs elsewhere:  POST /members/{member_id}/hardship-takeover  ->  HardshipTakeoverProposed"""

from collections.abc import Iterator
from datetime import date

from services.welfare.aid.aid import must_be_member
from services.welfare.aid.request_aid import MemberElsewhere
from services.welfare.hardship.claim import claim_for
from services.welfare.hardship.hardship_file import HardshipFile
from services.welfare.hardship.open_file import REVIEWED_WITHIN
from services.welfare.service import service
from shared.directory.entries import Membership
from shared.events.welfare.hardship import HardshipTakeoverProposed
from shared.kernel.refusal import Invalid
from shared.kernel.work import Actor, Command, Work
from shared.values.hardship import HardshipClass
from shared.values.ids import Id, MemberId, OrgId
from shared.values.roles import Role


class ProposeTakeover(Command):
    org_id: OrgId
    hardship_class: HardshipClass
    opened_on: date
    review_due_on: date
    household_id: Id | None = None


class DatesDisagree(Invalid):
    """A file that runs was opened today or before, and its review is due later than that; of {opened_on} and
    {review_due_on} one is wrong, correct it.
    在档档案的建档日期 {opened_on} 不得晚于今日，复核日期 {review_due_on} 应晚于建档日期，请更正。"""


class ReviewTooLate(Invalid):
    """A file is reviewed within a year, so here on {latest} at the latest and not on {review_due_on}; correct the day.
    档案须每年复核，复核日期最迟为 {latest}，不能为 {review_due_on}，请更正。"""


def propose(
    new: HardshipFile,
    command: ProposeTakeover,
    member_id: str,
    household_id: str,
    membership: Membership | None,
    by: Actor,
    on: date,
) -> Iterator[HardshipTakeoverProposed]:
    if must_be_member(membership) != command.org_id:
        raise MemberElsewhere(org_id=command.org_id)
    if not command.opened_on <= on or command.review_due_on <= command.opened_on:
        raise DatesDisagree(opened_on=str(command.opened_on), review_due_on=str(command.review_due_on))
    if command.review_due_on > (latest := on + REVIEWED_WITHIN):
        raise ReviewTooLate(latest=latest.isoformat(), review_due_on=command.review_due_on.isoformat())
    if new.status == "new":
        yield HardshipTakeoverProposed(
            file_id=new.id,
            member_id=member_id,
            org_id=command.org_id,
            household_id=household_id,
            hardship_class=command.hardship_class,
            opened_on=command.opened_on,
            review_due_on=command.review_due_on,
            by=by.id,
            on=on,
        )


@service.post("/members/{member_id}/hardship-takeover", role=Role.UNION, org="org_id", sensitive=True)
async def post(member_id: MemberId, command: ProposeTakeover, work: Work) -> None:
    membership = await work.directory.membership(member_id)
    file_id, random = work.new_id(), work.new_id()
    household_id = command.household_id or random
    file = await work.change(
        HardshipFile,
        file_id,
        lambda new: propose(new, command, member_id, household_id, membership, work.actor, work.today),
    )
    await claim_for(file, work)
