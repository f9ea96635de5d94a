"""A case is overdue 超期:  working days after it was due  ->  CaseOverdue, one level further up each time"""

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType

from services.welfare.service import service
from services.welfare.voice.case import Case
from services.welfare.voice.case_card import CaseCard
from services.welfare.voice.case_terms import term_ends, upwards
from shared.events.welfare.voice import CaseOverdue
from shared.kernel.authority import OrganisationUnknownHere
from shared.kernel.work import Work
from shared.values.org_path import OrgPath

DAYS: Mapping[int, int] = MappingProxyType({1: 1, 2: 3, 3: 5})
"""Working days after the due date at which each level is told: the organisation itself, the one above it, the group.
Our rule."""


def escalate(case: Case, path: OrgPath, due: date) -> Iterator[CaseOverdue]:
    """Nothing if it was answered in the meantime, or this level has been told."""
    if case.status not in ("opened", "assigned", "reopened") or case.escalates_on != due:
        return
    level = case.level + 1
    further = DAYS.get(level + 1)
    yield CaseOverdue(
        case_id=case.id,
        org_id=case.org_id,
        level=level,
        to_org=_told(upwards(path), level),
        days=DAYS[level],
        due_on=case.due_on,
        opened_on=case.opened_on,
        on=due,
        escalates_on=term_ends(case.due_on, further) if further else None,
    )


def _told(organisations: list[str], level: int) -> str:
    """Nearest first; the group is the last, and whoever has nobody above is told itself."""
    return organisations[-1] if level == max(DAYS) else organisations[min(level, len(organisations)) - 1]


@service.timer(CaseCard, due="escalates_on")
async def escalate_case(row: CaseCard, due: date, work: Work) -> None:
    here = await work.state(Case, row.id)
    path = work.directory.path(here.org_id)
    if path is None:
        raise OrganisationUnknownHere(org_id=here.org_id)
    await work.change(Case, row.id, lambda case: escalate(case, path, due))
