"""A roster workbook read: columns by their headings, rows that stand, rows that cannot and why."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from deploy.roster.workbook import CannotRead, Roster, read
from services.members.membership.join_member import JoinMember

ORGANISATIONS = ["组织编码", "组织名称", "上级编码", "类型", "属地", "职工数", "派遣数", "一线数"]
MEMBERS = ["组织编码", "工号", "姓名", "证件号码", "手机号", "入会日期", "用工类型", "一线", "工种", "技能等级"]
GROUP = ["G", "集团工会", "", "集团", "110000", 0, 0, 0]
BASIC = ["G1", "一厂工会", "G", "基层", "110000", 12, 2, 9]
WANG = [
    "G1",
    "E1",
    "王小明",
    "110000199001010013",
    "15400000001",
    date(2020, 3, 1),
    "合同制",
    "是",
    "6-18-01-01",
    "技师",
]
LI = ["G1", "E2", "李大华", "310000198502030015", "15400000002", "2019-07-15", "劳务派遣", "否", "", ""]


def write(file: Path, sheets: Mapping[str, Sequence[Sequence[Any]]]) -> Path:
    with xlsxwriter.Workbook(str(file)) as workbook:
        workbook.set_properties({"created": datetime(2026, 1, 1)})
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if isinstance(cell, date):
                        sheet.write_datetime(number, place, cell, day)
                    elif isinstance(cell, str):
                        sheet.write_string(number, place, cell)
                    else:
                        sheet.write(number, place, cell)
    return file


def roster(
    tmp_path: Path, organisations: Sequence[Sequence[Any]] = (GROUP, BASIC), members: Sequence[Sequence[Any]] = (WANG,)
) -> Roster:
    sheets = {"组织": [ORGANISATIONS, *organisations], "会员": [MEMBERS, *members]}
    return read(write(tmp_path / "roster.xlsx", sheets), "2026-11")


def faults(found: Roster) -> list[tuple[str, int, str, str]]:
    return [(fault.sheet, fault.row, fault.column, fault.code) for fault in found.faults]


def instead(row: list[Any], heading: str, cell: Any) -> list[Any]:
    headings = ORGANISATIONS if len(row) == len(ORGANISATIONS) else MEMBERS
    return [cell if name == heading else value for name, value in zip(headings, row, strict=True)]


def test_rows_become_the_commands_that_they_stand_for(tmp_path: Path) -> None:
    found = roster(tmp_path, members=[WANG, LI])
    assert not found.faults
    group, basic = found.organisations
    assert (group.establish, group.kind) == (None, "group")
    assert basic.establish is not None
    assert (basic.establish.parent_id, basic.establish.kind, basic.establish.jurisdiction) == ("G", "basic", "110000")
    assert basic.headcount is not None
    assert basic.headcount.model_dump() == {"period": "2026-11", "headcount": 12, "dispatched": 2, "frontline": 9}
    wang, li = found.members
    assert wang.join == JoinMember(
        org_id="G1",
        name="王小明",
        id_number="110000199001010013",
        worker_type="regular",
        frontline=True,
        phone="15400000001",
        employee_no="E1",
        trade_code="6-18-01-01",
        joined_on=date(2020, 3, 1),
    )
    assert (li.row, li.join.worker_type, li.join.frontline, li.join.joined_on) == (
        3,
        "dispatched",
        False,
        date(2019, 7, 15),
    )


def test_headings_stand_in_any_order_and_in_english(tmp_path: Path) -> None:
    organisations = [["Kind", "parent code", "Jurisdiction", "organisation code"], ["基层", "G", "110000", "G1"]]
    members = [["ID number", "name", "front line", "worker type", "organisation code", "shoe size"]]
    members.append(["110000199001010013", "王小明", "是", "regular", "G1", "42"])
    found = read(write(tmp_path / "r.xlsx", {"Organisations": organisations, "members": members}), "2026-11")
    assert not found.faults
    assert (found.organisations[0].org_id, found.organisations[0].headcount) == ("G1", None)
    assert (found.members[0].join.name, found.members[0].join.worker_type) == ("王小明", "regular")


def test_empty_rows_are_passed_over_and_counted_as_excel_counts(tmp_path: Path) -> None:
    found = roster(tmp_path, members=[[""] * len(MEMBERS), WANG, [""] * len(MEMBERS), LI])
    assert [row.row for row in found.members] == [3, 5]


@pytest.mark.parametrize(
    ("heading", "cell", "says"),
    [
        ("证件号码", "110000199001010014", "compare it with the card"),
        ("证件号码", 110000199001010013, "format the column as text"),
        ("手机号", "12345", "This does not have the right form."),
        ("用工类型", "老板", "It must be one of: regular, dispatched, migrant, other."),
        ("一线", "也许", "Yes or no"),
        ("入会日期", "去年", "A date such as 2026-05-01"),
        ("姓名", "", "required"),
        ("组织编码", "G 1", "right form"),
    ],
)
def test_a_cell_that_cannot_stand_is_named_with_what_to_do(tmp_path: Path, heading: str, cell: Any, says: str) -> None:
    found = roster(tmp_path, members=[LI, instead(WANG, heading, cell)])
    assert [row.join.name for row in found.members] == ["李大华"]
    (fault,) = found.faults
    assert (fault.sheet, fault.row, fault.column) == ("会员", 3, heading)
    assert says in fault.en
    assert fault.zh
    assert str(fault).startswith(f"会员, row 3, {heading}: ")


def test_nothing_that_stood_in_a_cell_of_a_person_is_told(tmp_path: Path) -> None:
    found = roster(tmp_path, members=[instead(instead(WANG, "证件号码", "110000199001010014"), "手机号", "15400000")])
    told = repr(found) + "".join(map(str, found.faults))
    assert len(found.faults) == 2
    assert not any(cell in told for cell in ("王小明", "110000199001010014", "15400000", "E1"))
    assert "王小明" not in repr(roster(tmp_path))


def test_of_two_rows_for_one_person_or_organisation_the_first_stands(tmp_path: Path) -> None:
    found = roster(tmp_path, [GROUP, BASIC, instead(BASIC, "属地", "310000")], [WANG, instead(LI, "证件号码", WANG[3])])
    assert faults(found) == [("组织", 4, "组织编码", "CodeTwice"), ("会员", 3, "证件号码", "PersonTwice")]
    assert [fault.en[:40] for fault in found.faults] == [
        "This organisation stands in row 3 alread",
        "This person stands in row 2 already; kee",
    ]
    assert [row.join.name for row in found.members] == ["王小明"]


def test_the_digest_is_the_files_own(tmp_path: Path) -> None:
    assert roster(tmp_path).digest == roster(tmp_path).digest != roster(tmp_path, members=[LI]).digest


@pytest.mark.parametrize(
    ("sheets", "says"),
    [
        ({"会员": [MEMBERS]}, "no sheet 组织 or organisations.*缺少工作表“组织”"),
        ({"组织": [ORGANISATIONS], "会员": [["姓名", "一线"]]}, "会员 has no column 组织编码、证件号码、用工类型"),
    ],
)
def test_a_workbook_without_a_sheet_or_a_column_is_sent_back(tmp_path: Path, sheets: dict[str, Any], says: str) -> None:
    with pytest.raises(CannotRead, match=says):
        read(write(tmp_path / "r.xlsx", sheets), "2026-11")


def test_what_is_no_workbook_is_sent_back(tmp_path: Path) -> None:
    (tmp_path / "r.xlsx").write_text("组织编码,姓名")
    with pytest.raises(CannotRead, match="is not an Excel workbook"):
        read(tmp_path / "r.xlsx", "2026-11")
    with pytest.raises(CannotRead, match="cannot be opened"):
        read(tmp_path / "missing.xlsx", "2026-11")
