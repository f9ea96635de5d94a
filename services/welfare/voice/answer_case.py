"""Answer a case:  POST /cases/{case_id}/answer  ->  CaseAnswered"""

from collections.abc import Iterator
from datetime import date, timedelta

from services.welfare.service import service
from services.welfare.voice.case import Case, CaseNotInThisState
from services.welfare.voice.case_about import about_of
from services.welfare.voice.case_terms import term_ends, term_of
from shared.events.welfare.voice import CaseAnswered
from shared.kernel.refusal import Forbidden
from shared.kernel.work import Command, Work
from shared.values.ids import Id
from shared.values.roles import Role
from shared.values.voice import CaseOutcome


class AnswerCase(Command):
    outcome_code: CaseOutcome


class NotTheHandler(Forbidden):
    """Only the one to whom the case was given answers it; have it assigned first.
    诉求仅由其经办人答复，请先办理分派。"""


def answer(case: Case, command: AnswerCase, rating_days: int, by: str, on: date) -> Iterator[CaseAnswered]:
    """`rating_days`: working days in which the answer may be rated."""
    match case.status:
        case "answered" if (case.handler, case.outcome) == (by, command.outcome_code):
            return
        case "assigned":
            pass
        case _:
            raise CaseNotInThisState(status=case.status)
    if by != case.handler:
        raise NotTheHandler()
    yield CaseAnswered(
        case_id=case.id,
        org_id=case.org_id,
        handler_id=by,
        outcome_code=command.outcome_code,
        on_time=on <= case.due_on,
        round=case.round,
        opened_on=case.opened_on,
        on=on,
        unrated_from=term_ends(on, rating_days) + timedelta(days=1),
    )


@service.post("/cases/{case_id}/answer", role=Role.UNION, org=(Case, "case_id"), sensitive=True)
async def post(case_id: Id, command: AnswerCase, work: Work) -> None:
    await about_of(case_id, work)
    here = await work.state(Case, case_id)
    days = await term_of(here.org_id, "rating", work)
    await work.change(Case, case_id, lambda case: answer(case, command, days, work.actor.id, work.today))
