"""A roster file read: its organisations at once, its members row by row as they are asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.roster.fault import CodeTwice, Fault, PersonTwice
from deploy.roster.first_seen import FirstSeen
from deploy.roster.sheets import MEMBERS, ORGANISATIONS, SHEETS, Sheet
from deploy.roster.source import Cells, Source, cell_of, only_first, row_as, source_of
from deploy.roster.tables import CannotRead, Table, tables
from services.members.membership.join_member import JoinMember
from services.members.organisation.establish_organisation import EstablishOrganisation
from services.members.organisation.report_headcount import PartsExceedWhole, ReportHeadcount
from shared.kernel.refusal import Refused
from shared.values.words import OrgKind


@dataclass(frozen=True)
class OrganisationRow:
    row: int
    """As Excel counts."""
    org_id: str
    name: str
    kind: OrgKind
    parent_id: str | None
    establish: EstablishOrganisation | None
    """None for the group, which `gonghui init` founds."""
    headcount: ReportHeadcount | None
    """Its month is the one for which the roster was read."""


@dataclass(frozen=True)
class MemberRow:
    row: int
    org_id: str
    join: JoinMember


@dataclass(frozen=True)
class Roster:
    sources: Mapping[str, Source]
    """By the sheet's name; one that the file does not have is missing."""
    organisations: tuple[OrganisationRow, ...]
    faults: tuple[Fault, ...]
    """Rows of organisations that are not among the ones above, and why."""
    refused: frozenset[str] = frozenset()
    """Codes of organisations that stand in such rows only."""

    @property
    def rows(self) -> int:
        """About how many there are."""
        return sum(source.table.length for source in self.sources.values())

    def members(self) -> Iterator[MemberRow | tuple[Fault, ...]]:
        """Each row as a member, or why it cannot be one; read from the file anew. Raises CannotRead."""
        source = self.sources.get(MEMBERS.name)
        first = FirstSeen()
        for number, row in source.rows() if source else ():
            made = row_as(source, number, row, _member) if source else ()
            if isinstance(made, MemberRow):
                made = (
                    only_first(MEMBERS, "id_number", number, first.row(made.join.id_number, number), PersonTwice)
                    or made
                )
            yield made


def read(file: Path, month: str) -> Roster:
    """`month` is that of the headcounts. Raises CannotRead."""
    sources = _sources(file, tables(file))
    faults: list[Fault] = []
    standing: dict[str, OrganisationRow] = {}
    refused: set[str | None] = set()
    source = sources.get(ORGANISATIONS.name)
    for number, row in source.rows() if source else ():
        made = row_as(source, number, row, lambda row, cells: _organisation(row, cells, month)) if source else ()
        if isinstance(made, OrganisationRow):
            first = standing.setdefault(made.org_id, made)
            made = only_first(ORGANISATIONS, "org_id", number, first.row, CodeTwice) or made
        if not isinstance(made, OrganisationRow):
            faults.extend(made)
            refused |= {cell_of(source, row, "org_id")} if source else set()
    return Roster(
        sources,
        tuple(standing.values()),
        tuple(faults),
        frozenset(code for code in refused if code and code not in standing),
    )


def _sources(file: Path, found: Sequence[Table]) -> dict[str, Source]:
    """Sheets by their names; where none fits, by their headings."""
    sources: dict[str, Source] = {}
    for sheet in SHEETS:
        named = [table for table in found if sheet.is_called(table.name)]
        if named:
            sources[sheet.name] = source_of(sheet, named[0])
    taken = [source.table for source in sources.values()]
    for table in found:
        if table not in taken:
            for sheet in SHEETS:
                if sheet.name not in sources and (source := _perhaps(sheet, table)):
                    sources[sheet.name] = source
                    break
    if not sources:
        raise CannotRead(
            f"{file} has neither a sheet {ORGANISATIONS.name} (organisations) nor a sheet {MEMBERS.name} (members); "
            f"`gonghui import template` makes an empty form. 缺少工作表“{ORGANISATIONS.name}”或“{MEMBERS.name}”，"
            "可用 `gonghui import template` 生成空白表。"
        )
    return sources


def _perhaps(sheet: Sheet, table: Table) -> Source | None:
    try:
        return source_of(sheet, table)
    except CannotRead:
        return None


def _given(cells: Cells, *names: str) -> dict[str, Any]:
    return {name: cells[name] for name in names if cells[name] is not None}


def _organisation(row: int, cells: Cells, month: str) -> OrganisationRow | tuple[Fault, ...]:
    kind = cells["kind"]
    placed = _given(cells, "org_id", "parent_id", "jurisdiction", "called")
    if kind == "group":
        # checked as what stands below it would be; a group has no parent, and is not established from here
        checked = EstablishOrganisation.model_validate({**placed, "parent_id": cells["org_id"], "kind": "subsidiary"})
        establish = None
    else:
        checked = establish = EstablishOrganisation.model_validate({**placed, **_given(cells, "kind")})
    counts = _given(cells, "headcount", "dispatched", "frontline")
    report = ReportHeadcount.model_validate({"period": month, **counts}) if counts else None
    if report and (larger := _parts_exceeding(report)):
        return tuple(_fault(ORGANISATIONS, row, part, PartsExceedWhole(headcount=report.headcount)) for part in larger)
    return OrganisationRow(
        row,
        checked.org_id,
        checked.called or "",
        kind,
        establish.parent_id if establish else None,
        establish,
        report,
    )


def _parts_exceeding(report: ReportHeadcount) -> list[str]:
    return [part for part in ("dispatched", "frontline") if getattr(report, part) > report.headcount]


def _member(row: int, cells: Cells) -> MemberRow:
    join = JoinMember.model_validate(_given(cells, *cells))
    return MemberRow(row, join.org_id, join)


def _fault(sheet: Sheet, row: int, field: str, refusal: Refused) -> Fault:
    return Fault.of(sheet.name, row, sheet.headings()[field], refusal)
