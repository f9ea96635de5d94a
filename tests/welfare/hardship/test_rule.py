"""INV-W8. The oracle computes with fractions, month by month and person by person, as the notices say it."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis.strategies import builds, integers, none, sampled_from, tuples

from services.welfare.hardship.rule import CURRENT, RULES, Declared, classify
from shared.values.hardship import HardshipFinding

RULE = RULES[CURRENT]
YEAR = 12 * 106_200


def _declared(income: int, spending: int = 0, people: int = 1, **more: object) -> Declared:
    return Declared.model_validate(
        {"yearly_income_fen": income, "rigid_spending_fen": spending, "people": people, **more}
    )


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        (_declared(YEAR - 1), "DEEP"),
        (_declared(YEAR), "RELATIVE"),
        (_declared(2 * YEAR - 1), "RELATIVE"),
        (_declared(2 * YEAR), "NONE"),
        (_declared(3 * YEAR - 1, people=3), "DEEP"),
        (_declared(5 * YEAR, 4 * YEAR + 1), "DEEP"),
        (_declared(0, 1), "DEEP"),
        (_declared(2 * YEAR, accident="disaster"), "ACCIDENT"),
        (_declared(5 * YEAR, accident="illness", illness_cost_fen=4 * YEAR), "NONE"),
        (_declared(5 * YEAR, accident="illness", illness_cost_fen=4 * YEAR + 1), "ACCIDENT"),
        (_declared(YEAR - 1, exclusions=("second_home",)), "NONE"),
        (_declared(5 * YEAR, accident="disaster", exclusions=("study_abroad",)), "NONE"),
    ],
)
def test_the_class_is_found_by_the_rule(declared: Declared, found: HardshipFinding) -> None:
    assert classify(declared, 106_200, RULE) == found


FEN = integers(0, 50_000_000)
CAUSES = none() | sampled_from(["disaster", "illness"])
DECLARED = builds(
    Declared,
    yearly_income_fen=FEN,
    rigid_spending_fen=FEN,
    people=integers(1, 20),
    accident=CAUSES,
    illness_cost_fen=FEN,
    exclusions=tuples(),
)


@given(DECLARED, integers(1, 500_000))
def test_it_is_the_comparison_of_the_notices(declared: Declared, standard: int) -> None:
    left = Fraction(declared.yearly_income_fen - declared.rigid_spending_fen) / 12 / declared.people
    share = Fraction(declared.illness_cost_fen, declared.yearly_income_fen) if declared.yearly_income_fen else None
    if left < standard:
        expected = "DEEP"
    elif left < 2 * standard:
        expected = "RELATIVE"
    elif declared.accident == "disaster":
        expected = "ACCIDENT"
    elif declared.accident == "illness":
        above = share > Fraction(80, 100) if share is not None else declared.illness_cost_fen > 0
        expected = "ACCIDENT" if above else "NONE"
    else:
        expected = "NONE"
    assert classify(declared, standard, RULE) == expected


def test_every_rule_names_its_version_and_source() -> None:
    assert all(rule.version == version and rule.source for version, rule in RULES.items())
