"""The made-up group: the same for the same seed, right by form, borne by nobody."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from deploy.demo.personal_data import Scanner
from deploy.roster.plan import plan
from deploy.roster.synthetic import SyntheticGroup, synthetic_group, write_workbook
from deploy.roster.workbook import read


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
    planned = plan(read(tmp_path / "roster.xlsx", "2026-11"), {"G": "group"})
    assert not planned.faults
    assert len(planned.members) == 1_500
    assert [len(level) for level in planned.levels][:2] == [21, len(group.organisations) - 21]


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
