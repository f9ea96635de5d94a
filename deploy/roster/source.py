"""Where in a file a sheet stands, and its rows as what they are made into, or what is wrong with them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from deploy.roster.cells import is_blank
from deploy.roster.fault import Fault, OneCellOnly
from deploy.roster.sheets import TITLE_ROWS, Column, NoHeadings, Sheet, only_one
from deploy.roster.tables import CannotRead, Row, Table
from shared.kernel.refusal import Refused

Cells = Mapping[str, Any]
"""What stands in a row, by field; None where nothing does."""


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


def source_of(sheet: Sheet, table: Table) -> Source:
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


def row_as(source: Source, number: int, row: Row, make: Callable[[int, Cells], Any]) -> Any:
    """What a row stands for, or what is wrong with it: every cell that is, at once. `make` raises ValidationError, or
    returns faults itself."""
    sheet = source.sheet
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
    return (*wrong, *(made if isinstance(made, tuple) else ())) or made


def cell_of(source: Source, row: Row, field: str) -> Any:
    """What stands in one column; None if nothing does, or nothing that can be read."""
    for place, column in source.columns.items():
        if column.field == field and place < len(row):
            try:
                return column.read(row[place])
            except Refused:
                return None
    return None


def only_first(sheet: Sheet, field: str, row: int, first: int, refusal: type[Refused]) -> tuple[Fault, ...] | None:
    """Of two rows the first stands."""
    if first == row:
        return None
    return (Fault.of(sheet.name, row, sheet.headings()[field], refusal(first=first)),)
