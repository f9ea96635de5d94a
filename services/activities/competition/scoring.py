"""From sheets to a ranking, by a pure function of (sheets, rule): computed again it gives the same bytes (INV-A4).

Of each entry's sheets, in the order of the judges, exactly `drop_high` of the highest and `drop_low` of the lowest are
dropped; of equal ones that of the judge who stands first (INV-A2). The result is the mean of the rest, exact until it
is rounded half up to 0.01, once. Equal results are told apart by the rule's tie-break; what is still equal shares a
place, and the next place counts all before it (1, 1, 3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import assert_never

from shared.events.activities.competition import EntryResult
from shared.values.competition import ScoreRule, TieBreak

VERSION = 1
"""Of this computation."""


@dataclass(frozen=True)
class Scored:
    code: str
    kept: tuple[int, ...]
    dropped: tuple[int, ...]
    final: int


def half_up(mean: Fraction) -> int:
    """To a whole hundredth; scores are never negative."""
    return int(mean + Fraction(1, 2))


def drop(scores: Sequence[int], high: int, low: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Kept and dropped, each in the order of the judges."""
    by_score = sorted(range(len(scores)), key=lambda judge: (scores[judge], judge))
    from_top = sorted(range(len(scores)), key=lambda judge: (-scores[judge], judge))
    lowest = by_score[:low]
    highest = [judge for judge in from_top if judge not in lowest][:high]
    gone = {*lowest, *highest}
    kept = tuple(score for judge, score in enumerate(scores) if judge not in gone)
    return kept, tuple(score for judge, score in enumerate(scores) if judge in gone)


def scored(code: str, scores: Sequence[int], rule: ScoreRule) -> Scored:
    kept, dropped = drop(scores, rule.drop_high, rule.drop_low)
    return Scored(code, kept, dropped, half_up(Fraction(sum(kept), len(kept))))


def ranked(
    sheets: Mapping[str, Sequence[int]], rule: ScoreRule, entry_ids: Mapping[str, str]
) -> tuple[EntryResult, ...]:
    """Every entry's result, best first; entries that share a place in the order of their codes. `sheets`: the scores of
    each code in the order of the judges, without those recused."""
    ordered = sorted((scored(code, scores, rule) for code, scores in sheets.items()), key=lambda one: one.code)
    ordered.sort(key=lambda one: _standing(one, rule.tie_break), reverse=True)
    results: list[EntryResult] = []
    for _, equal in groupby(ordered, key=lambda one: _standing(one, rule.tie_break)):
        place = len(results) + 1
        results += [_result(one, entry_ids[one.code], place) for one in equal]
    return tuple(results)


def _standing(one: Scored, tie_break: Sequence[TieBreak]) -> tuple[Fraction | int, ...]:
    """More is better."""
    return (one.final, *(_broken(one, by) for by in tie_break))


def _broken(one: Scored, by: TieBreak) -> Fraction | int:
    scores = (*one.kept, *one.dropped)
    match by:
        case "all_sheets":
            return Fraction(sum(scores), len(scores))
        case "highest_sheet":
            return max(scores)
        case "lot":
            return -int(one.code[1:])
        case _:
            assert_never(by)


def _result(one: Scored, entry_id: str, place: int) -> EntryResult:
    return EntryResult(
        entry_id=entry_id,
        entry_code=one.code,
        kept_x100=one.kept,
        dropped_x100=one.dropped,
        final_x100=one.final,
        rank=place,
    )
