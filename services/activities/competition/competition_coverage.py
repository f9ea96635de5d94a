"""K6, competition coverage 竞赛覆盖率, by organisation and season:  GET /kpi/competition-coverage

For each organisation and everything below it in today's tree: distinct members who entered / active members;
organisations that hold members with at least one entrant / all of them; trades entered / trades in which a competition
of this season was approved that is held for it; levels of the competitions entered. An entrant counts where the
membership was on the qualifying date; who withdrew, or entered what was then called off, does not count.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from services.activities.activity.enrol import PathOf
from services.activities.activity.participation import ActiveMembers
from services.activities.competition.competition_card import CompetitionCard
from services.activities.service import service
from shared.directory.entries import Organisation
from shared.events.activities.competition import CompetitionApproved, EntryAccepted, EntryWithdrawn
from shared.kernel.work import Work
from shared.values.competition import Season
from shared.values.org_path import OrgPath, contains
from shared.values.roles import Role
from shared.values.words import HOLDS_MEMBERS

Row = TypeVar("Row", Organisation, ActiveMembers, "CompetitionEntry")


@dataclass(frozen=True)
class CompetitionEntry:
    """One person in one competition."""

    id: str
    competition_id: str
    member_id: str
    org_id: str
    trade: str = ""
    season: str = ""
    level: str = ""
    standing: bool = True


@service.view(CompetitionEntry, key="entry_id", indexes=["season"])
def competition_entry(row: CompetitionEntry | None, event: EntryAccepted | EntryWithdrawn) -> CompetitionEntry:
    if isinstance(event, EntryAccepted):
        member_id = event.member_ids[0]
        return CompetitionEntry(
            event.entry_id, event.competition_id, member_id, event.org_id, event.trade, event.season, event.level
        )
    if row is None:
        raise ValueError("EntryWithdrawn of an entry that was never accepted")
    return replace(row, standing=False)


@dataclass(frozen=True)
class SeasonPlan:
    """The competitions that were approved for a season."""

    id: str
    competitions: list[str] = field(default_factory=list)


@service.view(SeasonPlan, key="season")
def season_plan(plan: SeasonPlan | None, event: CompetitionApproved) -> SeasonPlan:
    known = plan.competitions if plan else []
    return SeasonPlan(event.season, sorted([*known, event.competition_id]))


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
    levels_entered: list[str]


@dataclass(frozen=True)
class Known:
    """All that the reader may see of a season."""

    season: str
    tree: list[Organisation]
    active: Mapping[str, int]
    entries: list[CompetitionEntry]
    planned: list[CompetitionCard]
    path_of: PathOf


def coverage(known: Known) -> list[CompetitionCoverage]:
    return [_covered(known, organisation) for organisation in known.tree]


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
        trades_planned=sorted({card.trade for card in known.planned if _is_for(card, top.path, known.path_of)}),
        levels_entered=sorted({entry.level for entry in entries}),
    )


def _is_for(card: CompetitionCard, top: OrgPath, path_of: PathOf) -> bool:
    """Whether it is held for this part of the tree, or for some of it."""
    scopes = [path for org_id in card.scope_orgs if (path := path_of(org_id))]
    return any(contains(scope, top) or contains(top, scope) for scope in scopes)


@service.get("/kpi/competition-coverage", role=Role.UNION | Role.FUND_AUDIT, org=CompetitionCoverage)
async def get(season: Season, work: Work) -> list[CompetitionCoverage]:
    held = await _held(season, work)
    ids = {card.id for card in held}
    entered = [row async for row in work.every(CompetitionEntry, {"season": season, "standing": True})]
    return coverage(
        Known(
            season,
            tree=[row async for row in work.every(Organisation, {})],
            active={row.org_id: row.active async for row in work.every(ActiveMembers, {})},
            entries=[entry for entry in entered if entry.competition_id in ids],
            planned=held,
            path_of=work.directory.path,
        )
    )


async def _held(season: str, work: Work) -> list[CompetitionCard]:
    """Those that were not called off, whoever holds them: some stand above what the reader sees."""
    plan = await work.view(SeasonPlan, season)
    cards = [await work.view(CompetitionCard, id) for id in (plan.competitions if plan else ())]
    return [card for card in cards if card and card.status != "cancelled"]
