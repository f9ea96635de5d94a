from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.values.ids import ActorId, Code, Jurisdiction, Month, OrgId, OrgName, Reference
from shared.values.person import EmployeeNo, IdNumber, Mobile, PersonName, born

VALID = "110000199001011235"
WITH_X = "11010519491231002X"


def _accepts(kind: Any, text: object) -> bool:
    try:
        TypeAdapter(kind).validate_python(text)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (VALID, VALID),
        ("110000 19900101 1235", VALID),
        ("１１００００１９９００１０１１２３５", VALID),
        (WITH_X.lower(), WITH_X),
        (f" {WITH_X}\t", WITH_X),
    ],
)
def test_an_id_number_is_one_however_it_is_written(written: str, number: str) -> None:
    assert TypeAdapter(IdNumber).validate_python(written) == number


@pytest.mark.parametrize(
    "wrong",
    [
        "110000199001011234",  # checksum
        "11000019900101123",  # a place short
        "990000199001010017",  # no such division
        "110000199013010019",  # no such month
        "1.10000199001011E+17",
        110000199001011235,
        None,
        "",
    ],
)
def test_a_wrong_id_number_is_refused(wrong: object) -> None:
    assert not _accepts(IdNumber, wrong)


def test_a_mobile_has_eleven_digits() -> None:
    assert TypeAdapter(Mobile).validate_python(" 138 0000 0000 ") == "13800000000"
    for wrong in ("12800000000", "1380000000", "138000000000", "+8613800000000"):
        assert not _accepts(Mobile, wrong)


def test_a_date_of_birth_stands_in_the_number() -> None:
    assert born(VALID) == date(1990, 1, 1)


def test_a_name_is_a_name() -> None:
    for name in ("张三", "阿卜杜拉·买买提", "Ann Lee", "𠮷田"):
        assert _accepts(PersonName, name)
    for wrong in (
        "",
        "  ",
        "=cmd|' /C calc'!A0",
        "张三\n李四",
        "a@b.cn",
        "13800000000",
        "x" * 51,
        "<b>",
        "王\u202e明",
        "王\u2066明",
        "王\x7f",
    ):
        assert not _accepts(PersonName, wrong)


@pytest.mark.parametrize("kind", [ActorId, Code, Reference])
def test_no_code_says_who_somebody_is(kind: object) -> None:
    for number in ("13800000000", VALID, WITH_X, "V-13800000000", "4111111111111111"):
        assert not _accepts(kind, number), number
    for code in ("6-31-01-03", "V-2026-0001", "20261124001", "aid"):
        assert _accepts(kind, code), code


def test_a_member_acts_under_its_pseudonym_whatever_digits_it_has() -> None:
    """Three of ten thousand random ids hold what looks like a mobile."""
    assert _accepts(ActorId, "0198c0de-0000-7000-8000-a13800000000")


def test_codes_are_not_free_text() -> None:
    for text in ("two words", "张三", "", "-x", "a" * 65):
        assert not _accepts(Code, text)
        assert not _accepts(Reference, text)
        assert not _accepts(OrgId, text)
        assert text == "" or not _accepts(EmployeeNo, text)


def test_places_and_months() -> None:
    assert _accepts(Jurisdiction, "110000")
    assert not _accepts(Jurisdiction, "010000")
    assert _accepts(Month, "2026-11")
    assert not _accepts(Month, "2026-13")


def test_an_organisations_name_has_letters_and_short_numbers_only() -> None:
    for name in ("第301厂（东区）工会", "T·S Union", "一厂、二厂联合基层工会"):
        assert _accepts(OrgName, name)
    for wrong in ("工", "党群13800000000", "党群010-88886666", "工会\n一厂", "<b>工会", "=工会", f"工会{WITH_X}"):
        assert not _accepts(OrgName, wrong)
