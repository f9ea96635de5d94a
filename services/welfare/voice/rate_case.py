"""Rate an answer:  POST /cases/{case_id}/rating  ->  CaseRated, CaseClosed | CaseReopened | nothing more

An answer that does not satisfy reopens the case, once; a second one is looked into by the level above (`review_case`).
"""

from collections.abc import Iterator
from datetime import date

from services.welfare.service import service
from services.welfare.voice.case import Case, CaseNotInThisState
from services.welfare.voice.case_terms import term_ends, term_of
from shared.events.welfare.voice import CaseClosed, CaseRated, CaseReopened
from shared.kernel.work import Command, Work
from shared.values.ids import Id
from shared.values.roles import Role
from shared.values.voice import SATISFIED_FROM, CaseClosing, Stars


class RateCase(Command):
    stars: Stars


def rate(case: Case, command: RateCase, days: int, on: date) -> Iterator[CaseRated | CaseClosed | CaseReopened]:
    """`days`: the working days that the case may take if it is reopened."""
    match case.status:
        case "closed" | "reopened" | "in_review" if case.stars == command.stars:
            return
        case "answered":
            pass
        case _:
            raise CaseNotInThisState(status=case.status)
    satisfied = command.stars >= SATISFIED_FROM
    yield _rated(case, command.stars, satisfied, on)
    if satisfied:
        yield closed(case, "satisfied", on)
    elif case.round == 1:
        yield _reopened(case, days, on)


def _rated(case: Case, stars: int, satisfied: bool, on: date) -> CaseRated:
    return CaseRated(
        case_id=case.id,
        org_id=case.org_id,
        member_id=case.member_id,
        stars=stars,
        satisfied=satisfied,
        round=case.round,
        opened_on=case.opened_on,
        on=on,
    )


def _reopened(case: Case, days: int, on: date) -> CaseReopened:
    due_on = term_ends(on, days)
    return CaseReopened(
        case_id=case.id,
        org_id=case.org_id,
        former_handler_id=case.handler,
        opened_on=case.opened_on,
        due_on=due_on,
        escalates_on=term_ends(due_on, 1),
        on=on,
    )


def closed(case: Case, basis: CaseClosing, on: date) -> CaseClosed:
    return CaseClosed(
        case_id=case.id, org_id=case.org_id, basis=basis, outcome_code=case.outcome, opened_on=case.opened_on, on=on
    )


@service.post("/cases/{case_id}/rating", role=Role.SELF, org=(Case, "case_id"), sensitive=True)
async def post(case_id: Id, command: RateCase, work: Work) -> None:
    here = await work.state(Case, case_id)
    days = await term_of(here.org_id, here.urgency, work)
    await work.change(Case, case_id, lambda case: rate(case, command, days, work.today))
