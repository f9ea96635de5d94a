"""In which order a roster's organisations come in, parents before children; and which rows have no place."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from deploy.roster.fault import (
    AboveItself,
    Fault,
    GroupNotFounded,
    OrganisationRefused,
    OrganisationUnknown,
    ParentRefused,
    ParentUnknown,
)
from deploy.roster.sheets import MEMBERS, ORGANISATIONS
from deploy.roster.workbook import MemberRow, OrganisationRow, Roster
from services.members.organisation.establish_organisation import CodeTaken, WrongLevel
from services.members.organisation.organisation import HoldsNoMembers
from shared.kernel.refusal import Refused
from shared.values.words import HOLDS_MEMBERS, OrgKind, may_stand_below


@dataclass(frozen=True)
class Known:
    """An organisation that is established already."""

    kind: OrgKind
    parent_id: str | None = None
    jurisdiction: str = ""
    called: str = ""
    period: str = ""
    headcounts: tuple[int, int, int] = (0, 0, 0)
    path: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """As `GET /organisations` shows it."""
        headcounts = (row["headcount"], row["dispatched"], row["frontline"])
        placed = (row["kind"], row["parent_id"], row["jurisdiction"], row["called"], row["period"])
        return cls(*placed, headcounts, row["path"])


@dataclass(frozen=True)
class Plan:
    levels: tuple[tuple[OrganisationRow, ...], ...]
    """Each after the one that its organisations stand below."""
    faults: tuple[Fault, ...]
    known: Mapping[str, Known]
    kinds: Mapping[str, OrgKind]
    """Of all that are established, or will be."""
    refused: frozenset[str] = frozenset()
    """Codes of those that stand in this file and cannot be taken from it."""

    @property
    def organisations(self) -> Iterator[OrganisationRow]:
        return (row for level in self.levels for row in level)

    @property
    def new(self) -> Iterator[OrganisationRow]:
        return (row for row in self.organisations if row.org_id not in self.known)

    @property
    def top(self) -> str:
        """The highest of the known ones: in its name everything is done."""
        return min(self.known, key=lambda org_id: self.known[org_id].path.count("/"))


def plan(roster: Roster, known: Mapping[str, Known]) -> Plan:
    """`known`: those that are established already, by code."""
    faults = list(roster.faults)
    levels: list[tuple[OrganisationRow, ...]] = []
    kinds = {org_id: one.kind for org_id, one in known.items()}
    left = list(roster.organisations)
    while ready := [row for row in left if _has_parent(row, known, kinds)]:
        left = [row for row in left if not _has_parent(row, known, kinds)]
        level: list[OrganisationRow] = []
        for row in ready:
            if wrong := _misplaced(row, known, kinds):
                field, refusal = wrong
                faults.append(_fault(ORGANISATIONS.name, row.row, field, refusal))
            else:
                level.append(row)
        levels.append(tuple(level))
        kinds |= {row.org_id: row.kind for row in level}
    in_file = {row.org_id: row for row in roster.organisations}
    refused = roster.refused | (in_file.keys() - kinds.keys())
    faults += [_fault(ORGANISATIONS.name, row.row, "parent_id", _without_place(row, in_file, refused)) for row in left]
    return Plan(tuple(levels), tuple(faults), known, kinds, frozenset(refused))


def without_place(row: MemberRow, plan: Plan) -> Fault | None:
    """Why its organisation cannot take a member."""
    if plan.kinds.get(row.org_id) in HOLDS_MEMBERS:
        return None
    if row.org_id in plan.kinds:
        return _fault(MEMBERS.name, row.row, "org_id", HoldsNoMembers(org_id=row.org_id))
    return organisation_refused(row) if row.org_id in plan.refused else _unknown(row)


def organisation_refused(row: MemberRow) -> Fault:
    return _fault(MEMBERS.name, row.row, "org_id", OrganisationRefused(org_id=row.org_id))


def _unknown(row: MemberRow) -> Fault:
    return _fault(MEMBERS.name, row.row, "org_id", OrganisationUnknown(org_id=row.org_id))


def parent_refused(row: OrganisationRow) -> Fault:
    return _fault(ORGANISATIONS.name, row.row, "parent_id", ParentRefused(parent_id=row.parent_id))


def _has_parent(row: OrganisationRow, known: Mapping[str, Known], kinds: Mapping[str, OrgKind]) -> bool:
    """What is known has one, even if that stands higher than the asker may see."""
    return row.org_id in known or row.parent_id in kinds


def _misplaced(
    row: OrganisationRow, known: Mapping[str, Known], kinds: Mapping[str, OrgKind]
) -> tuple[str, Refused] | None:
    """In which column it says what cannot be, and why."""
    here = known.get(row.org_id)
    if row.establish is None or row.parent_id is None:
        return None if here and here.kind == "group" else ("org_id", GroupNotFounded())
    if here:
        said = (row.kind, row.parent_id, row.establish.jurisdiction)
        same = (here.kind, here.parent_id, here.jurisdiction) == said
        return None if same else ("org_id", CodeTaken(org_id=row.org_id))
    if not may_stand_below(row.kind, kinds[row.parent_id]):
        return "kind", WrongLevel(kind=row.kind, parent_kind=kinds[row.parent_id])
    return None


def _without_place(row: OrganisationRow, in_file: Mapping[str, OrganisationRow], refused: Collection[str]) -> Refused:
    """Why it has none."""
    if row.kind == "group":
        return GroupNotFounded()
    parent = str(row.parent_id)
    if parent not in refused:
        return ParentUnknown(parent_id=parent)
    return (AboveItself if _in_circle(row, in_file) else ParentRefused)(parent_id=parent)


def _in_circle(row: OrganisationRow, in_file: Mapping[str, OrganisationRow]) -> bool:
    """Whether the way up from here comes back."""
    seen: set[str] = set()
    above = in_file.get(row.parent_id or "")
    while above and above.org_id != row.org_id and above.org_id not in seen:
        seen.add(above.org_id)
        above = in_file.get(above.parent_id or "")
    return above is not None and above.org_id == row.org_id


def _fault(sheet: str, row: int, field: str, refusal: Refused) -> Fault:
    headings = (ORGANISATIONS if sheet == ORGANISATIONS.name else MEMBERS).headings()
    return Fault.of(sheet, row, headings[field], refusal)
