"""Give a case to somebody to handle:  POST /cases/{case_id}/assignment  ->  CaseAssigned"""

from collections.abc import Iterator
from datetime import date

from services.welfare.service import service
from services.welfare.voice.case import Case, CaseNotInThisState
from services.welfare.voice.case_about import CaseAbout, about_of
from shared.events.welfare.voice import CaseAssigned
from shared.kernel.refusal import Conflict
from shared.kernel.work import Command, Work
from shared.values.ids import ActorId, Id
from shared.values.roles import Role


class AssignCase(Command):
    handler_id: ActorId
    """One who works for the union there; to have it handled elsewhere, transfer the case."""


class WorksElsewhere(Conflict):
    """{handler_id} has no office in {org_id}; name somebody who has, or transfer the case.
    {handler_id} 在 {org_id} 没有工会职务，请另行指定或转办。"""


class HadItBefore(Conflict):
    """The answer of {handler_id} did not satisfy; a case that was reopened goes to somebody else.
    {handler_id} 的答复未获满意，重办须由他人办理。"""


def assign(case: Case, command: AssignCase, about: CaseAbout, in_office: bool, on: date) -> Iterator[CaseAssigned]:
    """`in_office`: whether the handler works for the union where the case is."""
    match case.status:
        case "assigned" if case.handler == command.handler_id:
            return
        case "opened" | "assigned" | "reopened":
            pass
        case _:
            raise CaseNotInThisState(status=case.status)
    about.must_not_handle(command.handler_id)
    if command.handler_id == case.former:
        raise HadItBefore(handler_id=command.handler_id)
    if not in_office:
        raise WorksElsewhere(handler_id=command.handler_id, org_id=case.org_id)
    yield CaseAssigned(
        case_id=case.id,
        handler_org=case.org_id,
        handler_id=command.handler_id,
        round=case.round,
        due_on=case.due_on,
        on=on,
    )


@service.post("/cases/{case_id}/assignment", role=Role.ADMIN | Role.CHAIR, org=(Case, "case_id"), sensitive=True)
async def post(case_id: Id, command: AssignCase, work: Work) -> None:
    about = await about_of(case_id, work)
    here = await work.state(Case, case_id)
    in_office = work.directory.may(command.handler_id, Role.UNION, work.directory.path(here.org_id), work.today)
    await work.change(Case, case_id, lambda case: assign(case, command, about, in_office, work.today))
