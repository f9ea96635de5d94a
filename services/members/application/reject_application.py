"""Do not admit an applicant:  POST /applications/{application_id}/rejection  ->  MembershipApplicationRejected"""

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from services.members.application.application import Application, NotSubmitted
from services.members.application.approve_application import OwnApplication
from services.members.service import service
from shared.events.members.application import MembershipApplicationRejected
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import ApplicationId
from shared.values.roles import Role
from shared.values.words import ApplicationRejection


class RejectApplication(Command):
    reason_code: ApplicationRejection


def reject(
    application: Application, command: RejectApplication, by: Actor, on: date
) -> Iterator[MembershipApplicationRejected]:
    match application.status:
        case "submitted":
            pass
        case "rejected" if application.reason_code == command.reason_code:
            return
        case "new" | "approved" | "rejected" | "withdrawn":
            raise NotSubmitted(status=application.status)
        case _:
            assert_never(application.status)
    if by.id in (application.member_id, application.entered_by):
        raise OwnApplication()
    yield MembershipApplicationRejected(
        application_id=application.id,
        member_id=application.member_id,
        org_id=application.org_id,
        reason_code=command.reason_code,
        by=by.id,
        on=on,
    )


@service.post(
    "/applications/{application_id}/rejection",
    role=Role.ADMIN | Role.CHAIR,
    org=(Application, "application_id"),
    sensitive=True,
)
async def post(application_id: ApplicationId, command: RejectApplication, work: Work) -> None:
    await work.change(Application, application_id, lambda one: reject(one, command, work.actor, work.today))
