"""The round of a competition in which judges score 评分轮次: sheets by code, sealed until all are in (INV-A4).

Its events stay on a topic of their own. Who sits on the panel and who is recused stands in the competition.
"""

from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, Self, assert_never

from shared.events.activities.sealed_round import (
    EntriesCoded,
    RoundClosed,
    RoundReopened,
    ScoreCorrected,
    ScoreCorrectionAsked,
    ScoreSubmitted,
)
from shared.kernel.aggregate import Aggregate
from shared.kernel.refusal import Conflict, NotFound
from shared.values.competition import SheetCorrection
from shared.values.frozen_map import EMPTY, FrozenMap

Cell = tuple[str, str]
"""Code of the entry, judge."""


class RoundNotOpen(Conflict):
    """The round is {status}; scores are taken while it is open.
    评分轮次状态为 {status}，仅在开放期间受理评分。"""


class NoSuchCode(NotFound):
    """No entry has the code {entry_code}; compare it with the list.
    没有编号为 {entry_code} 的参赛作品，请核对。"""


class Sheet(NamedTuple):
    score_x100: int
    version: int = 1


class Asked(NamedTuple):
    """A correction that nobody else has agreed to yet."""

    score_x100: int
    reason_code: SheetCorrection


@dataclass(frozen=True)
class Round(Aggregate):
    status: Literal["new", "open", "closed"] = "new"
    competition_id: str = ""
    entry_ids: dict[str, str] = field(default_factory=dict)
    """By code."""
    sheets: FrozenMap[Cell, Sheet] = EMPTY
    asked: FrozenMap[Cell, Asked] = EMPTY

    def must_be_open_for(self, entry_code: str) -> None:
        if self.status != "open":
            raise RoundNotOpen(status=self.status)
        if entry_code not in self.entry_ids:
            raise NoSuchCode(entry_code=entry_code)

    def evolve(
        self,
        event: EntriesCoded | ScoreSubmitted | ScoreCorrectionAsked | ScoreCorrected | RoundClosed | RoundReopened,
    ) -> Self:
        match event:
            case EntriesCoded():
                codes = {entry.entry_code: entry.entry_id for entry in event.entries}
                coded = replace(self, status="open", org_id=event.org_id, competition_id=event.competition_id)
                return replace(coded, entry_ids=codes)
            case ScoreSubmitted():
                return self._sheet(_cell(event), Sheet(event.score_x100))
            case ScoreCorrectionAsked():
                return replace(self, asked=self.asked.having(_cell(event), Asked(event.score_x100, event.reason_code)))
            case ScoreCorrected():
                settled = replace(self, asked=self.asked.without(_cell(event)))
                return settled._sheet(_cell(event), Sheet(event.score_x100, event.sheet_version))
            case RoundClosed():
                return replace(self, status="closed", asked=EMPTY)
            case RoundReopened():
                return replace(self, status="open")
            case _:
                assert_never(event)

    def _sheet(self, cell: Cell, sheet: Sheet) -> Self:
        return replace(self, sheets=self.sheets.having(cell, sheet))


def _cell(event: ScoreSubmitted | ScoreCorrectionAsked | ScoreCorrected) -> Cell:
    return event.entry_code, event.judge_id
