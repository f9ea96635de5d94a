"""A roster file read: its organisations at once, its members row by row as they are asked for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from deploy.roster.cells import is_blank
from deploy.roster.fault import CodeTwice, Fault, OneCellOnly, PersonTwice
from deploy.roster.first_seen import FirstSeen
from deploy.roster.sheets import MEMBERS, ORGANISATIONS, SHEETS, TITLE_ROWS, Column, NoHeadings, Sheet, only_one
from deploy.roster.tables import CannotRead, Row, Table, tables
from services.members.membership.join_member import JoinMember
from services.members.organisation.establish_organisation import EstablishOrganisation
from services.members.organisation.report_headcount import ReportHeadcount
from shared.kernel.refusal import Refused
from shared.values.words import OrgKind

Cells = Mapping[str, Any]
"""What stands in a row, by field; None where nothing does."""


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
class Source:
    """Where in a file a sheet stands: below which row of headings, which column in which place."""

    sheet: Sheet
    table: Table
    headings: int
    columns: Mapping[int, Column]

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Those below the headings that are not empty."""
        for number, row in self.table.rows():
            if number > self.headings and not all(map(is_blank, row)):
                yield number, row


@dataclass(frozen=True)
class Roster:
    sources: Mapping[str, Source]
    """By the sheet's name; one that the file does not have is missing."""
    organisations: tuple[OrganisationRow, ...]
    faults: tuple[Fault, ...]
    """Rows of organisations that are not among the ones above, and why."""

    @property
    def rows(self) -> int:
        """About how many there are."""
        return sum(source.table.length for source in self.sources.values())

    def members(self) -> Iterator[MemberRow | tuple[Fault, ...]]:
        """Each row as a member, or why it cannot be one; read from the file anew. Raises CannotRead."""
        source = self.sources.get(MEMBERS.name)
        first = FirstSeen()
        for number, row in source.rows() if source else ():
            made = _made(MEMBERS, source, number, row, _member) if source else ()
            if isinstance(made, MemberRow):
                made = _once(MEMBERS, "id_number", number, first.row(made.join.id_number, number), PersonTwice) or made
            yield made


def read(file: Path, month: str) -> Roster:
    """`month` is that of the headcounts. Raises CannotRead."""
    sources = _sources(file, tables(file))
    faults: list[Fault] = []
    standing: dict[str, OrganisationRow] = {}
    source = sources.get(ORGANISATIONS.name)
    for number, row in source.rows() if source else ():
        made = _made(ORGANISATIONS, source, number, row, lambda row, cells: _organisation(row, cells, month))
        if isinstance(made, OrganisationRow):
            first = standing.setdefault(made.org_id, made)
            made = _once(ORGANISATIONS, "org_id", number, first.row, CodeTwice) or made
        if not isinstance(made, OrganisationRow):
            faults.extend(made)
    return Roster(sources, tuple(standing.values()), tuple(faults))


def _sources(file: Path, found: Sequence[Table]) -> dict[str, Source]:
    """Sheets by their names; where none fits, by their headings."""
    sources: dict[str, Source] = {}
    for sheet in SHEETS:
        named = [table for table in found if sheet.is_called(table.name)]
        if named:
            sources[sheet.name] = _source(sheet, named[0])
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
        return _source(sheet, table)
    except CannotRead:
        return None


def _source(sheet: Sheet, table: Table) -> Source:
    """Its headings stand in the first row that names every column that is needed. Raises CannotRead."""
    missing: Sequence[str] = [column.heading for column in sheet.columns if column.needed]
    for number, row in table.rows():
        try:
            return Source(sheet, table, number, sheet.columns_in(row))
        except NoHeadings as none:
            missing = min(missing, none.missing, key=len)
        if number >= TITLE_ROWS:
            break
    names = "、".join(missing)
    raise CannotRead(
        f"Sheet {sheet.name} has no column {names}; one row names the columns. "
        f"工作表“{sheet.name}”缺少列“{names}”，须有一行列名。"
    )


def _made(sheet: Sheet, source: Source | None, number: int, row: Row, make: Callable[[int, Cells], Any]) -> Any:
    """What a row stands for, or what is wrong with it: every cell that is, at once."""
    assert source is not None
    if only_one(row):
        return (Fault.of(sheet.name, number, "", OneCellOnly()),)
    read: dict[str, Any] = {column.field: None for column in sheet.columns}
    wrong: list[Fault] = []
    for place, column in source.columns.items():
        try:
            read[column.field] = column.read(row[place]) if place < len(row) else None
        except Refused as refused:
            wrong.append(Fault.of(sheet.name, number, column.heading, refused))
    try:
        made = make(number, read)
    except ValidationError as invalid:
        named = {fault.column for fault in wrong}
        faults = Fault.all_of(sheet.name, number, sheet.headings(), invalid)
        return (*wrong, *(fault for fault in faults if fault.column not in named))
    return tuple(wrong) or made


def _once(sheet: Sheet, field: str, row: int, first: int, refusal: type[Refused]) -> tuple[Fault, ...] | None:
    """Of two rows the first stands."""
    if first == row:
        return None
    return (Fault.of(sheet.name, row, sheet.headings()[field], refusal(first=first)),)


def _given(cells: Cells, *names: str) -> dict[str, Any]:
    return {name: cells[name] for name in names if cells[name] is not None}


def _organisation(row: int, cells: Cells, month: str) -> OrganisationRow:
    kind = cells["kind"]
    placed = _given(cells, "org_id", "parent_id", "jurisdiction", "called")
    if kind == "group":
        # checked as what stands below it would be; a group has no parent, and is not established from here
        checked = EstablishOrganisation.model_validate({**placed, "parent_id": cells["org_id"], "kind": "subsidiary"})
        establish = None
    else:
        checked = establish = EstablishOrganisation.model_validate({**placed, **_given(cells, "kind")})
    counts = _given(cells, "headcount", "dispatched", "frontline")
    return OrganisationRow(
        row,
        checked.org_id,
        checked.called or "",
        kind,
        establish.parent_id if establish else None,
        establish,
        ReportHeadcount.model_validate({"period": month, **counts}) if counts else None,
    )


def _member(row: int, cells: Cells) -> MemberRow:
    join = JoinMember.model_validate(_given(cells, *cells))
    return MemberRow(row, join.org_id, join)
