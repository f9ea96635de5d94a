"""The made-up group: the same for the same seed, right by form, borne by nobody."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from pydantic import TypeAdapter

from deploy.demo.personal_data import Scanner
from deploy.roster.plan import Known, plan, without_place
from deploy.roster.synthetic import SyntheticGroup, synthetic_group, write_workbook
from deploy.roster.workbook import MemberRow, read
from shared.values.ids import OrgName
from shared.values.words import HOLDS_MEMBERS


@pytest.fixture(scope="module")
def group() -> SyntheticGroup:
    return synthetic_group(20, 1_500, 7)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, group: SyntheticGroup) -> None:
    for name, seed, year in (("a", 7, 2026), ("b", 7, 2027), ("c", 8, 2027)):
        with time_machine.travel(datetime(year, 2, 3, tzinfo=UTC)):
            write_workbook(synthetic_group(20, 1_500, seed), tmp_path / name)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b != c


def test_every_row_of_it_can_go_in(tmp_path: Path, group: SyntheticGroup) -> None:
    write_workbook(group, tmp_path / "roster.xlsx")
    roster = read(tmp_path / "roster.xlsx", "2026-11")
    planned = plan(roster, {"G": Known("group", path="/G/")})
    assert not planned.faults
    members = list(roster.members())
    assert all(isinstance(row, MemberRow) and not without_place(row, planned) for row in members)
    assert len(members) == 1_500
    assert [len(level) for level in planned.levels][:2] == [21, len(group.organisations) - 21]


def test_it_may_be_as_large_as_a_real_group() -> None:
    """Chongqing Pharma 重药集团: 200 subsidiaries, 14,000 members, 162 unions that hold them."""
    group = synthetic_group(200, 14_000, 7)
    kinds = Counter(one.kind for one in group.organisations)
    unions = [one for one in group.organisations if one.kind in HOLDS_MEMBERS]
    below = Counter(one.parent_id for one in unions)
    assert (kinds["subsidiary"], len(unions), len(group.members)) == (200, 162, 14_000)
    assert len(below) < 200
    assert max(below.values()) > 1
    assert len({one.jurisdiction for one in group.organisations}) > 10
    assert {one.org_id for one in group.members} == {one.org_id for one in unions}
    assert len(synthetic_group(10, 100, 7, unions=25).organisations) == 36


def test_what_it_calls_its_organisations_names_nobody() -> None:
    group = synthetic_group(200, 14_000, 7)
    scanner = Scanner(group.personal)
    assert not [one.name for one in group.organisations if list(scanner.text(one.name))]
    assert all(TypeAdapter(OrgName).validate_python(one.name) == one.name for one in group.organisations)


def test_nobody_is_in_it_twice_however_many_there_are() -> None:
    members = synthetic_group(5, 50_000, 1).members
    for field in ("id_number", "phone", "employee_no"):
        assert len({getattr(one, field) for one in members}) == 50_000


def test_nobody_can_have_these_numbers(group: SyntheticGroup) -> None:
    assert all(one.id_number[2:6] == "0000" for one in group.members), "real ones name a county"
    assert all(one.phone.startswith("154") for one in group.members), "no operator has this range"


def test_who_is_a_member_works_there(group: SyntheticGroup) -> None:
    for unit in group.organisations:
        assert sum(one.org_id == unit.org_id for one in group.members) <= unit.headcount


def test_the_scanner_finds_every_number_of_it(group: SyntheticGroup) -> None:
    by_form, by_heart = Scanner(), Scanner(group.personal)
    for one in group.members:
        assert list(by_form.text(f'{{"x":"{one.id_number}"}}')) == ["an ID number"]
        assert list(by_form.text(f"tel:{one.phone}")) == ["a mobile number"]
        assert list(by_heart.text(one.employee_no)) == ["a number of the roster"]
        assert list(by_heart.text(f"会员{one.name}入会")) == ["a name of the roster"]
