"""Set how many working days cases may take:  POST /case-terms  ->  CaseTermSet"""

from collections.abc import Iterator
from datetime import date

from services.welfare.service import service
from services.welfare.voice.case_terms import CaseTerms
from shared.events.welfare.voice import CaseTermSet
from shared.kernel.refusal import Invalid
from shared.kernel.work import Command, Work
from shared.values.ids import OrgId
from shared.values.roles import Role
from shared.values.voice import CaseTerm, Workdays


class SetCaseTerm(Command):
    org_id: OrgId
    """Holds here and below, unless something nearer is set."""
    term: CaseTerm
    working_days: Workdays
    valid_from: date


class TermStartsInPast(Invalid):
    """The day {valid_from} has passed, and cases were opened under what held then; name today or a later day.
    生效日期 {valid_from} 已过，当日已按原时限受理诉求，请填写今天或以后的日期。"""


def set_term(terms: CaseTerms, command: SetCaseTerm, on: date) -> Iterator[CaseTermSet]:
    if terms.on(command.term, command.valid_from) == command.working_days:
        return
    if command.valid_from < on:
        raise TermStartsInPast(valid_from=command.valid_from.isoformat())
    yield CaseTermSet(**command.model_dump())


@service.post("/case-terms", role=Role.ADMIN, org="org_id", sensitive=True)
async def post(command: SetCaseTerm, work: Work) -> None:
    await work.change(CaseTerms, command.org_id, lambda terms: set_term(terms, command, work.today))
