"""Who has entered, and the codes they drew:  GET /competitions/{competition_id}/entries
For those who hand out the codes, never for a judge of the panel (INV-A4)."""

from dataclasses import dataclass, field, replace
from typing import TypeVar, assert_never

from services.activities.service import service
from shared.events.activities.competition import (
    CompetitionProposed,
    EntryAccepted,
    EntryRejected,
    EntryWithdrawn,
    JudgePanelAppointed,
)
from shared.events.activities.sealed_round import EntriesCoded
from shared.kernel.refusal import Forbidden
from shared.kernel.work import Work
from shared.values.competition import CompetitionId
from shared.values.roles import Role

V = TypeVar("V")


class JudgesSeeCodes(Forbidden):
    """You judge this competition, so what you see of its entries is their codes; see the score book.
    您是本次竞赛的裁判，只能查看编号，请使用评分簿。"""


@dataclass(frozen=True)
class Entrant:
    entry_id: str
    org_id: str
    """For which the person competes."""


@dataclass(frozen=True)
class EntryList:
    id: str
    org_id: str
    """Of the organiser."""
    entrants: dict[str, Entrant] = field(default_factory=dict)
    """By member."""
    rejected: dict[str, str] = field(default_factory=dict)
    """Why, by member."""
    codes: dict[str, str] = field(default_factory=dict)
    """By entry."""
    judges: list[str] = field(default_factory=list)


Told = CompetitionProposed | EntryAccepted | EntryRejected | EntryWithdrawn | JudgePanelAppointed | EntriesCoded


@service.view(EntryList, key="competition_id")
def entry_list(row: EntryList | None, event: Told) -> EntryList:
    """Codes come on a topic of their own, perhaps before all else."""
    row = row or EntryList(event.competition_id, event.org_id or "")
    match event:
        case CompetitionProposed():
            return row
        case EntryAccepted():
            member_id = event.member_ids[0]
            entrants = {**row.entrants, member_id: Entrant(event.entry_id, event.org_id)}
            return replace(row, entrants=entrants, rejected=_without(row.rejected, member_id))
        case EntryRejected():
            return replace(row, rejected={**row.rejected, event.member_ids[0]: event.reason_code})
        case EntryWithdrawn():
            return replace(row, entrants=_without(row.entrants, event.member_ids[0]))
        case JudgePanelAppointed():
            return replace(row, judges=list(event.judge_ids))
        case EntriesCoded():
            return replace(row, codes={entry.entry_id: entry.entry_code for entry in event.entries})
        case _:
            assert_never(event)


def _without(known: dict[str, V], member_id: str) -> dict[str, V]:
    return {member: value for member, value in known.items() if member != member_id}


@service.get("/competitions/{competition_id}/entries", role=Role.UNION, org=EntryList)
async def get(competition_id: CompetitionId, work: Work) -> EntryList | None:
    entries = await work.view(EntryList, competition_id)
    if entries is not None and work.actor.id in entries.judges:
        raise JudgesSeeCodes()
    return entries
