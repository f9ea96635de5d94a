"""A book 台账 of balances, hardship files or cases: its sheet, what a row becomes, and how that is brought in."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import Generic, TypeVar

from deploy.roster.fault import Fault, OrganisationUnknown
from deploy.roster.first_seen import FirstSeen
from deploy.roster.sheets import Sheet
from deploy.roster.source import Cells, Source, only_first, row_as, source_of
from deploy.roster.tables import CannotRead, tables
from deploy.takeover.clerk import Clerk, Outcome
from deploy.takeover.lines import BalanceLine, CaseLine, FileLine
from deploy.takeover.sheets import BALANCES, CASES, FILES
from shared.kernel.refusal import Invalid

L = TypeVar("L", BalanceLine, FileLine, CaseLine)


class RowTwice(Invalid):
    """The same stands in row {first} already; keep one of the two rows.
    与第 {first} 行重复，请保留其中一行。"""


@dataclass(frozen=True)
class Kind(Generic[L]):
    name: str
    """In the report."""
    sheet: Sheet
    read: Callable[[Cells, date], L]
    key_field: str
    """The column that is named when two rows are the same."""
    bring: Callable[[Clerk, int, L], Awaitable[Outcome]]


BALANCE_BOOK = Kind("balances", BALANCES, BalanceLine.read, "purpose", Clerk.balance)
FILE_BOOK = Kind("files", FILES, FileLine.read, "id_number", Clerk.file)
CASE_BOOK = Kind("cases", CASES, CaseLine.read, "source_ref", Clerk.case)


@dataclass(frozen=True)
class Book(Generic[L]):
    kind: Kind[L]
    source: Source
    digest: str
    """The same for the same bytes, and for no others."""

    @classmethod
    def of(cls, file: Path, kind: Kind[L]) -> "Book[L]":
        """Raises CannotRead."""
        found = tables(file)
        named = [table for table in found if kind.sheet.is_called(table.name)] or found[:1]
        if not named:
            raise CannotRead(f"{file} has no sheet {kind.sheet.name}. 缺少工作表“{kind.sheet.name}”。")
        digest = blake2b(file.read_bytes(), digest_size=16).hexdigest()
        return cls(kind, source_of(kind.sheet, named[0]), digest)

    def lines(self, today: date, known: set[str] | None = None) -> Iterator[tuple[int, L | tuple[Fault, ...]]]:
        """Each row as what it becomes, or why it cannot. `known`: codes of the organisations that there are."""
        sheet, first = self.kind.sheet, FirstSeen()
        for number, row in self.source.rows():
            line = row_as(self.source, number, row, lambda _, cells: self.kind.read(cells, today))
            if not isinstance(line, tuple):
                line = only_first(sheet, self.kind.key_field, number, first.row(line.key, number), RowTwice) or line
            if not isinstance(line, tuple) and known is not None and line.org_id not in known:
                unknown = OrganisationUnknown(org_id=line.org_id)
                line = (Fault.of(sheet.name, number, sheet.headings()["org_id"], unknown),)
            yield number, line
