"""Admit an applicant:  POST /applications/{application_id}/approval  ->  MembershipApplicationApproved, MemberJoined

The officer gives the ID number as it stands on the card: by it the person is known in the whole group (INV-M1, INV-M9).
"""

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from pydantic import Field

from services.members.application.application import Application, NotSubmitted
from services.members.membership.join_member import admit, must_fit_the_day
from services.members.membership.member import Eligibility, Member
from services.members.organisation.organisation import Organisation
from services.members.service import service
from shared.events.members.application import MembershipApplicationApproved
from shared.events.members.membership import MemberJoined
from shared.kernel.refusal import Conflict, Forbidden
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import ApplicationId
from shared.values.person import IdNumber
from shared.values.roles import Role


class ApproveApplication(Command):
    id_number: IdNumber = Field(repr=False)
    """As the officer has read it from the identity card."""


class OwnApplication(Forbidden):
    """Nobody approves one's own application, or one that oneself has entered; ask another officer.
    不能审批本人的入会申请或本人代录的申请，请由其他负责人办理。"""


class KnownOtherwise(Conflict):
    """This person is known in the group already, from an earlier membership; admit the person directly, or transfer.
    该人员在集团内已有会籍记录，请直接办理入会或会籍接转。"""


def approve(application: Application, by: Actor, on: date) -> Iterator[MembershipApplicationApproved]:
    match application.status:
        case "submitted":
            pass
        case "approved":
            return
        case "new" | "rejected" | "withdrawn":
            raise NotSubmitted(status=application.status)
        case _:
            assert_never(application.status)
    if by.id in (application.member_id, application.entered_by):
        raise OwnApplication()
    yield MembershipApplicationApproved(
        application_id=application.id,
        member_id=application.member_id,
        org_id=application.org_id,
        approved_by=by.id,
        on=on,
    )


def joined(
    member: Member, card: ApproveApplication, worker: Eligibility, organisation: Organisation, on: date
) -> Iterator[MemberJoined]:
    must_fit_the_day(card.id_number, on, on)
    yield from admit(member, worker, organisation, on, on)


@service.post(
    "/applications/{application_id}/approval",
    role=Role.ADMIN | Role.CHAIR,
    org=(Application, "application_id"),
    sensitive=True,
)
async def post(application_id: ApplicationId, command: ApproveApplication, work: Work) -> None:
    before = await work.state(Application, application_id)
    await work.change(Application, application_id, lambda one: approve(one, work.actor, work.today))
    if before.status == "approved" or before.eligibility is None:
        return
    worker = before.eligibility
    person = f"person:{work.vault.fingerprint(command.id_number)}"
    if await work.reserve(person, before.member_id) != before.member_id:
        raise KnownOtherwise()
    organisation = await work.state(Organisation, before.org_id)
    await work.change(
        Member, before.member_id, lambda member: joined(member, command, worker, organisation, work.today)
    )
    await work.vault.store(work, before.member_id, {"id_number": str(command.id_number)})
