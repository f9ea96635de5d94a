"""A roster workbook read: columns by their headings, rows that stand, rows that cannot and why."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from deploy.roster.fault import Fault
from deploy.roster.tables import CannotRead
from deploy.roster.workbook import MemberRow, Roster, read
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


def members(found: Roster) -> list[MemberRow]:
    return [row for row in found.members() if isinstance(row, MemberRow)]


def faults_of(found: Roster) -> list[Fault]:
    told = [row for row in found.members() if not isinstance(row, MemberRow)]
    return [*found.faults, *(fault for faults in told for fault in faults)]


def faults(found: Roster) -> list[tuple[str, int, str, str]]:
    return [(fault.sheet, fault.row, fault.column, fault.code) for fault in faults_of(found)]


def instead(row: list[Any], heading: str, cell: Any) -> list[Any]:
    headings = ORGANISATIONS if len(row) == len(ORGANISATIONS) else MEMBERS
    return [cell if name == heading else value for name, value in zip(headings, row, strict=True)]


def test_rows_become_the_commands_that_they_stand_for(tmp_path: Path) -> None:
    found = roster(tmp_path, members=[WANG, LI])
    assert not faults_of(found)
    group, basic = found.organisations
    assert (group.establish, group.kind) == (None, "group")
    assert basic.establish is not None
    assert (basic.establish.parent_id, basic.establish.kind, basic.establish.jurisdiction) == ("G", "basic", "110000")
    assert basic.headcount is not None
    assert basic.headcount.model_dump() == {"period": "2026-11", "headcount": 12, "dispatched": 2, "frontline": 9}
    wang, li = members(found)
    assert wang.join == JoinMember(
        org_id="G1",
        name="王小明",
        id_number="110000199001010013",
        worker_type="regular",
        frontline=True,
        phone="15400000001",
        employee_no="E1",
        trade_code="6-18-01-01",
        skill_grade="technician",
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
    people = [["ID number", "name", "front line", "worker type", "organisation code", "shoe size"]]
    people.append(["110000199001010013", "王小明", "是", "regular", "G1", "42"])
    found = read(write(tmp_path / "r.xlsx", {"Organisations": organisations, "members": people}), "2026-11")
    assert not faults_of(found)
    assert (found.organisations[0].org_id, found.organisations[0].headcount) == ("G1", None)
    assert (members(found)[0].join.name, members(found)[0].join.worker_type) == ("王小明", "regular")


def test_empty_rows_are_passed_over_and_counted_as_excel_counts(tmp_path: Path) -> None:
    found = roster(tmp_path, members=[[""] * len(MEMBERS), WANG, [""] * len(MEMBERS), LI])
    assert [row.row for row in members(found)] == [3, 5]


@pytest.mark.parametrize(
    ("heading", "cell", "says"),
    [
        ("证件号码", "110000199001010014", "compare it with the card"),
        ("证件号码", 110000199001010013, "format the column as text"),
        ("手机号", "12345", "A mobile number has eleven digits, such as 13800000000."),
        ("用工类型", "老板", "It must be one of: regular, dispatched, migrant, other."),
        ("一线", "也许", "Yes or no"),
        ("入会日期", "去年", "not a day such as 2024-03-01"),
        ("姓名", "", "required"),
        ("组织编码", "G/1", "An organisation's code is 1 to 64 letters, digits, - or _"),
        ("入会日期", 2024.1, "may have been typed as 2024.10"),
    ],
)
def test_a_cell_that_cannot_stand_is_named_with_what_to_do(tmp_path: Path, heading: str, cell: Any, says: str) -> None:
    found = roster(tmp_path, members=[LI, instead(WANG, heading, cell)])
    assert [row.join.name for row in members(found)] == ["李大华"]
    (fault,) = faults_of(found)
    assert (fault.sheet, fault.row, fault.column) == ("会员", 3, heading)
    assert says in fault.en
    assert fault.zh
    assert str(fault).startswith(f"会员, row 3, {heading}: ")


def test_nothing_that_stood_in_a_cell_of_a_person_is_told(tmp_path: Path) -> None:
    found = roster(tmp_path, members=[instead(instead(WANG, "证件号码", "110000199001010014"), "手机号", "15400000")])
    told = repr(found) + "".join(map(str, faults_of(found)))
    assert len(faults_of(found)) == 2
    assert not any(cell in told for cell in ("王小明", "110000199001010014", "15400000", "E1"))
    assert "王小明" not in repr(roster(tmp_path))


def test_of_two_rows_for_one_person_or_organisation_the_first_stands(tmp_path: Path) -> None:
    found = roster(tmp_path, [GROUP, BASIC, instead(BASIC, "属地", "310000")], [WANG, instead(LI, "证件号码", WANG[3])])
    assert faults(found) == [("组织", 4, "组织编码", "CodeTwice"), ("会员", 3, "证件号码", "PersonTwice")]
    assert [fault.en[:40] for fault in faults_of(found)] == [
        "This organisation stands in row 3 alread",
        "This person stands in row 2 already; kee",
    ]
    assert [row.join.name for row in members(found)] == ["王小明"]


@pytest.mark.parametrize(
    ("sheets", "says"),
    [
        ({"花名册": [["姓名"]]}, "neither a sheet 组织.*nor a sheet 会员.*缺少工作表“组织”或“会员”"),
        ({"组织": [ORGANISATIONS], "会员": [["姓名", "一线"]]}, "会员 has no column 组织编码、证件号码、用工类型"),
    ],
)
def test_a_workbook_without_a_sheet_or_a_column_is_sent_back(tmp_path: Path, sheets: dict[str, Any], says: str) -> None:
    with pytest.raises(CannotRead, match=says):
        read(write(tmp_path / "r.xlsx", sheets), "2026-11")


def test_headings_may_stand_below_titles_with_stars_and_notes(tmp_path: Path) -> None:
    titled: list[list[Any]] = [
        ["集团工会会员名册（2026年）"],
        [],
        ["填表人", "", "日期"],
        [f" {name}* " for name in MEMBERS],
        WANG,
    ]
    titled[3][3] = "证件号码（18位）"
    found = read(write(tmp_path / "r.xlsx", {"组织": [ORGANISATIONS, BASIC], "会员": titled}), "2026-11")
    assert [(row.row, row.join.name) for row in members(found)] == [(5, "王小明")]


def test_a_sheet_is_found_by_its_headings_and_one_is_enough(tmp_path: Path) -> None:
    sheets: dict[str, list[list[Any]]] = {"说明": [["请填写会员表"]], "Sheet1": [MEMBERS, WANG]}
    found = read(write(tmp_path / "r.xlsx", sheets), "2026-11")
    assert (len(members(found)), found.organisations) == (1, ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_csv_is_one_sheet_in_whatever_excel_writes(tmp_path: Path, encoding: str, delimiter: str) -> None:
    file = tmp_path / "members.csv"
    rows = [MEMBERS, [], [str(cell) for cell in WANG], instead(LI, "证件号码", "1.10000199001011E+17")]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    file.write_bytes(text.encode(encoding))
    found = read(file, "2026-11")
    (wang,) = members(found)
    assert (wang.row, wang.join.name, wang.join.joined_on) == (3, "王小明", date(2020, 3, 1))
    assert faults(found) == [("会员", 4, "证件号码", "LostDigits")]
    units = delimiter.join(ORGANISATIONS) + "\n" + delimiter.join(str(cell) for cell in BASIC)
    file.write_bytes(units.encode(encoding))
    assert [row.org_id for row in read(file, "2026-11").organisations] == ["G1"]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_csv_is_cut_as_its_headings_are_and_not_as_its_title(tmp_path: Path, delimiter: str) -> None:
    title = "示例集团,总部;工会\t会员,名册;2026,11,24;第1版,全部,共2人;制表,审核,批准"
    rows = [title, "", delimiter.join(MEMBERS), delimiter.join(str(cell) for cell in WANG)]
    (tmp_path / "members.csv").write_text("\n".join(rows), encoding="utf-8")
    assert [(row.row, row.join.name) for row in members(read(tmp_path / "members.csv", "2026-11"))] == [(4, "王小明")]


@pytest.mark.parametrize(("heading", "cell"), [("派遣数", 13), ("一线数", 20)])
def test_parts_larger_than_the_whole_refuse_the_row_before_anything_is_founded(
    tmp_path: Path, heading: str, cell: int
) -> None:
    found = roster(tmp_path, [GROUP, instead(BASIC, heading, cell)])
    assert faults(found) == [("组织", 3, heading, "PartsExceedWhole")]
    assert "12" in faults_of(found)[0].en
    assert [row.org_id for row in found.organisations] == ["G"]


def test_the_codes_of_rows_that_cannot_stand_are_known(tmp_path: Path) -> None:
    found = roster(tmp_path, [GROUP, instead(BASIC, "属地", "?"), BASIC])
    assert found.refused == frozenset()
    assert roster(tmp_path, [GROUP, instead(BASIC, "属地", "?")]).refused == {"G1"}
    assert roster(tmp_path, [GROUP, instead(BASIC, "组织编码", "=A1")]).refused == frozenset()


def test_a_csv_of_no_known_encoding_is_sent_back(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(CannotRead, match="neither UTF-8 nor GB18030"):
        read(tmp_path / "r.csv", "2026-11")


def test_formulas_and_what_looks_like_one_are_refused(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "r.xlsx")) as workbook:
        sheet = workbook.add_worksheet("会员")
        rows: list[list[Any]] = [MEMBERS, WANG, LI]
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, str(cell))
        sheet.write_formula(1, 2, '=CONCATENATE("王","小明")', None, "王小明")
        sheet.write_string(2, 1, "=1+1")
        sheet.write_formula(2, 8, "=1/0", None, "#DIV/0!")
    found = read(tmp_path / "r.xlsx", "2026-11")
    assert faults(found) == [
        ("会员", 2, "姓名", "FormulaCell"),
        ("会员", 3, "工号", "FormulaCell"),
        ("会员", 3, "工种", "FormulaCell"),
    ]


def test_a_tall_merged_cell_counts_for_each_of_its_rows_and_a_wide_one_is_a_title(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "r.xlsx")) as workbook:
        sheet = workbook.add_worksheet("会员")
        rows: list[list[Any]] = [MEMBERS, WANG, LI, [], instead(WANG, "证件号码", "11010519491231002X")]
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, str(cell))
        sheet.merge_range("A2:A3", "G7")
        sheet.merge_range("A4:J4", "二车间")
    found = read(tmp_path / "r.xlsx", "2026-11")
    assert [(row.row, row.org_id) for row in members(found)] == [(2, "G7"), (3, "G7"), (5, "G1")]
    assert not faults_of(found)


def test_a_row_of_one_cell_is_told_of(tmp_path: Path) -> None:
    assert faults(roster(tmp_path, members=[WANG, ["二车间"]])) == [("会员", 3, "", "OneCellOnly")]


def test_every_wrong_cell_of_a_row_is_told_at_once(tmp_path: Path) -> None:
    wrong = instead(instead(instead(WANG, "证件号码", 1.1e17), "入会日期", "昨天"), "一线", "")
    assert {fault[2:] for fault in faults(roster(tmp_path, members=[wrong]))} == {
        ("证件号码", "LostDigits"),
        ("入会日期", "NoSuchDay"),
        ("一线", "InvalidRequest"),
    }


def test_a_row_that_cannot_stand_does_not_keep_the_next_one_out(tmp_path: Path) -> None:
    found = roster(tmp_path, members=[instead(WANG, "一线", "?"), WANG, instead(WANG, "工号", "E9")])
    assert [row.row for row in members(found)] == [3]
    assert faults(found)[1] == ("会员", 4, "证件号码", "PersonTwice")


def test_rows_are_read_as_they_are_asked_for(tmp_path: Path) -> None:
    """A fault in the middle of the file shows when it is reached, not before."""
    file = write(tmp_path / "r.xlsx", {"会员": [MEMBERS, *(instead(WANG, "工号", f"E{n}") for n in range(3_000))]})
    found = read(file, "2026-11")
    rows = found.members()
    assert isinstance(next(rows), MemberRow)
    assert sum(1 for _ in found.members()) == 3_000


def test_a_damaged_workbook_is_sent_back(tmp_path: Path) -> None:
    whole = write(tmp_path / "r.xlsx", {"会员": [MEMBERS, WANG]}).read_bytes()
    (tmp_path / "r.xlsx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CannotRead, match="is damaged"):
        read(tmp_path / "r.xlsx", "2026-11")


def test_what_is_no_workbook_is_sent_back(tmp_path: Path) -> None:
    (tmp_path / "r.xlsx").write_text("组织编码,姓名")
    with pytest.raises(CannotRead, match=r"is not an Excel workbook \(.xlsx\) or CSV"):
        read(tmp_path / "r.xlsx", "2026-11")
    with pytest.raises(CannotRead, match="cannot be opened"):
        read(tmp_path / "missing.xlsx", "2026-11")
