from datetime import date

import pytest
from pydantic import ValidationError

from deploy.takeover.lines import BalanceLine, CaseLine, FileLine
from tests.story import ANN

TODAY = date(2026, 11, 24)
ID_NUMBER = "110000199001011235"
BALANCE = {"org_id": "G01", "purpose": "aid", "source": "dues", "opening_fen": 100, "year": None}
FILE = {
    "org_id": "G0101",
    "id_number": ID_NUMBER,
    "member_id": None,
    "hardship_class": "DEEP",
    "opened_on": date(2026, 3, 1),
    "review_due_on": date(2027, 3, 1),
}
CASE = {
    "org_id": "G0101",
    "source_ref": "12351-7",
    "category": "meals",
    "urgency": "general",
    "opened_on": date(2026, 11, 20),
    "due_on": date(2026, 11, 27),
    "handler_id": None,
    "id_number": None,
    "member_id": None,
    "about": (),
}


def test_a_balance_without_a_year_is_of_this_one() -> None:
    line = BalanceLine.read(BALANCE, TODAY)
    assert (line.year, line.opening_fen) == (2026, 100)
    assert BalanceLine.read(BALANCE | {"year": 2025}, TODAY).key == line.key
    assert BalanceLine.read(BALANCE | {"source": "grant"}, TODAY).key != line.key


def test_a_file_is_of_somebody() -> None:
    assert FileLine.read(FILE, TODAY).key == ID_NUMBER
    assert FileLine.read(FILE | {"id_number": None, "member_id": ANN}, TODAY).key == ANN
    for nobody in ({"id_number": None}, {"id_number": "1"}, {"id_number": None, "member_id": "x"}):
        with pytest.raises(ValidationError) as wrong:
            FileLine.read(FILE | nobody, TODAY)
        (error,) = wrong.value.errors()
        assert error["loc"][0] in ("id_number", "member_id")


def test_a_case_may_be_of_nobody() -> None:
    line = CaseLine.read(CASE, TODAY)
    assert (line.id_number, line.member_id, line.about) == (None, None, ())
    assert CaseLine.read(CASE | {"id_number": ID_NUMBER}, TODAY).key == line.key
    assert CaseLine.read(CASE | {"org_id": "G01"}, TODAY).key != line.key


def test_the_number_of_a_person_does_not_show() -> None:
    for line in (FileLine.read(FILE, TODAY), CaseLine.read(CASE | {"id_number": ID_NUMBER}, TODAY)):
        assert ID_NUMBER not in repr(line)
