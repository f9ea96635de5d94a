"""What people type into cells, and the one form that each has."""

import unicodedata
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis.strategies import characters, dates, floats, integers, lists, one_of, sampled_from, text
from pydantic import TypeAdapter
from stdnum.cn import ric

from deploy.roster import cells
from deploy.roster.cells import Formula
from deploy.roster.fault import FormulaCell, HiddenCharacters, LostDigits, MonthInDoubt, NoSuchDay
from deploy.roster.first_seen import FirstSeen
from deploy.roster.sheets import MEMBERS, ORGANISATIONS, SHEETS
from shared.kernel.refusal import Refused
from shared.values.person import IdNumber

READERS = [column.read for sheet in SHEETS for column in sheet.columns]
SPACE = text(sampled_from(" \u3000\u00a0\u200b\ufeff\t\u202d"), max_size=3)
ANYTHING = one_of(text(max_size=40), integers(), floats(), dates(), sampled_from([None, True, False, Formula()]))
ID_NUMBERS = dates(date(1950, 1, 1), date(2008, 12, 31)).flatmap(
    lambda born: integers(1, 999).map(lambda number: _with_check(f"110000{born:%Y%m%d}{number:03d}"))
)


def _with_check(first: str) -> str:
    return first + str(ric.calc_check_digit(first + "?"))


def _wide(word: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if letter.isascii() and letter.isalnum() else letter for letter in word)


@given(ID_NUMBERS, lists(SPACE, min_size=19, max_size=19), sampled_from([str, str.lower, _wide]))
def test_an_id_number_is_one_however_it_is_typed(number: str, spaces: list[str], written: Any) -> None:
    typed = "".join(space + letter for space, letter in zip(spaces, number, strict=False)) + spaces[-1]
    read = cells.id_number(written(typed))
    assert TypeAdapter(IdNumber).validate_python(read) == number


@given(ID_NUMBERS.filter(lambda number: number.isdecimal()))
def test_an_id_number_that_excel_took_for_a_number_is_never_guessed(number: str) -> None:
    for cell in (float(number), int(number), f"{float(number):.5E}", f"{float(number):.14e}"):
        with pytest.raises(LostDigits):
            cells.id_number(cell)


@given(integers(13_000_000_000, 19_999_999_999))
def test_a_phone_survives_being_a_number_if_no_digit_is_lost(number: int) -> None:
    whole = f"{number // 10**10}.{number % 10**10:010d}E+10"
    for cell in (number, float(number), str(number), f"+86 {number}", f"'{number}", _wide(str(number)), whole):
        assert cells.phone(cell) == str(number)
    with pytest.raises(LostDigits):
        cells.phone("1.54E+10")


@given(dates(date(1950, 1, 1), date(2050, 12, 31)))
def test_a_day_is_one_however_it_is_written(day: date) -> None:
    midnight = datetime(day.year, day.month, day.day)
    serial = (midnight - cells.EPOCH).days
    written = [
        day,
        midnight,
        serial,
        float(serial),
        str(serial),
        f"{day}",
        f"{day} 00:00:00",
        f"{day:%Y%m%d}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        _wide(f"{day.year} 年 {day.month} 月 {day.day} 日"),
    ]
    assert {cells.day(cell) for cell in written} == {day}


@given(dates())
def test_a_month_without_a_day_is_its_first(day: date) -> None:
    first = day.replace(day=1)
    for cell in (
        f"{day.year:04}年{day.month}月",
        f"{day.year:04} 年 {day.month:02} 月",
        f"{day.year:04}-{day.month:02}",
    ):
        assert cells.day(cell) == first


@pytest.mark.parametrize("cell", [2024.1, 2024.11, "2024.1", "2024.10", "2024/3", "2024-1", "2024年3", "２０２４．１"])
def test_a_month_that_a_spreadsheet_may_have_shortened_is_never_guessed(cell: Any) -> None:
    with pytest.raises(MonthInDoubt):
        cells.day(cell)


