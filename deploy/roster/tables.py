"""Files as tables: the sheets of a workbook, or a CSV as one. Rows are read as they are asked for, never all at once.

openpyxl rather than calamine: 100,000 rows grow memory by 9 MB instead of 100 (a file with shared strings by 49 instead
of 85), and it tells a formula from a value. It takes 0.1 ms a row.
"""

import csv
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError

from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from deploy.roster.cells import Cell, Formula, is_blank
from deploy.roster.sheets import TITLE_ROWS, columns_named

warnings.filterwarnings("ignore", module="openpyxl")

Row = Sequence[Cell]
MERGED = re.compile(rb'<mergeCell ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
DELIMITERS = ",\t;"
CHUNK, OVERLAP = 1 << 16, 80
LONGEST = 100_000
"""Rows that one merged cell spans; whoever merges a whole column means nothing by it."""


BROKEN = (
    *(BadZipFile, ZlibError, ParseError, InvalidFileException, EOFError, OSError),
    *(LookupError, ValueError, TypeError, AttributeError, RuntimeError),
)
"""What a file raises that is damaged; the last six come out of openpyxl and zipfile, which take a file for sound. A
RuntimeError says that it is encrypted."""


class CannotRead(Exception):
    """The file is no roster; `str()` says why in English and Chinese."""


@dataclass(frozen=True)
class Table:
    name: str
    """Of its sheet; empty where the file has none."""
    rows: Callable[[], Iterator[tuple[int, Row]]]
    """Number, as Excel counts, and cells of each row that is there. Raises CannotRead."""
    length: int
    """About how many rows there are."""


def tables(file: Path) -> list[Table]:
    """Raises CannotRead."""
    try:
        with file.open("rb") as opened:
            beginning = opened.read(4)
    except OSError as error:
        raise CannotRead(f"{file} cannot be opened ({error.strerror}). 无法打开该文件。") from error
    if beginning == b"PK\x03\x04":
        return _sheets(file)
    if file.suffix.casefold() in (".csv", ".txt", ".tsv"):
        return [_csv(file)]
    raise CannotRead(
        f"{file} is not an Excel workbook (.xlsx) or CSV file that can be read; save it as one. "
        "该文件不是可读取的 Excel 工作簿（.xlsx）或 CSV 文件，请另存后重试。"
    )


# workbooks


def _sheets(file: Path) -> list[Table]:
    with _readable(file), _workbook(file) as workbook:
        return [
            Table(sheet.title, lambda name=sheet.title: _rows(file, name), sheet.max_row or 0)  # type: ignore[misc]
            for sheet in workbook.worksheets
        ]


def _rows(file: Path, name: str) -> Iterator[tuple[int, Row]]:
    with _readable(file), _workbook(file) as workbook:
        sheet = workbook[name]
        sheet.reset_dimensions()  # some programs write them wrong
        merged = _merged(file, sheet._worksheet_path)
        for number, row in enumerate(sheet.iter_rows(), start=1):
            if row:
                yield number, merged.spread(number, [_value(cell) for cell in row])


def _value(cell: Any) -> Cell:
    """An error such as #REF! comes out of a formula."""
    return Formula() if cell.data_type in ("f", "e") else cell.value


@contextmanager
def _workbook(file: Path) -> Iterator[Any]:
    with file.open("rb") as opened:  # openpyxl would leave a broken file open
        with warnings.catch_warnings(action="ignore"):  # about styles and extensions, which do not matter here
            workbook = load_workbook(opened, read_only=True, data_only=False, keep_links=False)
        try:
            yield workbook
        finally:
            workbook.close()


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    """What a broken file raises, in sentences."""
    try:
        yield
    except BROKEN as error:
        raise CannotRead(
            f"{file} is damaged or not an Excel workbook; open it in Excel and save it again. "
            "该文件已损坏或不是 Excel 工作簿，请用 Excel 打开并重新保存。"
        ) from error


class Merged:
    """Merged cells of a sheet: one that spans rows counts for each of them, one that spans columns alone is a title."""

    def __init__(self, ranges: Iterable[str]) -> None:
        self._tall: dict[int, list[tuple[int, int]]] = {}
        self._wide: set[tuple[int, int]] = set()
        self._values: dict[tuple[int, int], Cell] = {}
        for found in ranges:
            left, top, right, bottom = (int(one or 0) for one in range_boundaries(found))
            if top == bottom and right > left:
                self._wide.add((top, left))
            for row in range(top, min(bottom, top + LONGEST) + 1) if bottom > top else ():
                self._tall.setdefault(row, []).append((top, left))

    def spread(self, number: int, row: list[Cell]) -> list[Cell]:
        for top, left in self._tall.get(number, ()):
            if left > len(row):
                continue
            if top == number:
                self._values[top, left] = row[left - 1]
            else:
                row[left - 1] = self._values.get((top, left))
        filled = [place for place, cell in enumerate(row, start=1) if not is_blank(cell)]
        return [] if len(filled) == 1 and (number, filled[0]) in self._wide else row


def _merged(file: Path, part: str) -> Merged:
    """They stand at the end of a sheet's XML, where a reader of rows comes too late."""
    found: list[str] = []
    rest = b""
    with ZipFile(file) as archive, archive.open(part.lstrip("/")) as opened:
        while chunk := opened.read(CHUNK):
            rest += chunk
            found += [one.decode() for one in MERGED.findall(rest)]
            rest = rest[-OVERLAP:] if b"<mergeCell" not in rest[-OVERLAP:] else rest[rest.rfind(b"<mergeCell") :]
    return Merged(dict.fromkeys(found))


# CSV


def _csv(file: Path) -> Table:
    encoding = _encoding(file)
    return Table("", lambda: _records(file, encoding), sum(1 for _ in _lines(file, encoding)))


def _encoding(file: Path) -> str:
    """UTF-8, or what Excel writes in China. Raises CannotRead."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            for _ in _lines(file, encoding):
                pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise CannotRead(f"{file} is neither UTF-8 nor GB18030; save it as UTF-8. 该文件编码无法识别，请另存为 UTF-8。")


def _lines(file: Path, encoding: str) -> Iterator[str]:
    with file.open(encoding=encoding, newline="") as opened:
        yield from opened


def _records(file: Path, encoding: str) -> Iterator[tuple[int, Row]]:
    delimiter = _delimiter(file, encoding)
    try:
        yield from enumerate(csv.reader(_lines(file, encoding), delimiter=delimiter), start=1)
    except csv.Error as error:
        raise CannotRead(f"{file} is damaged: {error}. 该文件已损坏。") from error


def _delimiter(file: Path, encoding: str) -> str:
    """The one by which some row among the first names the most columns: that of the headings, below any titles."""
    return max(DELIMITERS, key=lambda delimiter: _most_columns(file, encoding, delimiter))


def _most_columns(file: Path, encoding: str, delimiter: str) -> tuple[int, int]:
    """How many columns of a roster one row names; and cells of the longest row, for books of other columns."""
    reader = csv.reader(_lines(file, encoding), delimiter=delimiter)
    try:
        return max(((columns_named(row), len(row)) for row in islice(reader, TITLE_ROWS)), default=(0, 0))
    except csv.Error:
        return 0, 0
