"""K13, aid execution rate 帮扶资金执行率 = paid / allocated, by fund account and year:  GET /kpi/aid-execution

Numerator: what reached members in the year, less what was recovered (`paid - clawed_back`). Denominator: what was put
into the account in the year, as corrected. Granted / allocated likewise. Amounts in fen, each in the year of its date.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, assert_never

from pydantic import Field

from services.welfare.service import service
from shared.events.welfare.aid import AidGranted, AidPaid, AidReversed
from shared.events.welfare.fund import FundAllocated, FundCorrected
from shared.kernel.work import Work
from shared.values.paging import After, PageSize
from shared.values.roles import Role

Year = Annotated[str, Field(pattern=r"^20\d{2}$")]
Counted = FundAllocated | FundCorrected | AidGranted | AidPaid | AidReversed


@dataclass(frozen=True)
class AidExecution:
    id: str
    org_id: str = ""
    account_id: str = ""
    year: str = ""
    allocated: int = 0
    granted: int = 0
    paid: int = 0
    reversed: int = 0
    """All that was taken back, paid or not."""
    clawed_back: int = 0
    """The part of it that had been paid."""


def _day(event: Counted) -> date:
    return event.paid_on if isinstance(event, AidPaid) else event.on


def _account_and_year(event: Counted) -> str:
    return f"{event.account_id}:{_day(event):%Y}"


@service.tally(AidExecution, key=_account_and_year)
def aid_execution(
    row: AidExecution, event: FundAllocated | FundCorrected | AidGranted | AidPaid | AidReversed
) -> AidExecution:
    org_id = event.org_id if isinstance(event, FundAllocated | FundCorrected) else event.fund_org_id
    row = replace(row, org_id=org_id, account_id=event.account_id, year=f"{_day(event):%Y}")
    amount = event.amount_fen
    match event:
        case FundAllocated():
            return replace(row, allocated=row.allocated + amount)
        case FundCorrected():
            return replace(row, allocated=row.allocated + (amount if event.sense == "more" else -amount))
        case AidGranted():
            return replace(row, granted=row.granted + amount)
        case AidPaid():
            return replace(row, paid=row.paid + amount)
        case AidReversed():
            clawed_back = row.clawed_back + (amount if event.was_paid else 0)
            return replace(row, reversed=row.reversed + amount, clawed_back=clawed_back)
        case _:
            assert_never(event)


@service.get("/kpi/aid-execution", role=Role.ADMIN | Role.FINANCE | Role.FUND_AUDIT, org=AidExecution)
async def get(
    work: Work, year: Year | None = None, limit: PageSize = 1_000, after: After | None = None
) -> list[AidExecution]:
    return await work.find(AidExecution, {"year": year} if year else {}, limit=limit, after=after)