@pytest.mark.parametrize("cell", ["王\u202e明", "\u2066王明\u2069", "王明\u202c", "王\x07明", "王\x9f明"])
def test_a_name_that_is_not_what_it_looks_like_is_refused(cell: str) -> None:
    with pytest.raises(HiddenCharacters):
        cells.name(cell)
    assert cells.name("王\n明\t") == "王明"


@pytest.mark.parametrize(
    "cell", ["去年", "2024", "2024-13-01", "2024-02-30", "1/2/2024", "2024-03-01 12:30", 3.5, 7, "99999", True]
)
def test_what_may_mean_several_days_is_none(cell: Any) -> None:
    with pytest.raises(NoSuchDay):
        cells.day(cell)


@example("R\u00b8")  # a cedilla that stood apart
@example("''1")
@given(ANYTHING)
def test_whatever_stands_in_a_cell_is_read_or_refused(cell: Any) -> None:
    for read in READERS:
        try:
            first = read(cell)
        except Refused:
            continue
        assert read(first) == first, "what was read once is read the same again"


@given(text(characters(categories=["Zs", "Cc", "Cf"]), max_size=5).filter(lambda text: not cells.BLANK.sub("", text)))
def test_what_nobody_sees_is_nothing(blank: str) -> None:
    for read in READERS:
        assert read(blank) is None
        assert read(None) is None


@pytest.mark.parametrize("cell", ["=A1", " =1+1", "＝A1", Formula()])
def test_a_formula_is_no_value(cell: Any) -> None:
    for read in READERS:
        with pytest.raises(FormulaCell):
            read(cell)


def test_names_of_two_characters_are_not_wider_than_those_of_three() -> None:
    assert cells.name("王  明") == cells.name("王\u3000明 ") == "王明"
    assert cells.name(" Ann  Lee ") == "Ann Lee"
    assert cells.name("阿卜杜拉·买买提") == "阿卜杜拉·买买提"


def test_a_count_may_have_commas_and_is_whole_or_told_of() -> None:
    assert [cells.count(cell) for cell in ("1,200", "１２", 7.0, 7, None, "")] == [1200, 12, 7, 7, None, None]
    assert [cells.count(cell) for cell in ("7.5", 7.5, "十", "1e999999", "NaN")] == [
        "7.5",
        "7.5",
        "十",
        "1e999999",
        "NaN",
    ]


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("worker_type", "劳务派遣工", "dispatched"),
        ("worker_type", "Regular", "regular"),
        ("frontline", "√", True),
        ("frontline", 0.0, False),
        ("frontline", "否", False),
        ("frontline", True, True),
        ("skill_grade", "高级技师", "senior_technician"),
        ("skill_grade", "senior technician", "senior_technician"),
        ("worker_type", "老板", "老板"),
    ],
)
def test_words_are_understood_however_they_are_written(field: str, cell: Any, value: Any) -> None:
    assert MEMBERS.by_field[field].read(cell) == value
    assert ORGANISATIONS.by_field["kind"].read("联合基层工会") == "joint_basic"


def test_no_two_columns_have_a_name_in_common() -> None:
    for sheet in SHEETS:
        names = [unicodedata.normalize("NFKC", name) for one in sheet.columns for name in (one.heading, *one.names)]
        assert len(set(names)) == len(names), sheet.name


@given(lists(integers(0, 400), max_size=2_000))
def test_the_first_row_of_a_number_is_remembered(numbers: list[int]) -> None:
    seen, first = FirstSeen(), dict[int, int]()
    for row, number in enumerate(numbers, start=2):
        assert seen.row(str(number), row) == first.setdefault(number, row)


def test_a_hundred_thousand_numbers_take_a_few_bytes_each() -> None:
    seen = FirstSeen()
    for number in range(100_000):
        assert seen.row(str(number), number + 2) == number + 2
    assert seen._digests.itemsize * len(seen._digests) + seen._rows.itemsize * len(seen._rows) < 4_000_000
    assert all(seen.row(str(number), 0) == number + 2 for number in range(0, 100_000, 997))


EXCEL_1900 = date(1900, 3, 1) - timedelta(days=61)


def test_days_are_counted_as_excel_counts() -> None:
    assert cells.EPOCH.date() == EXCEL_1900
    assert cells.day(43_891) == date(2020, 3, 1)
