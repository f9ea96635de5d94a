"""The tree of organisations:  GET /organisations  ·  GET /organisations/{org_id}"""

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.members.service import service
from shared.events.members.organisation import HeadcountReported, OrganisationEstablished, OrganisationNamed
from shared.kernel.work import Work
from shared.values.ids import OrgId
from shared.values.org_path import OrgPath
from shared.values.paging import After, PageSize
from shared.values.roles import Role
from shared.values.words import OrgKind


@dataclass(frozen=True)
class OrganisationNode:
    id: str
    org_id: str
    kind: OrgKind
    path: OrgPath
    jurisdiction: str
    established_on: date
    parent_id: str | None = None
    unit_id: str | None = None
    called: str = ""
    period: str = ""
    """Month of the last reported headcount."""
    headcount: int = 0
    dispatched: int = 0
    frontline: int = 0


@service.view(OrganisationNode, key="org_id", indexes=["parent_id"])
def organisation_tree(
    node: OrganisationNode | None, event: OrganisationEstablished | OrganisationNamed | HeadcountReported
) -> OrganisationNode:
    if isinstance(event, OrganisationEstablished):
        return OrganisationNode(
            id=event.org_id,
            org_id=event.org_id,
            kind=event.kind,
            path=event.path,
            jurisdiction=event.jurisdiction,
            established_on=event.on,
            parent_id=event.parent_id,
            unit_id=event.unit_id,
        )
    if node is None:
        raise ValueError(f"{type(event).__name__} of an organisation that was never established")
    match event:
        case OrganisationNamed():
            return replace(node, called=event.called)
        case HeadcountReported():
            return replace(
                node,
                period=event.period,
                headcount=event.headcount,
                dispatched=event.dispatched,
                frontline=event.frontline,
            )
        case _:
            assert_never(event)


@service.get("/organisations", role=Role.UNION | Role.FINANCE | Role.FUND_AUDIT, org=OrganisationNode)
async def get_all(
    work: Work, parent_id: OrgId | None = None, limit: PageSize = 100, after: After | None = None
) -> list[OrganisationNode]:
    where = {"parent_id": parent_id} if parent_id else {}
    return await work.find(OrganisationNode, where, limit=limit, after=after)


@service.get("/organisations/{org_id}", role=Role.UNION | Role.FINANCE | Role.FUND_AUDIT, org=OrganisationNode)
async def get(org_id: OrgId, work: Work) -> OrganisationNode | None:
    return await work.view(OrganisationNode, org_id)
