"""The contest at a tiny size, with those who need no environment of their own; and how it is told what was lost.

The other peers are on demand: `make bench-peers` installs them.
"""

from pathlib import Path

import pytest

from tests.bench.peers.account import account
from tests.bench.peers.bars import bars
from tests.bench.peers.cards import History
from tests.bench.peers.charged import Meals
from tests.bench.peers.peer import PEERS
from tests.bench.quickly import quickly

FOLDS, WRITES_OVER = PEERS["careless-aiokafka"], PEERS["connect"]


@pytest.mark.stack
async def test_ours_and_a_careless_loop_are_timed_killed_and_accounted_for(tmp_path: Path) -> None:
    found, told = await quickly(
        *("tests.bench.peers", "ours", "careless-aiokafka", "--markdown"),
        output=tmp_path / "bench-peers.json",
        within=180,
    )
    rows = found["peers"]
    assert [row["failed"] for row in rows.values()] == ["", ""], told
    assert all(row["per_second"] > 0 and row["peak_mib"] > 0 for row in rows.values())
    ours = rows["ours"]["killed"]
    assert {what: ours[what] for what in ("lost", "twice", "rewritten", "back")} == dict.fromkeys(
        ("lost", "twice", "rewritten", "back"), 0
    )
    assert rows["careless-aiokafka"]["killed"]["lost"] == 0
    assert "| ours: projector, exactly once |" in told


@pytest.fixture
def meals() -> Meals:
    return Meals(count=40, cards=5)


def counted(meals: Meals) -> dict[str, dict[str, int]]:
    """The cards as they should be."""
    return {
        card_id: {"charges": count, "spent": meals.spent[card_id], "number": count}
        for card_id, count in meals.numbers.items()
    }


def written(meals: Meals) -> History:
    history = History()
    for card_id, count in meals.numbers.items():
        for number in range(1, count + 1):
            history.write(card_id, number)
    return history


def test_nothing_is_found_where_nothing_went_wrong(meals: Meals) -> None:
    assert account(FOLDS, meals, 20, counted(meals), written(meals), 40).clean
    assert account(WRITES_OVER, meals, 20, {}, written(meals), 40).clean


def test_one_lost_and_one_twice_on_the_same_card_are_both_found(meals: Meals) -> None:
    cards = counted(meals)
    first, second, third, *_ = cards.values()
    first["charges"] += 2
    second["charges"] -= 3
    third["spent"] += 1
    found = account(FOLDS, meals, 20, cards, written(meals), 40)
    assert (found.lost, found.twice) == (4, 3)


def test_a_card_that_is_not_there_has_lost_all_its_meals(meals: Meals) -> None:
    cards = counted(meals)
    card_id, gone = cards.popitem()
    history = written(meals)
    history.shown.pop(card_id)
    assert account(FOLDS, meals, 20, cards, history, 40).lost == gone["charges"]
    assert account(WRITES_OVER, meals, 20, cards, history, 40).lost == gone["charges"]


def test_a_meal_folded_out_of_turn_is_found_though_no_write_shows_it(meals: Meals) -> None:
    cards = counted(meals)
    next(iter(cards.values()))["disorder"] = 2
    assert account(FOLDS, meals, 20, cards, written(meals), 40).back == 2


def test_the_history_tells_what_was_written_again_and_what_went_back() -> None:
    history = History()
    for number in (1, 2, 3, 2, 3, None):
        history.write("card", number)
    assert (history.rewritten, history.back) == (3, 1)


def test_the_same_written_again_is_known_by_what_the_server_was_asked_for(meals: Meals) -> None:
    assert account(WRITES_OVER, meals, 20, {}, written(meals), 47).rewritten == 7


def test_each_bar_says_whether_it_is_met() -> None:
    clean = {"killed_at": 50, "lost": 0, "twice": 0, "rewritten": 0, "back": 0}
    ours = {"events": 100, "per_second": 300, "per_cpu_second": 20, "killed": clean}
    other = {"per_second": 200, "per_cpu_second": 40}
    assert [bar["met"] for bar in bars({"ours": ours, "other": other})] == [True, False, True]
    ours["killed"] = {**clean, "rewritten": 1}
    assert [bar["met"] for bar in bars({"ours": ours, "out": {}})] == [False]
    ours["killed"] = {**clean, "killed_at": 100}
    assert [bar["met"] for bar in bars({"ours": ours, "out": {}})] == [False]
