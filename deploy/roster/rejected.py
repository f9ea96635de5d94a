"""The rows that could not come in, as a workbook to correct and import again; readable by its owner alone."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from deploy.roster.cells import Cell, Formula, is_blank
from deploy.roster.fault import Fault
from deploy.roster.source import Source
from deploy.roster.tables import Row

REASONS = ("原行号 (row)", "有误的列 (column)", "原因", "reason")
"""Headings that a reader of rosters does not know, so that it passes them over."""


def rejected_file(file: Path) -> Path:
    return file.with_name(f"{file.stem}.rejected.xlsx")


def removed_rejected(file: Path) -> bool:
    """That of an earlier import of the same file, which nobody has to correct any more; whether there was one."""
    before = rejected_file(file)
    there = before.exists()
    before.unlink(missing_ok=True)
    return there


def write_rejected(sources: Iterable[Source], faults: Iterable[Fault], file: Path) -> None:
    """In the order of the rows; the sheets are read once more for what stands in them."""
    of_row: dict[tuple[str, int], list[Fault]] = defaultdict(list)
    for fault in faults:
        of_row[fault.sheet, fault.row].append(fault)
    file.unlink(missing_ok=True)
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with xlsxwriter.Workbook(str(file), {"constant_memory": True, "strings_to_formulas": False}) as workbook:
        for source in sources:
            numbers = {row for sheet, row in of_row if sheet == source.sheet.name}
            if numbers:
                _write(workbook, source, _rows(source, numbers), of_row)


def _rows(source: Source, numbers: set[int]) -> Iterator[tuple[int, Row]]:
    return ((number, row) for number, row in source.table.rows() if number == source.headings or number in numbers)


def _write(
    workbook: Any, source: Source, rows: Iterator[tuple[int, Row]], of_row: dict[tuple[str, int], list[Fault]]
) -> None:
    worksheet = workbook.add_worksheet(source.sheet.name)
    text = workbook.add_format({"num_format": "@"})
    formats = {
        "bold": workbook.add_format({"bold": True, "bottom": 1}),
        "day": workbook.add_format({"num_format": "yyyy-mm-dd"}),
        "wrong": workbook.add_format({"num_format": "@", "bg_color": "#FFE699"}),
        "why": workbook.add_format({"font_color": "#C00000"}),
    }
    place = {column.heading: at for at, column in source.columns.items()}
    width = max(source.columns) + 1
    worksheet.freeze_panes(1, 0)
    for line, (number, row) in enumerate(rows):
        cells = list(row)
        if number == source.headings:
            width = len(cells)
            worksheet.set_column(0, width - 1, 18, text)
            worksheet.set_column(width, width + len(REASONS) - 1, 30)
            for at, cell in enumerate((*cells, *REASONS)):
                worksheet.write_string(line, at, "" if is_blank(cell) else str(cell), formats["bold"])
            continue
        faults = of_row[source.sheet.name, number]
        marked = {place[fault.column] for fault in faults if fault.column in place}
        for at in range(width):
            cell = cells[at] if at < len(cells) else None
            _write_cell(worksheet, line, at, cell, formats["wrong"] if at in marked else None, formats["day"])
        for at, words in enumerate(_reasons(number, faults), start=width):
            worksheet.write_string(line, at, words, formats["why"])


def _reasons(number: int, faults: list[Fault]) -> tuple[str, str, str, str]:
    columns = "、".join(fault.column for fault in faults if fault.column)
    return str(number), columns, "".join(fault.zh for fault in faults), " ".join(fault.en for fault in faults)


def _write_cell(worksheet: Any, row: int, at: int, cell: Cell, shape: Any, day: Any) -> None:
    """Never as a formula."""
    match cell:
        case Formula():
            worksheet.write_blank(row, at, None, shape)
        case datetime() | date():
            worksheet.write_datetime(row, at, cell, day)
        case bool():
            worksheet.write_boolean(row, at, cell, shape)
        case int() | float():
            worksheet.write_number(row, at, cell, shape)
        case _ if is_blank(cell):
            if shape:
                worksheet.write_blank(row, at, None, shape)
        case _:
            worksheet.write_string(row, at, str(cell), shape)
