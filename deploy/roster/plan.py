"""In which order a roster comes in: parents before children, organisations before members; and who has no place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from deploy.roster.fault import AboveItself, Fault, GroupNotFounded, OrganisationUnknown, ParentRefused, ParentUnknown
from deploy.roster.workbook import MEMBERS, ORGANISATIONS, MemberRow, OrganisationRow, Roster
from services.members.organisation.organisation import HoldsNoMembers
from shared.kernel.refusal import Refused
from shared.values.words import HOLDS_MEMBERS, OrgKind


@dataclass(frozen=True)
class Plan:
    levels: tuple[tuple[OrganisationRow, ...], ...]
    """Each after the one that its organisations stand below."""
    members: tuple[MemberRow, ...]
    faults: tuple[Fault, ...]

    @property
    def organisations(self) -> Iterator[OrganisationRow]:
        return (row for level in self.levels for row in level)


def plan(roster: Roster, known: Mapping[str, OrgKind]) -> Plan:
    """`known`: kinds of the organisations that are established already, by code."""
    faults = list(roster.faults)
    levels: list[tuple[OrganisationRow, ...]] = []
    kinds = dict(known)
    left = list(roster.organisations)
    while level := tuple(row for row in left if _has_place(row, known, kinds)):
        levels.append(level)
        kinds |= {row.org_id: row.kind for row in level}
        left = [row for row in left if row not in level]
    in_file = {row.org_id: row for row in roster.organisations}
    faults += [_fault(ORGANISATIONS.name, row.row, "parent_id", _without_place(row, in_file)) for row in left]
    members: list[MemberRow] = []
    for row in roster.members:
        if kinds.get(row.org_id) in HOLDS_MEMBERS:
            members.append(row)
        else:
            refusal = HoldsNoMembers if row.org_id in kinds else OrganisationUnknown
            faults.append(_fault(MEMBERS.name, row.row, "org_id", refusal(org_id=row.org_id)))
    return Plan(tuple(levels), tuple(members), tuple(faults))


def _has_place(row: OrganisationRow, known: Mapping[str, OrgKind], kinds: Mapping[str, OrgKind]) -> bool:
    return row.org_id in known if row.kind == "group" else row.parent_id in kinds


def _without_place(row: OrganisationRow, in_file: Mapping[str, OrganisationRow]) -> Refused:
    """Why it has none."""
    if row.kind == "group":
        return GroupNotFounded()
    parent = str(row.parent_id)
    if parent not in in_file:
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
