"""Organisations that are proposed and how it was decided:  GET /organisation-proposals"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never

from services.members.service import service
from shared.events.members.organisation import (
    OrganisationEstablished,
    OrganisationProposalRejected,
    OrganisationProposed,
)
from shared.kernel.work import Work
from shared.values.paging import After, PageSize
from shared.values.roles import Role
from shared.values.words import OrgKind, OrgProposalRejection


@dataclass(frozen=True)
class OrganisationProposal:
    """Its id is the code of the proposed organisation; `org_id` that of its parent, where it is decided."""

    id: str
    org_id: str
    kind: OrgKind
    jurisdiction: str
    proposed_on: date
    proposed_by: str
    status: Literal["open", "established", "rejected"] = "open"
    unit_id: str | None = None
    called: str | None = None
    decided_on: date | None = None
    reason_code: OrgProposalRejection | None = None


def _open(event: OrganisationProposed) -> OrganisationProposal:
    return OrganisationProposal(
        id=event.org_id,
        org_id=event.parent_id,
        kind=event.kind,
        jurisdiction=event.jurisdiction,
        proposed_on=event.on,
        proposed_by=event.proposed_by,
        unit_id=event.unit_id,
        called=event.called,
    )


def _established(event: OrganisationEstablished) -> OrganisationProposal:
    """By a founding, without a proposal of its own."""
    return OrganisationProposal(
        id=event.org_id,
        org_id=event.parent_id or event.org_id,
        kind=event.kind,
        jurisdiction=event.jurisdiction,
        proposed_on=event.on,
        proposed_by="",
        unit_id=event.unit_id,
    )


@service.view(OrganisationProposal, key="org_id", indexes=["org_id", "status"])
def organisation_proposals(
    row: OrganisationProposal | None,
    event: OrganisationProposed | OrganisationProposalRejected | OrganisationEstablished,
) -> OrganisationProposal:
    match event:
        case OrganisationProposed():
            return _open(event)
        case OrganisationProposalRejected():
            if row is None:
                raise ValueError("a proposal was rejected that was never made")
            return replace(row, status="rejected", decided_on=event.on, reason_code=event.reason_code)
        case OrganisationEstablished():
            return replace(row or _established(event), status="established", decided_on=event.on)
        case _:
            assert_never(event)


@service.get("/organisation-proposals", role=Role.UNION, org=OrganisationProposal)
async def get(
    work: Work,
    status: Literal["open", "established", "rejected"] = "open",
    limit: PageSize = 100,
    after: After | None = None,
) -> list[OrganisationProposal]:
    return await work.find(OrganisationProposal, {"status": status}, limit=limit, after=after)
