"""INV-A2 and INV-A4: the drop rule as a table, and against an oracle that was written another way."""

import random
from collections.abc import Iterable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis.strategies import DrawFn, booleans, composite, integers, lists, sampled_from

from services.activities.competition.scoring import drop, half_up, ranked, scored
from shared.events.activities.competition import EntryResult
from shared.values.competition import ScoreRule, TieBreak
from tests.activities.competition.examples import RULE


@pytest.mark.parametrize(
    ("sheets", "kept", "dropped", "final"),
    [
        pytest.param((9_000,) * 5, (9_000,) * 3, (9_000,) * 2, 9_000, id="all equal"),
        pytest.param((9_500, 9_000, 9_500, 8_000, 8_500), (9_000, 9_500, 8_500), (9_500, 8_000), 9_000, id="two highs"),
        pytest.param((8_000, 9_000, 8_000, 9_500, 8_500), (9_000, 8_000, 8_500), (8_000, 9_500), 8_500, id="two lows"),
        pytest.param((7_000, 8_000, 8_050, 8_000, 9_000), (8_000, 8_050, 8_000), (7_000, 9_000), 8_017, id="minimum"),
        pytest.param((0, 0, 0, 0, 10_000), (0, 0, 0), (0, 10_000), 0, id="one stands out"),
        pytest.param(
            (8_000, 8_000, 8_050, 8_000, 9_000, 9_000),
            (8_000, 8_050, 8_000, 9_000),
            (8_000, 9_000),
            8_263,
            id="half up",
        ),
    ],
)
def test_one_highest_and_one_lowest_go(
    sheets: tuple[int, ...], kept: tuple[int, ...], dropped: tuple[int, ...], final: int
) -> None:
    one = scored("E0001", sheets, RULE)
    assert (one.kept, one.dropped, one.final) == (kept, dropped, final)


def test_of_equal_sheets_that_of_the_first_judge_goes() -> None:
    assert drop((9, 5, 9, 5, 7), 1, 1) == ((9, 5, 7), (9, 5))
    assert drop((5, 5, 5, 5, 5), 1, 1) == ((5, 5, 5), (5, 5))
    assert drop((1, 2, 3, 4, 5, 6, 7), 2, 1) == ((2, 3, 4, 5), (1, 6, 7))
    assert drop((4, 5, 6), 0, 0) == ((4, 5, 6), ())


def test_half_a_hundredth_is_rounded_up() -> None:
    assert [half_up(Fraction(number, 6)) for number in (0, 2, 3, 4, 8, 9)] == [0, 0, 1, 1, 1, 2]


def _ranks(sheets: dict[str, tuple[int, ...]], *tie_break: TieBreak) -> dict[str, int]:
    rule = RULE.model_copy(update={"tie_break": tie_break})
    return {one.entry_code: one.rank for one in ranked(sheets, rule, _entry_ids(sheets))}


def _entry_ids(codes: Iterable[str]) -> dict[str, str]:
    return {code: f"00000000-0000-7000-8000-{int(code[1:]):012x}" for code in codes}


EQUAL: dict[str, tuple[int, ...]] = {
    "E0001": (7_000, 8_000, 8_000, 8_000, 9_000),
    "E0002": (7_500, 8_000, 8_000, 8_000, 9_000),
    "E0003": (6_000, 8_000, 8_000, 8_000, 9_500),
    "E0004": (1_000, 1_000, 1_000, 1_000, 1_000),
}


@pytest.mark.parametrize(
    ("tie_break", "ranks"),
    [
        ((), (1, 1, 1, 4)),
        (("all_sheets",), (2, 1, 3, 4)),
        (("highest_sheet",), (2, 2, 1, 4)),
        (("highest_sheet", "all_sheets"), (3, 2, 1, 4)),
        (("highest_sheet", "lot"), (2, 3, 1, 4)),
        (("lot",), (1, 2, 3, 4)),
    ],
)
def test_equal_results_share_a_place_unless_the_rule_tells_them_apart(
    tie_break: tuple[TieBreak, ...], ranks: tuple[int, ...]
) -> None:
    assert tuple(rank for _, rank in sorted(_ranks(EQUAL, *tie_break).items())) == ranks


# against an oracle


@composite
def contests(draw: DrawFn) -> tuple[ScoreRule, dict[str, tuple[int, ...]]]:
    high, low = draw(integers(0, 2)), draw(integers(0, 2))
    minimum = high + low + 3
    rule = RULE.model_copy(
        update={
            "drop_high": high,
            "drop_low": low,
            "minimum_sheets": minimum,
            "tie_break": tuple(draw(lists(sampled_from(["all_sheets", "highest_sheet", "lot"]), unique=True))),
        }
    )
    few = draw(booleans())
    score = integers(0, 4 if few else 200).map(lambda steps: steps * 50)
    entries = draw(integers(1, 8))
    sheets = {
        f"E{number:04}": tuple(draw(lists(score, min_size=minimum, max_size=minimum + 4)))
        for number in range(1, entries + 1)
    }
    return rule, sheets


def _oracle(rule: ScoreRule, sheets: dict[str, tuple[int, ...]]) -> dict[str, tuple[Fraction, int]]:
    """Mean and place of each entry: sums of sorted scores, rounding by decimals, places by counting who is better."""
    means: dict[str, Fraction] = {}
    for code, scores in sheets.items():
        ordered = sorted(scores)
        rest = ordered[rule.drop_low : len(ordered) - rule.drop_high]
        means[code] = Fraction(sum(rest), 100 * len(rest))
    rounded = {code: Fraction((mean * 1000 + 5) // 10, 100) for code, mean in means.items()}

    def better(one: str, other: str) -> bool:
        if rounded[one] != rounded[other]:
            return rounded[one] > rounded[other]
        for by in rule.tie_break:
            a, b = _tie(by, one, sheets[one]), _tie(by, other, sheets[other])
            if a != b:
                return a > b
        return False

    return {code: (rounded[code], 1 + sum(better(other, code) for other in sheets)) for code in sheets}


def _tie(by: TieBreak, code: str, scores: tuple[int, ...]) -> Fraction:
    match by:
        case "all_sheets":
            return sum((Fraction(score) for score in scores), Fraction()) / len(scores)
        case "highest_sheet":
            return Fraction(sorted(scores)[-1])
        case "lot":
            return Fraction(10_000 - int(code.removeprefix("E")))


@settings(max_examples=300, deadline=None)
@given(contest=contests(), seed=integers(0, 2**32))
def test_results_are_those_of_the_oracle_and_the_same_bytes_again(
    contest: tuple[ScoreRule, dict[str, tuple[int, ...]]], seed: int
) -> None:
    rule, sheets = contest
    entry_ids = _entry_ids(sheets)
    results = ranked(sheets, rule, entry_ids)
    assert {one.entry_code: (Fraction(one.final_x100, 100), one.rank) for one in results} == _oracle(rule, sheets)
    for one in results:
        assert len(one.dropped_x100) == rule.drop_high + rule.drop_low
        assert sorted([*one.kept_x100, *one.dropped_x100]) == sorted(sheets[one.entry_code])
    assert _bytes(results) == _bytes(ranked(_shuffled(sheets, seed), rule, entry_ids))


def _shuffled(sheets: dict[str, tuple[int, ...]], seed: int) -> dict[str, tuple[int, ...]]:
    codes = list(sheets)
    random.Random(seed).shuffle(codes)
    return {code: sheets[code] for code in codes}


def _bytes(results: tuple[EntryResult, ...]) -> bytes:
    return b"\n".join(one.model_dump_json().encode() for one in results)
