"""K18, K19: answering, punctuality, satisfaction, reopening 办结率·按时率·满意率·重办率:  GET /kpi/cases

Each case counts in the month in which it was opened, where it was when the counted thing happened:
answering      `answered / opened`   answered at least once; a case handed on before that takes its `opened` along
punctuality    `on_time / answered`  whose first answer came by the day it was due
satisfaction   `satisfied / rated`   ratings of both rounds; `rated / answers` says how many answers were rated at all
reopening      `reopened / rated`
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from services.welfare.service import service
from shared.events.welfare.voice import (
    CaseAnswered,
    CaseClosed,
    CaseOpened,
    CaseOverdue,
    CaseRated,
    CaseReopened,
    CaseTransferred,
)
from shared.kernel.work import Work
from shared.values.ids import Month
from shared.values.paging import After, PageSize
from shared.values.roles import Role

Counted = CaseOpened | CaseTransferred | CaseAnswered | CaseRated | CaseReopened | CaseClosed | CaseOverdue


@dataclass(frozen=True)
class CaseRates:
    id: str
    org_id: str = ""
    month: str = ""
    opened: int = 0
    answered: int = 0
    on_time: int = 0
    answers: int = 0
    """Of both rounds."""
    rated: int = 0
    satisfied: int = 0
    reopened: int = 0
    closed: int = 0
    overdue: int = 0
    """That became overdue, in each round."""


def _organisations(event: Counted) -> tuple[str, ...]:
    return (event.from_org, event.to_org) if isinstance(event, CaseTransferred) else (event.org_id,)


def _keys(event: Counted) -> Iterator[str]:
    return (f"{org_id}:{event.opened_on:%Y-%m}" for org_id in _organisations(event))


@service.tally(CaseRates, key=_keys)
def case_rates(row: CaseRates, event: Counted) -> CaseRates:
    org_id, _, month = row.id.rpartition(":")
    row = replace(row, org_id=org_id, month=month)
    match event:
        case CaseOpened():
            return replace(row, opened=row.opened + 1)
        case CaseTransferred(round=1):
            return replace(row, opened=row.opened + (1 if org_id == event.to_org else -1))
        case CaseTransferred():
            return row
        case CaseAnswered():
            return _answered(row, event)
        case CaseRated():
            return replace(row, rated=row.rated + 1, satisfied=row.satisfied + event.satisfied)
        case CaseReopened():
            return replace(row, reopened=row.reopened + 1)
        case CaseClosed():
            return replace(row, closed=row.closed + 1)
        case CaseOverdue():
            return replace(row, overdue=row.overdue + (event.level == 1))
        case _:
            assert_never(event)


def _answered(row: CaseRates, event: CaseAnswered) -> CaseRates:
    row = replace(row, answers=row.answers + 1)
    if event.round > 1:
        return row
    return replace(row, answered=row.answered + 1, on_time=row.on_time + event.on_time)


@service.get("/kpi/cases", role=Role.UNION | Role.FUND_AUDIT, org=CaseRates)
async def get(
    work: Work, month: Month | None = None, limit: PageSize = 1_000, after: After | None = None
) -> list[CaseRates]:
    return await work.find(CaseRates, {"month": month} if month else {}, limit=limit, after=after)
