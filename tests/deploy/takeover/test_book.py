"""Books read from real workbooks and CSV files: what a row becomes, and what is told about one that becomes nothing."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from deploy.roster.fault import Fault
from deploy.roster.tables import CannotRead
from deploy.takeover.book import BALANCE_BOOK, CASE_BOOK, FILE_BOOK, Book, Kind
from deploy.takeover.bring_in import Brought, bring_in, foreseen
from deploy.takeover.clerk import Clerk, Declined, Outcome
from deploy.takeover.lines import BalanceLine, CaseLine, FileLine
from tests.deploy.takeover.test_lines import ID_NUMBER, TODAY
from tests.story import ANN

BALANCES = ("组织编码", "账户用途", "来源", "期初余额(元)")
FILES = ("组织编码", "证件号码", "类别", "建档日期", "复核日期")
CASES = ("组织编码", "编号", "类别", "紧急程度", "受理日期", "答复期限", "经办人", "会员编号", "被反映人")


def write(file: Path, sheet: str, *rows: Sequence[Any]) -> Path:
    with xlsxwriter.Workbook(str(file)) as workbook:
        worksheet = workbook.add_worksheet(sheet)
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, date):
                    worksheet.write_datetime(number, place, cell, day)
                elif cell is not None:
                    worksheet.write(number, place, cell)
    return file


def lines(file: Path, kind: Kind[Any], known: set[str] | None = None) -> list[Any]:
    """What each row becomes; of faults the codes and columns."""
    return [
        [(fault.code, fault.column) for fault in line] if isinstance(line, tuple) else line
        for _, line in Book.of(file, kind).lines(TODAY, known)
    ]


def test_balances_are_read_as_people_write_them(tmp_path: Path) -> None:
    file = write(
        tmp_path / "b.xlsx",
        "期初余额",
        ["集团工会各账户期初余额"],
        BALANCES,
        ["G01", "困难帮扶", "会费", "12,345.60"],
        ["Ｇ０２", "prize", "grant", 0.1 + 0.2],
        [],
        ["G03", "慰问", "上级补助", 7],
    )
    assert lines(file, BALANCE_BOOK) == [
        BalanceLine(org_id="G01", purpose="aid", source="dues", year=2026, opening_fen=1_234_560),
        BalanceLine(org_id="G02", purpose="prize", source="grant", year=2026, opening_fen=30),
        BalanceLine(org_id="G03", purpose="condolence", source="grant", year=2026, opening_fen=700),
    ]


def test_what_is_wrong_is_told_by_column(tmp_path: Path) -> None:
    file = write(
        tmp_path / "b.xlsx",
        "balances",
        ["organisation code", "purpose", "source", "opening balance", "year"],
        ["G01", "aid", "dues", "1.234", None],
        ["G01", "aid", "dues", "-1", "long ago"],
        ["G01", None, "dues", "=1+1", None],
        ["G01", "aid", "dues", 5, None],
        ["G01", "aid", "dues", 6, None],
        ["G09", "aid", "dues", 6, None],
    )
    balance, year = "期初余额(元)", "年度"
    read = lines(file, BALANCE_BOOK, {"G01"})
    assert read[0] == [("NotAnAmount", balance)]
    assert sorted(read[1]) == [("InvalidRequest", year), ("NotAnAmount", balance)]
    assert sorted(read[2]) == [("FormulaCell", balance), ("InvalidRequest", "账户用途")]
    assert isinstance(read[3], BalanceLine)
    assert read[4:] == [[("RowTwice", "账户用途")], [("OrganisationUnknown", "组织编码")]]


def test_files_are_read_with_numbers_and_days_in_many_ways(tmp_path: Path) -> None:
    file = write(
        tmp_path / "f.xlsx",
        "在档困难职工",
        FILES,
        ["G0101", f" {ID_NUMBER[:6]} {ID_NUMBER[6:]}", "深度困难", "2026.3.1", date(2027, 3, 1)],
        ["G0101", ID_NUMBER, "DEEP", "2026-03-01", "2027-03-01"],
        ["G0101", 1.10000199001011e17, "相对困难", "2026-03-01", "2027-03-01"],
        ["G0101", None, "很困难", "2026-13-01", "2027-03-01"],
    )
    first, *others = lines(file, FILE_BOOK)
    assert isinstance(first, FileLine)
    assert (first.id_number, first.hardship_class) == (ID_NUMBER, "DEEP")
    assert (first.opened_on, first.review_due_on) == (date(2026, 3, 1), date(2027, 3, 1))
    assert others[0] == [("RowTwice", "证件号码")]
    assert others[1] == [("LostDigits", "证件号码")]
    assert sorted(others[2]) == [("InvalidRequest", "类别"), ("InvalidRequest", "证件号码"), ("NoSuchDay", "建档日期")]


def test_cases_are_read_from_a_csv_of_excel_in_china(tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    rows = (
        ",".join(CASES),
        f"G0101,12351-7,餐饮,一般,2026-11-20,2026-11-27,cadre,{ANN},chair；li.gonghui",
        "G0101,12351-8,工作作风,紧急,2026年11月20日,2026/11/19,,,",
    )
    file.write_text("\r\n".join(rows), encoding="gb18030")
    first, second = lines(file, CASE_BOOK)
    assert isinstance(first, CaseLine)
    assert (first.category, first.urgency, first.handler_id, first.member_id) == ("meals", "general", "cadre", ANN)
    assert first.about == ("chair", "li.gonghui")
    assert [code for code, _ in second] == ["InvalidRequest"]


def test_a_file_that_is_something_else(tmp_path: Path) -> None:
    file = write(tmp_path / "b.xlsx", "期初余额", BALANCES[:2], ["G01", "aid"])
    with pytest.raises(CannotRead, match="来源、期初余额"):
        Book.of(file, BALANCE_BOOK)
    (tmp_path / "x.xlsx").write_text("no workbook")
    with pytest.raises(CannotRead):
        Book.of(tmp_path / "x.xlsx", BALANCE_BOOK)


async def test_each_row_is_brought_in_or_told(tmp_path: Path) -> None:
    file = write(
        tmp_path / "b.xlsx",
        "期初余额",
        BALANCES,
        *([f"G{number}", "aid", "dues", number] for number in range(1, 5)),
        ["G1", "aid", "dues", "much"],
    )

    async def played(clerk: Clerk, row: int, line: BalanceLine) -> Outcome:
        if line.org_id == "G3":
            raise Declined("opening_fen", "OtherBalance", "No.", "不行。")
        return "unchanged" if line.org_id == "G2" else "created"

    kind = Kind("balances", BALANCE_BOOK.sheet, BALANCE_BOOK.read, "purpose", played)
    book, known = Book.of(file, kind), {"G1", "G2", "G3", "G4"}
    done: list[None] = []
    brought = await bring_in(book, None, TODAY, known, lambda: done.append(None))  # type: ignore[arg-type]
    assert brought.counts() == {"created": 2, "unchanged": 1, "rejected": 2}
    assert [(fault.row, fault.code, fault.column) for fault in brought.faults] == [
        (4, "OtherBalance", "期初余额(元)"),
        (6, "NotAnAmount", "期初余额(元)"),
    ]
    assert len(done) == 5
    assert brought.document()["balances"] == brought.counts()
    assert foreseen(book, TODAY, known).counts() == {"created": 4, "unchanged": 0, "rejected": 1}


def test_a_row_with_two_faults_is_rejected_once() -> None:
    faults = [Fault("期初余额", 2, column, "x", "X.", "某。") for column in ("来源", "年度")]
    assert Brought("balances", faults=faults).counts()["rejected"] == 1
