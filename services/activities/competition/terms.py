"""What a competition remembers of what was agreed, who entered, judges, appeals and wins."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from shared.events.activities.competition import CompetitionAnnounced
from shared.values.competition import CompetitionLevel, ScoreRule


class Entry(NamedTuple):
    id: str
    org_id: str
    """For which the person competes; a transfer does not change it (INV-A6)."""


class Prize(NamedTuple):
    id: str
    amount_fen: int
    status: Literal["awarded", "paid", "withheld"] = "awarded"
    turn: int = 1
    """How often this entry has been awarded one: what was withheld may be awarded again."""


class Appeal(NamedTuple):
    id: str
    status: Literal["open", "dismissed", "upheld"] = "open"


@dataclass(frozen=True)
class Terms:
    """What was proposed, and what approval repeats."""

    level: CompetitionLevel = "basic"
    trade: str = ""
    season: str = ""
    scope_orgs: tuple[str, ...] = ()
    prize_budget_fen: int = 0
    account_id: str | None = None


@dataclass(frozen=True)
class Announcement:
    rule: ScoreRule
    rule_hash: str
    enrol_from: date
    enrol_until: date
    qualifying_on: date
    held_on: date
    posting_workdays: int


@dataclass(frozen=True)
class Panel:
    id: str = ""
    judge_ids: tuple[str, ...] = ()
    chief: str = ""


def announced_as(event: CompetitionAnnounced) -> Announcement:
    return Announcement(
        event.rule,
        event.rule_hash,
        event.enrol_from,
        event.enrol_until,
        event.qualifying_on,
        event.held_on,
        event.posting_workdays,
    )
