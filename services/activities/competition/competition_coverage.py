"""K6, competition coverage 竞赛覆盖率, by organisation and season:  GET /kpi/competition-coverage

For each organisation and everything below it in today's tree: distinct members who entered / active members;
organisations that hold members with at least one entrant / all of them; trades entered / trades in which a competition
of this season was approved that is held for it. An entrant counts where the membership was on the qualifying day; who
withdrew, or entered what was then called off, does not count.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar, get_args

from services.activities.activity.participation import ActiveMembers
from services.activities.competition.competition import Status
from services.activities.competition.competition_card import CompetitionCard
from services.activities.service import service
from shared.directory.entries import Organisation
from shared.events.activities.competition import EntryAccepted, EntryWithdrawn
from shared.kernel.work import Work
from shared.values.competition import Season
from shared.values.org_path import contains
from shared.values.roles import Role
from shared.values.words import HOLDS_MEMBERS

PAGE = 1_000
PLANNED = frozenset(get_args(Status)) - {"new", "proposed", "cancelled"}
Row = TypeVar("Row", Organisation, ActiveMembers, "CompetitionEntry", CompetitionCard)


@dataclass(frozen=True)
class CompetitionEntry:
    """One person in one competition."""

    id: str
    competition_id: str
    member_id: str
    org_id: str
    trade: str = ""
    season: str = ""
    standing: bool = True


@service.view(CompetitionEntry, key="entry_id", indexes=["season"])
def competition_entry(row: CompetitionEntry | None, event: EntryAccepted | EntryWithdrawn) -> CompetitionEntry:
    if isinstance(event, EntryAccepted):
        member_id = event.member_ids[0]
        return CompetitionEntry(
            event.entry_id, event.competition_id, member_id, event.org_id, event.trade, event.season
        )
    if row is None:
        raise ValueError("EntryWithdrawn of an entry that was never accepted")
    return replace(row, standing=False)


@dataclass(frozen=True)
class CompetitionCoverage:
    id: str
    org_id: str
    season: str
    entrants: int
    active: int
    organisations_covered: int
    organisations: int
    trades_entered: list[str]
    trades_planned: list[str]


@dataclass(frozen=True)
class Known:
    """All that the reader may see of a season."""

    season: str
    tree: list[Organisation]
    active: Mapping[str, int]
    entries: list[CompetitionEntry]
    planned: list[CompetitionCard]


def coverage(known: Known) -> list[CompetitionCoverage]:
    return [_covered(known, organisation) for organisation in sorted(known.tree, key=lambda one: one.id)]


def _covered(known: Known, top: Organisation) -> CompetitionCoverage:
    below = {one.id for one in known.tree if contains(top.path, one.path)}
    holding = {one.id for one in known.tree if one.id in below and one.kind in HOLDS_MEMBERS}
    entries = [entry for entry in known.entries if entry.org_id in below]
    return CompetitionCoverage(
        id=top.id,
        org_id=top.id,
        season=known.season,
        entrants=len({entry.member_id for entry in entries}),
        active=sum(known.active.get(org_id, 0) for org_id in below),
        organisations_covered=len(holding & {entry.org_id for entry in entries}),
        organisations=len(holding),
        trades_entered=sorted({entry.trade for entry in entries}),
        trades_planned=sorted({card.trade for card in known.planned if _is_for(card, top, known.tree)}),
    )


def _is_for(card: CompetitionCard, top: Organisation, tree: Iterable[Organisation]) -> bool:
    """Whether it is held for this organisation, or for something below it."""
    scopes = [one.path for one in tree if one.id in card.scope_orgs]
    return any(contains(scope, top.path) or contains(top.path, scope) for scope in scopes)


@service.get("/kpi/competition-coverage", role=Role.UNION | Role.FUND_AUDIT, org=CompetitionCoverage)
async def get(season: Season, work: Work) -> list[CompetitionCoverage]:
    return coverage(
        Known(
            season,
            tree=[row async for row in _all(work, Organisation, {})],
            active={row.org_id: row.active async for row in _all(work, ActiveMembers, {})},
            entries=await _held([row async for row in _all(work, CompetitionEntry, _of(season))], work),
            planned=[row async for row in _all(work, CompetitionCard, {"season": season}) if row.status in PLANNED],
        )
    )


def _of(season: str) -> dict[str, Any]:
    return {"season": season, "standing": True}


async def _held(entries: list[CompetitionEntry], work: Work) -> list[CompetitionEntry]:
    """Without those of competitions that were called off; who holds one may stand above what the reader sees."""
    seen = {id: await work.view(CompetitionCard, id) for id in {entry.competition_id for entry in entries}}
    off = {id for id, card in seen.items() if card and card.status == "cancelled"}
    return [entry for entry in entries if entry.competition_id not in off]


async def _all(work: Work, model: type[Row], where: Mapping[str, Any]) -> AsyncIterator[Row]:
    """Every row of a view, page by page."""
    after = None
    while page := await work.find(model, where, limit=PAGE, after=after):
        for row in page:
            yield row
        after = page[-1].id
