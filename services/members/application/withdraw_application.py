"""Take an application back:  POST /applications/{application_id}/withdrawal  ->  MembershipApplicationWithdrawn"""

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from services.members.application.application import Application, NotSubmitted
from services.members.service import service
from shared.events.members.application import MembershipApplicationWithdrawn
from shared.kernel.work import Work
from shared.values.ids import ApplicationId
from shared.values.roles import Role


def withdraw(application: Application, on: date) -> Iterator[MembershipApplicationWithdrawn]:
    match application.status:
        case "submitted":
            pass
        case "withdrawn":
            return
        case "new" | "approved" | "rejected":
            raise NotSubmitted(status=application.status)
        case _:
            assert_never(application.status)
    yield MembershipApplicationWithdrawn(
        application_id=application.id, member_id=application.member_id, org_id=application.org_id, on=on
    )


@service.post(
    "/applications/{application_id}/withdrawal",
    role=Role.UNION | Role.SELF,
    org=(Application, "application_id"),
    sensitive=True,
)
async def post(application_id: ApplicationId, work: Work) -> None:
    await work.change(Application, application_id, lambda one: withdraw(one, work.today))
