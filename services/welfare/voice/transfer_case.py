"""Hand a case on to another organisation:  POST /cases/{case_id}/transfer  ->  CaseTransferred"""

from collections.abc import Iterator
from datetime import date

from services.welfare.service import service
from services.welfare.voice.case import Case, CaseNotInThisState
from services.welfare.voice.case_about import about_of
from shared.events.welfare.voice import CaseTransferred
from shared.kernel.authority import OrganisationUnknownHere
from shared.kernel.work import Command, Work
from shared.values.ids import Id, OrgId
from shared.values.roles import Role


class TransferCase(Command):
    to_org: OrgId


def transfer(case: Case, command: TransferCase, on: date) -> Iterator[CaseTransferred]:
    """The first to receive it answers for its time 首问负责: handing it on wins none."""
    match case.status:
        case "opened" | "assigned" | "reopened":
            pass
        case _:
            raise CaseNotInThisState(status=case.status)
    if command.to_org == case.org_id:
        return
    yield CaseTransferred(
        case_id=case.id,
        from_org=case.org_id,
        to_org=command.to_org,
        round=case.round,
        opened_on=case.opened_on,
        due_on=case.due_on,
        on=on,
    )


@service.post("/cases/{case_id}/transfer", role=Role.ADMIN | Role.CHAIR, org=(Case, "case_id"), sensitive=True)
async def post(case_id: Id, command: TransferCase, work: Work) -> None:
    await about_of(case_id, work)
    if work.directory.path(command.to_org) is None:
        raise OrganisationUnknownHere(org_id=command.to_org)
    await work.change(Case, case_id, lambda case: transfer(case, command, work.today))
