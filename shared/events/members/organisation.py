"""Organisations of the union: proposed, founded, named, and how many people work where they stand."""

from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, NonNegativeInt

from shared.kernel.event import DataClass, Event
from shared.values.ids import ActorId, Code, FoundingId, Jurisdiction, Month, OrgId, OrgName
from shared.values.org_path import OrgPath
from shared.values.words import OrgKind, OrgProposalRejection


class OrganisationProposed(Event):
    """A union organisation was proposed; it exists once somebody else of the level above has approved it.
    拟建会：提出建立工会组织，须经上级工会另一人批准后成立。"""

    data_class: ClassVar[DataClass] = "C2"

    org_id: OrgId
    parent_id: OrgId
    kind: OrgKind
    jurisdiction: Jurisdiction
    proposed_by: ActorId
    on: date
    unit_id: Code | None = None
    called: OrgName | None = None


class OrganisationProposalRejected(Event):
    """A proposed organisation was not approved, or the proposal was withdrawn.
    不予建会：建会提议未获批准或已撤回。"""

    data_class: ClassVar[DataClass] = "C2"

    org_id: OrgId
    parent_id: OrgId
    reason_code: OrgProposalRejection
    by: ActorId
    on: date


class OrganisationEstablished(Event):
    """A union organisation was established, with the approval of the level above it.
    建会：经上级工会批准，成立了一个工会组织。"""

    data_class: ClassVar[DataClass] = "C0"

    org_id: OrgId
    kind: OrgKind
    path: OrgPath
    jurisdiction: Jurisdiction
    on: date
    parent_id: OrgId | None = None
    """None for the group itself."""
    approved_by_org: OrgId | None = None
    unit_id: Code | None = None
    """The employer unit 用人单位 whose workers it organises."""


class OrganisationNamed(Event):
    """An organisation is called this from now on.
    组织名称：工会组织自即日起使用该名称。"""

    data_class: ClassVar[DataClass] = "C0"

    org_id: OrgId
    called: OrgName


class ProposedUnit(BaseModel):
    """One of the organisations of a founding."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    org_id: OrgId
    parent_id: OrgId
    kind: OrgKind
    jurisdiction: Jurisdiction
    unit_id: Code | None = None
    called: OrgName | None = None


class FoundingProposed(Event):
    """Many organisations were proposed at once; they exist once another administrator has confirmed them.
    批量建会提议：一次提出建立多个工会组织，须由另一名管理员确认后成立。"""

    data_class: ClassVar[DataClass] = "C2"

    founding_id: FoundingId
    org_id: OrgId
    """Below which all of them stand."""
    units: tuple[ProposedUnit, ...]
    proposed_by: ActorId
    on: date


class FoundingConfirmed(Event):
    """A founding was confirmed by a second administrator; all of its organisations are established.
    批量建会确认：经另一名管理员确认，所列工会组织全部成立。"""

    data_class: ClassVar[DataClass] = "C2"

    founding_id: FoundingId
    org_id: OrgId
    confirmed_by: ActorId
    on: date


class HeadcountReported(Event):
    """An organisation reported how many people its unit employs in a month.
    职工数填报：工会组织填报了本单位某月的职工人数。"""

    org_id: OrgId
    period: Month
    headcount: NonNegativeInt
    dispatched: NonNegativeInt
    frontline: NonNegativeInt
