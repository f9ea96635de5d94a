"""How a view's dataclass becomes a document and comes back, and how tallies are added up."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import pytest

from shared.kernel.views import added, codec, document_key, from_document, to_document
from tests.kernel.toy import Sales, toy


@dataclass(frozen=True)
class Line:
    on: date
    amount: int


@dataclass(frozen=True)
class Everything:
    id: str
    on: date
    until: date | None = None
    standing: Literal["open", "closed"] = "open"
    note: str | None = None
    ratio: float = 0.0
    seats: dict[str, int] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()

    @property
    def last(self) -> Line | None:
        return self.lines[-1] if self.lines else None


@dataclass(frozen=True)
class Checked:
    id: str
    on: date
    number: int = 1

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("less than nothing")


@dataclass(frozen=True, slots=True)
class Slim:
    id: str
    number: int = 1


DAY = date(2026, 5, 4)
FULL = Everything("a", DAY, date(2027, 1, 1), "closed", "x", 0.5, {"b": 1}, (Line(DAY, 3),))


@pytest.mark.parametrize("view", [FULL, Everything("a", DAY), Checked("a", DAY, 2), Slim("a", 2)])
def test_a_view_comes_back_from_its_document_as_it_was(view: Any) -> None:
    kind: Any = type(view)
    write, read = codec(kind)
    document = write(view)
    again = read({"_id": "whatever", **document})
    assert again == view
    assert vars(again) == vars(view) if not isinstance(view, Slim) else again.number == view.number
    assert write(again) == document


def test_a_document_holds_what_a_database_can_hold_in_the_order_of_the_fields() -> None:
    assert list(codec(Everything)[0](FULL).items()) == [
        ("id", "a"),
        ("on", "2026-05-04"),
        ("until", "2027-01-01"),
        ("standing", "closed"),
        ("note", "x"),
        ("ratio", 0.5),
        ("seats", {"b": 1}),
        ("lines", [{"on": "2026-05-04", "amount": 3}]),
    ]


def test_fields_that_a_document_lacks_take_their_defaults_and_others_are_left_out() -> None:
    read = codec(Everything)[1]
    assert read({"_id": "a", "id": "a", "on": "2026-05-04", "formerly": 1}) == Everything("a", DAY)
    with pytest.raises(TypeError):
        read({"_id": "a", "id": "a"})


def test_a_view_that_checks_itself_is_checked_when_it_comes_back() -> None:
    with pytest.raises(ValueError, match="less than nothing"):
        from_document(Checked, {"_id": "a", "id": "a", "on": "2026-05-04", "number": -1})


def test_a_tally_has_a_document_for_each_source_and_an_owned_view_one() -> None:
    views = toy("toy").views
    assert document_key(views["sales"], "all", ("gonghui.toy", 2)) == "all|gonghui.toy:2"
    assert document_key(views["bought"], "ann", ("gonghui.toy", 2)) == "ann"
    document = to_document(views["sales"], "all|gonghui.toy:2", Sales("all", 3, 1))
    assert document == {"_id": "all|gonghui.toy:2", "id": "all", "sold": 3, "returned": 1}


@dataclass(frozen=True)
class Tally:
    id: str
    org_id: str = ""
    members: int = 0
    joined: int = 0


def test_numbers_are_added_up_over_sources_and_texts_are_taken_from_whoever_has_them() -> None:
    documents = [
        {"_id": "a|t:0", "id": "a", "org_id": "", "members": 2, "joined": 1},
        {"_id": "a|t:1", "id": "a", "org_id": "G01", "members": 3},
    ]
    assert added(Tally, "a", documents) == Tally("a", "G01", 5, 1)
    assert added(Tally, "a", []) is None
