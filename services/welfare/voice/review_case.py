"""Close a case that did not satisfy twice, after looking into it:  POST /cases/{case_id}/review  ->  CaseClosed"""

from collections.abc import Iterator
from datetime import date

from services.welfare.service import service
from services.welfare.voice.case import Case, CaseNotInThisState
from services.welfare.voice.case_about import about_of
from services.welfare.voice.rate_case import closed
from shared.events.welfare.voice import CaseClosed
from shared.kernel.refusal import Forbidden
from shared.kernel.work import Work
from shared.values.ids import Id
from shared.values.roles import Role


class OwnAnswer(Forbidden):
    """Whoever handled the case does not review it; leave that to somebody else.
    经办过该诉求的人员不能复核，请由他人复核。"""


def review(case: Case, by: str, on: date) -> Iterator[CaseClosed]:
    match case.status:
        case "closed" if case.basis == "reviewed":
            return
        case "in_review":
            pass
        case _:
            raise CaseNotInThisState(status=case.status)
    if by in (case.handler, case.former, case.member_id):
        raise OwnAnswer()
    yield closed(case, "reviewed", on)


@service.post("/cases/{case_id}/review", role=Role.ADMIN, org=(Case, "case_id"), sensitive=True)
async def post(case_id: Id, work: Work) -> None:
    await about_of(case_id, work)
    await work.change(Case, case_id, lambda case: review(case, work.actor.id, work.today))
