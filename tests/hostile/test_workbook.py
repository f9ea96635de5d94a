"""Workbooks that nobody would fill in: a row is a row or a fault, a file is read or refused in two languages."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.roster.cells import Formula
from deploy.roster.fault import Fault
from deploy.roster.sheets import MEMBERS as MEMBER_SHEET
from deploy.roster.sheets import ORGANISATIONS as ORGANISATION_SHEET
from deploy.roster.sheets import Sheet
from deploy.roster.source import row_as, source_of
from deploy.roster.tables import CannotRead, Table
from deploy.roster.workbook import MemberRow, OrganisationRow, _member, _organisation, read
from tests.deploy.test_roster_workbook import BASIC, GROUP, LI, MEMBERS, ORGANISATIONS, WANG, write

ONCE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
cells = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.timedeltas()
    | st.just(Formula())
    | st.sampled_from(
        ["=1+1", "1E+17", "二〇二四年三月", "2024.13.45", "９９９９", "٣", "\u200b", "x" * 40_000, "-0", "１e９"]
    )
    | st.sampled_from(
        [datetime.max, date.min, time.max.replace(tzinfo=UTC), timedelta.max, float("nan"), float("inf"), 10**400]
    )
)


def sound(sheet: Sheet, headings: Sequence[str], row: Sequence[Any], make: Any) -> Any:
    """What comes of a row under these headings."""
    table = Table(sheet.name, lambda: iter([(1, headings), (2, row)]), 2)
    return row_as(source_of(sheet, table), 2, row, make)


def is_fault(found: Any) -> bool:
    return isinstance(found, tuple) and bool(found) and all(isinstance(one, Fault) for one in found)


@ONCE
@given(row=st.lists(cells, max_size=len(MEMBERS) + 2))
def test_a_member_of_any_cells(row: list[Any]) -> None:
    found = sound(MEMBER_SHEET, MEMBERS, row, _member)
    assert isinstance(found, MemberRow) or is_fault(found)


@ONCE
@given(place=st.integers(0, len(MEMBERS) - 1), cell=cells)
def test_a_good_member_with_one_cell_of_any_kind(place: int, cell: Any) -> None:
    found = sound(MEMBER_SHEET, MEMBERS, [*WANG[:place], cell, *WANG[place + 1 :]], _member)
    assert isinstance(found, MemberRow) or is_fault(found)


@ONCE
@given(place=st.integers(0, len(ORGANISATIONS) - 1), cell=cells)
def test_a_good_organisation_with_one_cell_of_any_kind(place: int, cell: Any) -> None:
    row = [*BASIC[:place], cell, *BASIC[place + 1 :]]
    found = sound(ORGANISATION_SHEET, ORGANISATIONS, row, lambda row, cells: _organisation(row, cells, "2026-11"))
    assert isinstance(found, OrganisationRow) or is_fault(found)


def is_read_or_refused(file: Path) -> None:
    try:
        list(read(file, "2026-11").members())
    except CannotRead as refused:
        told = str(refused)
    else:
        return
    assert any("\u4e00" <= letter <= "\u9fff" for letter in told)


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    sheets: dict[str, list[list[Any]]] = {"组织": [ORGANISATIONS, GROUP, BASIC], "会员": [MEMBERS, WANG, LI]}
    return write(tmp_path_factory.mktemp("sound") / "roster.xlsx", sheets).read_bytes()


spots = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8)


@ONCE
@given(spots=spots, kept=st.floats(0.1, 1))
def test_a_file_with_some_bytes_of_any_kind(tmp_path: Path, workbook: bytes, spots: Any, kept: float) -> None:
    spoilt = bytearray(workbook)
    for where, byte in spots:
        spoilt[4 + int(where * (len(spoilt) - 4))] = byte
    file = tmp_path / "spoilt.xlsx"
    file.write_bytes(bytes(spoilt[: int(kept * len(spoilt))]) if kept < 0.9 else bytes(spoilt))
    is_read_or_refused(file)


@ONCE
@given(data=st.data(), spots=spots)
def test_a_sound_archive_with_a_part_of_any_kind(
    tmp_path: Path, workbook: bytes, data: st.DataObject, spots: Any
) -> None:
    parts = zipfile.ZipFile(io.BytesIO(workbook))
    chosen = data.draw(st.sampled_from(sorted(parts.namelist())))
    file = tmp_path / "part.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        for name in parts.namelist():
            content = bytearray(parts.read(name))
            for where, byte in spots if name == chosen else ():
                content[int(where * len(content))] = byte
            archive.writestr(name, bytes(content))
    is_read_or_refused(file)


@ONCE
@given(raw=st.binary(max_size=300), headed=st.booleans())
def test_a_csv_of_any_bytes(tmp_path: Path, raw: bytes, headed: bool) -> None:
    text = io.StringIO()
    csv.writer(text).writerow(MEMBERS)
    file = tmp_path / "any.csv"
    file.write_bytes((text.getvalue().encode() if headed else b"") + raw)
    is_read_or_refused(file)


def test_a_style_that_no_spreadsheet_knows(tmp_path: Path, workbook: bytes) -> None:
    parts = zipfile.ZipFile(io.BytesIO(workbook))
    file = tmp_path / "style.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        for name in parts.namelist():
            archive.writestr(name, parts.read(name).replace(b"patternType", b"patternTyp_"))
    with pytest.raises(CannotRead):
        read(file, "2026-11")
