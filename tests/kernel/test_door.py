"""How much is let in."""

import pytest

from shared.kernel.door import BURST, PER_SECOND, REMEMBERED, Door, Overloaded, TooMany
from tests.kernel.fakes import StoppedClock


def knocks(door: Door, actor: str, times: int) -> int:
    """How many are let in."""
    for number in range(times):
        try:
            door.knock(actor)
        except TooMany:
            return number
    return times


def test_a_pace_allows_a_burst_and_then_so_many_a_second() -> None:
    clock = StoppedClock()
    door = Door(clock, per_second=10)
    assert knocks(door, "ann", 100) == 10 * BURST
    clock.pass_by(0.5)
    assert knocks(door, "ann", 100) == 5
    clock.pass_by(3600)
    assert knocks(door, "ann", 100) == 10 * BURST, "patience is not saved up"


def test_what_is_refused_does_not_count() -> None:
    clock = StoppedClock()
    door = Door(clock, per_second=10)
    knocks(door, "ann", 1_000)
    clock.pass_by(1)
    assert knocks(door, "ann", 100) == 10


def test_each_actor_has_a_pace_of_its_own_and_not_everybody_is_remembered() -> None:
    door = Door(StoppedClock(), per_second=1)
    assert knocks(door, "ann", 10) == knocks(door, "bob", 10) == BURST
    for number in range(REMEMBERED):
        door.knock(f"actor-{number}")
    assert len(door._even) == REMEMBERED
    assert knocks(door, "ann", 10) == BURST


def test_an_import_of_hundreds_of_rows_a_second_is_not_slowed_down() -> None:
    """64 on their way at once, 400 a second."""
    clock = StoppedClock()
    door = Door(clock)
    assert PER_SECOND > 400
    knocks(door, "admin", 64)
    for _ in range(4_000):
        clock.pass_by(1 / 400)
        door.knock("admin")


def test_so_many_are_inside_at_once_and_a_failure_is_no_longer_inside() -> None:
    door = Door(StoppedClock(), at_once=2)
    with door, door, pytest.raises(Overloaded):
        door.__enter__()
    with pytest.raises(RuntimeError), door:
        raise RuntimeError
    with door, door:
        pass
