"""Organisations of the union: founded, and how many people work where they stand."""

from datetime import date
from typing import ClassVar

from pydantic import NonNegativeInt

from shared.kernel.event import DataClass, Event
from shared.values.ids import Code, Jurisdiction, Month, OrgId
from shared.values.org_path import OrgPath
from shared.values.words import OrgKind


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


class HeadcountReported(Event):
    """An organisation reported how many people its unit employs in a month.
    职工数填报：工会组织填报了本单位某月的职工人数。"""

    org_id: OrgId
    period: Month
    headcount: NonNegativeInt
    dispatched: NonNegativeInt
    frontline: NonNegativeInt
