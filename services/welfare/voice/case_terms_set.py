"""Which terms organisations have set for cases:  GET /case-terms"""

from dataclasses import dataclass
from datetime import date

from services.welfare.service import service
from shared.events.welfare.voice import CaseTermSet
from shared.kernel.work import Work
from shared.values.ids import OrgId
from shared.values.paging import After, PageSize
from shared.values.roles import Role
from shared.values.voice import CaseTerm


@dataclass(frozen=True)
class CaseTermsSet:
    id: str
    org_id: str
    term: CaseTerm
    valid_from: date
    working_days: int


def _key(event: CaseTermSet) -> str:
    return f"{event.org_id}:{event.term}:{event.valid_from}"


@service.view(CaseTermsSet, key=_key, indexes=["org_id"])
def case_terms_set(row: CaseTermsSet | None, event: CaseTermSet) -> CaseTermsSet:
    return CaseTermsSet(_key(event), event.org_id, event.term, event.valid_from, event.working_days)


@service.get("/case-terms", role=Role.UNION | Role.FUND_AUDIT, org=CaseTermsSet)
async def get(
    work: Work, org_id: OrgId | None = None, limit: PageSize = 100, after: After | None = None
) -> list[CaseTermsSet]:
    return await work.find(CaseTermsSet, {"org_id": org_id} if org_id else {}, limit=limit, after=after)
