"""Apply for membership:  POST /applications  ·  POST /members/{member_id}/application  ->  MembershipApplied

Entered by a cadre, or by the worker under the pseudonym of its own login, which becomes the member's. The person is
reserved on approval only, when an officer has seen the identity card: who could reserve by typing a number could keep
another person out of the union, or become that person. Of one who was a member before, the vault keeps what officers
have seen; what the form says changes none of it.
"""

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from services.members.application.application import Application, own_application
from services.members.membership.join_member import AlreadyMember, PersonForm
from services.members.membership.member import Member
from services.members.organisation.organisation import Organisation, must_hold_members
from services.members.service import service
from shared.events.members.application import MembershipApplied
from shared.kernel.refusal import Conflict
from shared.kernel.work import Actor, Work
from shared.values.ids import MemberId
from shared.values.roles import Role
from shared.values.words import ApplicationChannel


class Apply(PersonForm):
    """What the form 入会申请书 says."""


class AppliedElsewhere(Conflict):
    """Your application to {org_id} waits for a decision; withdraw it first.
    您向 {org_id} 提出的入会申请尚待审批，请先撤回。"""


def apply(
    application: Application, command: Apply, member: Member, organisation: Organisation, by: Actor, on: date
) -> Iterator[MembershipApplied]:
    match application.status:
        case "new" | "approved" | "rejected" | "withdrawn":
            pass
        case "submitted":
            if (application.org_id, application.eligibility) == (command.org_id, command.eligibility):
                return
            raise AppliedElsewhere(org_id=application.org_id)
        case _:
            assert_never(application.status)
    if member.status in ("active", "transferring"):
        raise AlreadyMember(org_id=member.org_id)
    must_hold_members(organisation)
    channel: ApplicationChannel = "self" if by.id == member.id else "cadre"
    yield MembershipApplied(
        application_id=application.id,
        member_id=member.id,
        org_id=organisation.id,
        channel=channel,
        entered_by=by.id,
        worker_type=command.worker_type,
        frontline=command.frontline,
        on=on,
        trade_code=command.trade_code,
        skill_grade=command.skill_grade,
    )


@service.post("/applications", role=Role.UNION, org=(Organisation, "org_id"), sensitive=True)
async def post(command: Apply, work: Work) -> None:
    await _applied(work.new_id(), work.new_id(), command, work)


@service.post("/members/{member_id}/application", role=Role.SELF, org=None, sensitive=True)
async def post_own(member_id: MemberId, command: Apply, work: Work) -> None:
    await _applied(own_application(member_id), member_id, command, work)


async def _applied(application_id: str, member_id: str, command: Apply, work: Work) -> None:
    organisation = await work.state(Organisation, command.org_id)
    member = await work.change(Member, member_id, lambda _: ())  # not from memory: it decides what is kept
    await work.change(
        Application, application_id, lambda one: apply(one, command, member, organisation, work.actor, work.today)
    )
    if member.status == "new":
        await work.vault.store(work, member_id, command.personal())
