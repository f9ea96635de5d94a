import os
from pathlib import Path

import pytest

from deploy.local.cannot_start import DiskFull, StateTaken, StateUnusable
from deploy.local.state_dir import held, is_held, prepare, read_addresses, write_addresses


def test_a_second_holder_is_told_who_the_first_one_is(tmp_path: Path) -> None:
    holder = rf"held by process {os.getpid()} \(.+, since 2"
    with held(tmp_path), pytest.raises(StateTaken, match=holder), held(tmp_path):
        pass


def test_whoever_lets_go_can_be_followed(tmp_path: Path) -> None:
    for _ in range(2):
        with held(tmp_path):
            assert is_held(tmp_path)
        assert not is_held(tmp_path)


def test_addresses_are_there_only_while_somebody_holds_the_state(tmp_path: Path) -> None:
    with held(tmp_path):
        write_addresses(tmp_path, {"kafka": "here:1"})
        assert read_addresses(tmp_path) == {"kafka": "here:1"}
    assert read_addresses(tmp_path) is None


def test_addresses_of_a_holder_that_was_killed_are_not_believed(tmp_path: Path) -> None:
    write_addresses(tmp_path, {"kafka": "here:1"})
    assert read_addresses(tmp_path) is None
    with held(tmp_path):
        assert read_addresses(tmp_path) is None


def test_a_state_is_used_again(tmp_path: Path) -> None:
    prepare(tmp_path / "deep" / "state")
    prepare(tmp_path / "deep" / "state")
    assert (tmp_path / "deep" / "state").stat().st_mode & 0o777 == 0o700


def test_a_state_of_another_version_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "version").write_text("99")
    with pytest.raises(StateUnusable, match=r"another version of gonghui \(state 99, this one reads 1\)"):
        prepare(tmp_path)


def test_a_directory_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").touch()
    with pytest.raises(StateUnusable, match="no state of gonghui"):
        prepare(tmp_path)


@pytest.mark.parametrize("place", ["/sys/gonghui", "/dev/null/gonghui"])
def test_a_place_that_cannot_be_written_is_named(place: str) -> None:
    with pytest.raises(StateUnusable, match=f"{place} cannot be written"):
        prepare(Path(place))


def test_too_little_space_is_said_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match=r"MiB left, \d+ needed.*free some space"):
        prepare(tmp_path, free_at_least=2**62)
