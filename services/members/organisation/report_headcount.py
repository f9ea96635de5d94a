"""Report how many people a unit employs:  POST /organisations/{org_id}/headcount  ->  HeadcountReported"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from pydantic import Field

from services.members.organisation.organisation import NotEstablished, Organisation
from services.members.service import service
from shared.events.members.organisation import HeadcountReported
from shared.kernel.refusal import Conflict, Invalid
from shared.kernel.work import Command, Work
from shared.values.ids import Month, OrgId
from shared.values.roles import Role

Count = Annotated[int, Field(strict=True, ge=0, le=10**7)]
"""People of one unit."""


class ReportHeadcount(Command):
    period: Month
    headcount: Count
    dispatched: Count = 0
    frontline: Count = 0


class PartsExceedWhole(Invalid):
    """Dispatched and front-line workers are part of the headcount of {headcount}; correct the numbers.
    派遣职工数、一线职工数均不能超过职工总数 {headcount}，请更正。"""


class MonthNotBegun(Invalid):
    """{period} has not begun; report a month that has.
    {period} 尚未开始，请填报已开始的月份。"""


class ReportedLater(Conflict):
    """The headcount of {last} was reported already; report that month or a later one.
    已填报 {last} 的职工数，请填报该月或之后的月份。"""


def report(organisation: Organisation, command: ReportHeadcount, on: date) -> Iterator[HeadcountReported]:
    if organisation.status != "established":
        raise NotEstablished(org_id=organisation.id)
    if max(command.dispatched, command.frontline) > command.headcount:
        raise PartsExceedWhole(headcount=command.headcount)
    if command.period > f"{on:%Y-%m}":
        raise MonthNotBegun(period=command.period)
    if command.period < organisation.period:
        raise ReportedLater(last=organisation.period)
    headcounts = (command.headcount, command.dispatched, command.frontline)
    if (command.period, headcounts) == (organisation.period, organisation.headcounts):
        return
    yield HeadcountReported(
        org_id=organisation.id,
        period=command.period,
        headcount=command.headcount,
        dispatched=command.dispatched,
        frontline=command.frontline,
    )


@service.post("/organisations/{org_id}/headcount", role=Role.ADMIN | Role.CHAIR, org=(Organisation, "org_id"))
async def post(org_id: OrgId, command: ReportHeadcount, work: Work) -> None:
    await work.change(Organisation, org_id, lambda organisation: report(organisation, command, work.today))
