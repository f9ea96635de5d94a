"""By what rule a class of hardship is found: a pure function of declared figures and of the standard of place and time.

Rules are data with a version: a finding names the one it was made by, and an old one is never changed (INV-W8).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from shared.values.hardship import AccidentCause, Exclusion, HardshipFinding, RuleVersion
from shared.values.money import Fen


@dataclass(frozen=True)
class Rule:
    version: RuleVersion
    relative_times: int
    """Relative hardship: less a month and person than so many times the minimum living standard 低保."""
    illness_percent: int
    """Hardship by illness: its cost is more than so many hundredths of the family's yearly income."""
    source: str


RULES: Mapping[RuleVersion, Rule] = {
    "2020-1": Rule("2020-1", 2, 80, "three classes as in notices of Pingdingshan and Qingdao, to be confirmed"),
}
CURRENT: RuleVersion = "2020-1"


class Declared(BaseModel):
    """What a household declares, for a year. It is used for the finding and kept nowhere here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    yearly_income_fen: Fen
    rigid_spending_fen: Fen
    """刚性支出: what cannot be avoided."""
    people: int = Field(ge=1, le=20)
    """Living together."""
    accident: AccidentCause | None = None
    illness_cost_fen: Fen = 0
    """After insurance and social aid."""
    exclusions: tuple[Exclusion, ...] = ()


def classify(declared: Declared, standard_fen: int, rule: Rule) -> HardshipFinding:
    """`standard_fen`: minimum living standard for a person and month. Whole numbers only, so nothing is rounded."""
    if declared.exclusions:
        return "NONE"
    disposable = declared.yearly_income_fen - declared.rigid_spending_fen
    standard_of_all = standard_fen * 12 * declared.people
    if disposable < standard_of_all:
        return "DEEP"
    if disposable < rule.relative_times * standard_of_all:
        return "RELATIVE"
    return "ACCIDENT" if _by_accident(declared, rule) else "NONE"


def _by_accident(declared: Declared, rule: Rule) -> bool:
    if declared.accident == "illness":
        return declared.illness_cost_fen * 100 > rule.illness_percent * declared.yearly_income_fen
    return declared.accident is not None
