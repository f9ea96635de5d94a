"""An organisation of the union 工会组织, from its proposal on."""

from dataclasses import dataclass, replace
from typing import Literal, Self, assert_never

from shared.events.members.organisation import (
    HeadcountReported,
    OrganisationEstablished,
    OrganisationNamed,
    OrganisationProposalRejected,
    OrganisationProposed,
)
from shared.kernel.aggregate import Aggregate
from shared.kernel.refusal import Conflict
from shared.values.org_path import OrgPath
from shared.values.words import HOLDS_MEMBERS, OrgKind


class NotEstablished(Conflict):
    """There is no organisation {org_id}; establish it first, or check the code.
    组织 {org_id} 尚未建立，请先建会或核对组织编码。"""


class HoldsNoMembers(Conflict):
    """{org_id} does not hold members itself; name the basic or joint basic union in which the person works.
    {org_id} 不直接管理会员，请选择会员所在的基层工会或联合基层工会。"""


@dataclass(frozen=True)
class Organisation(Aggregate):
    """Its id is its code. While it is only proposed, `org_id` is its parent: there it is decided on."""

    status: Literal["new", "proposed", "rejected", "established"] = "new"
    kind: OrgKind | None = None
    parent_id: str | None = None
    path: OrgPath = ""
    jurisdiction: str = ""
    unit_id: str | None = None
    called: str = ""
    proposed_by: str = ""
    period: str = ""
    """The last month for which a headcount was reported."""
    headcounts: tuple[int, int, int] = (0, 0, 0)
    """All, dispatched, front line."""

    def org_path(self) -> OrgPath | None:
        return self.path or None

    @property
    def holds_members(self) -> bool:
        return self.kind in HOLDS_MEMBERS

    def evolve(
        self,
        event: OrganisationProposed
        | OrganisationProposalRejected
        | OrganisationEstablished
        | OrganisationNamed
        | HeadcountReported,
    ) -> Self:
        match event:
            case OrganisationProposed():
                return self._proposed(event)
            case OrganisationProposalRejected():
                return replace(self, status="rejected")
            case OrganisationEstablished():
                return replace(
                    self,
                    status="established",
                    org_id=event.org_id,
                    kind=event.kind,
                    parent_id=event.parent_id,
                    path=event.path,
                    jurisdiction=event.jurisdiction,
                    unit_id=event.unit_id,
                )
            case OrganisationNamed():
                return replace(self, called=event.called)
            case HeadcountReported():
                headcounts = (event.headcount, event.dispatched, event.frontline)
                return replace(self, period=event.period, headcounts=headcounts)
            case _:
                assert_never(event)

    def _proposed(self, event: OrganisationProposed) -> Self:
        return replace(
            self,
            status="proposed",
            org_id=event.parent_id,
            kind=event.kind,
            parent_id=event.parent_id,
            jurisdiction=event.jurisdiction,
            unit_id=event.unit_id,
            called=event.called or "",
            proposed_by=event.proposed_by,
        )


def must_hold_members(organisation: Organisation) -> None:
    """Membership sits in a basic union and nowhere else (INV-M3)."""
    if organisation.status != "established":
        raise NotEstablished(org_id=organisation.id)
    if not organisation.holds_members:
        raise HoldsNoMembers(org_id=organisation.id)
