"""K14, aid lead time 帮扶时效 = days from request to payment, median and p90, by organisation and year of payment:
GET /kpi/aid-lead-time

A row counts the payments that took so many days, so percentiles are exact and rows of any partition can be added up.
A quantile is the smallest number of days within which at least that share of the payments was made.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

from services.welfare.service import service
from shared.events.welfare.aid import AidPaid
from shared.kernel.work import Work
from shared.values.roles import Role

Year = Annotated[str, Field(pattern=r"^20\d{2}$")]


@dataclass(frozen=True)
class LeadTimeDays:
    id: str
    org_id: str = ""
    year: str = ""
    days: str = ""
    paid: int = 0


def _org_year_and_days(event: AidPaid) -> str | None:
    """None for a payment that was recorded before events told when it was asked for."""
    if event.requested_on is None:
        return None
    return f"{event.org_id}:{event.paid_on:%Y}:{max(0, (event.paid_on - event.requested_on).days):04}"


@service.tally(LeadTimeDays, key=_org_year_and_days)
def lead_time_days(row: LeadTimeDays, event: AidPaid) -> LeadTimeDays:
    org_id, year, days = row.id.split(":")
    return replace(row, org_id=org_id, year=year, days=days, paid=row.paid + 1)


@dataclass(frozen=True)
class AidLeadTime:
    id: str
    org_id: str
    year: str
    paid: int
    p50_days: int
    p90_days: int


@service.get("/kpi/aid-lead-time", role=Role.UNION | Role.FINANCE | Role.FUND_AUDIT, org=AidLeadTime)
async def get(year: Year, work: Work) -> list[AidLeadTime]:
    histograms: dict[str, dict[int, int]] = defaultdict(dict)
    async for row in work.every(LeadTimeDays, {"year": year}):
        histograms[row.org_id][int(row.days)] = row.paid
    return [
        AidLeadTime(f"{org_id}:{year}", org_id, year, sum(days.values()), quantile(days, 50), quantile(days, 90))
        for org_id, days in sorted(histograms.items())
    ]


def quantile(histogram: Mapping[int, int], percent: int) -> int:
    """The smallest key at or below which lie at least so many hundredths of everything."""
    wanted, seen = sum(histogram.values()) * percent, 0
    for key in sorted(histogram):
        seen += histogram[key] * 100
        if seen >= wanted:
            return key
    raise ValueError("an empty histogram has no quantile")
