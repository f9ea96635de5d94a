"""How a competition stands:  GET /competitions  ·  GET /competitions/{competition_id}"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import assert_never

from services.activities.competition.competition import Budget, Status
from services.activities.service import service
from shared.events.activities.competition import (
    CompetitionAnnounced,
    CompetitionApproved,
    CompetitionArchived,
    CompetitionCancelled,
    CompetitionFunded,
    CompetitionFundingRefused,
    CompetitionProposed,
    CompetitionResultConfirmed,
    CompetitionScored,
    EntriesClosed,
    EntryAccepted,
    EntryWithdrawn,
    JudgePanelAppointed,
    PrizeAwarded,
    PrizeDelivered,
    PrizeWithheld,
    ResultPublicityEnded,
    ResultPublicityStarted,
    RoundOpened,
    ScoreAppealDecided,
    ScoreAppealed,
)
from shared.kernel.work import Work
from shared.values.competition import (
    CompetitionId,
    CompetitionKind,
    CompetitionLevel,
    CompetitionTier,
    ScoreRule,
    Season,
)
from shared.values.ids import OrgId
from shared.values.paging import After, PageSize
from shared.values.roles import Role

DAY = timedelta(days=1)


@dataclass(frozen=True)
class CompetitionCard:
    id: str
    org_id: str
    kind: CompetitionKind
    level: CompetitionLevel
    tier: CompetitionTier
    trade: str
    season: str
    scope_orgs: list[str]
    prize_budget_fen: int
    account_id: str | None
    status: Status = "proposed"
    budget: Budget = "none"
    """Whether the fund has set the prize budget aside."""
    rule: ScoreRule | None = None
    rule_hash: str | None = None
    enrol_from: date | None = None
    enrol_until: date | None = None
    qualifying_on: date | None = None
    held_on: date | None = None
    entries: int = 0
    judges: list[str] = field(default_factory=list)
    chief: str | None = None
    posted_until: date | None = None
    """The last day of the posting, if the calendar was known when it began."""
    open_appeals: list[str] = field(default_factory=list)
    """Entries whose appeal is not decided yet; the posting is frozen as long as there are any."""
    awarded_fen: int = 0
    """Without what was withheld."""
    delivered_fen: int = 0
    withheld_fen: int = 0
    open_prizes: dict[str, int] = field(default_factory=dict)
    """Amount of each prize that is neither paid nor refused."""
    entries_close_on: date | None = None
    """The day from which enrolment is closed by itself."""
    publicity_over_on: date | None = None
    """The day from which the posting is ended by itself."""


Told = (
    CompetitionApproved
    | CompetitionFunded
    | CompetitionFundingRefused
    | CompetitionAnnounced
    | EntryAccepted
    | EntryWithdrawn
    | EntriesClosed
    | JudgePanelAppointed
    | RoundOpened
    | CompetitionScored
    | ResultPublicityStarted
    | ScoreAppealed
    | ScoreAppealDecided
    | ResultPublicityEnded
    | CompetitionResultConfirmed
    | PrizeAwarded
    | PrizeDelivered
    | PrizeWithheld
    | CompetitionArchived
    | CompetitionCancelled
)


@service.view(CompetitionCard, key="competition_id", by_subject=True, indexes=["org_id", "season"])
def competition_card(card: CompetitionCard | None, event: CompetitionProposed | Told) -> CompetitionCard:
    if isinstance(event, CompetitionProposed):
        return _proposed(event)
    if card is None:
        raise ValueError(f"{type(event).__name__} of a competition that was never proposed")
    match event:
        case CompetitionApproved():
            return replace(card, status="approved", budget="asked" if event.prize_budget_fen else "none")
        case CompetitionFunded():
            return replace(card, budget="reserved")
        case CompetitionFundingRefused():
            return replace(card, budget="refused")
        case CompetitionAnnounced():
            return _announced(card, event)
        case EntryAccepted():
            return replace(card, entries=card.entries + 1)
        case EntryWithdrawn():
            return replace(card, entries=card.entries - 1)
        case EntriesClosed():
            return replace(card, status="entries_closed", entries_close_on=None)
        case JudgePanelAppointed():
            return replace(card, judges=list(event.judge_ids), chief=event.chief)
        case RoundOpened():
            return replace(card, status="scoring")
        case CompetitionScored():
            return replace(card, status="scored")
        case ResultPublicityStarted():
            return _posted(card, event)
        case ScoreAppealed():
            appealed = sorted([*card.open_appeals, event.entry_id])
            return replace(card, open_appeals=appealed, posted_until=None, publicity_over_on=None)
        case ScoreAppealDecided():
            return _decided(card, event)
        case ResultPublicityEnded():
            return replace(card, status="post_over", publicity_over_on=None)
        case CompetitionResultConfirmed():
            return replace(card, status="confirmed")
        case PrizeAwarded():
            open_prizes = card.open_prizes | {event.prize_id: event.amount_fen}
            return replace(card, awarded_fen=card.awarded_fen + event.amount_fen, open_prizes=open_prizes)
        case PrizeDelivered():
            paid, open_prizes = _off(card, event.prize_id)
            return replace(card, delivered_fen=card.delivered_fen + paid, open_prizes=open_prizes)
        case PrizeWithheld():
            withheld, open_prizes = _off(card, event.prize_id)
            card = replace(card, awarded_fen=card.awarded_fen - withheld, withheld_fen=card.withheld_fen + withheld)
            return replace(card, open_prizes=open_prizes)
        case CompetitionArchived():
            return replace(card, status="archived")
        case CompetitionCancelled():
            return replace(card, status="cancelled", entries_close_on=None, publicity_over_on=None)
        case _:
            assert_never(event)


def _proposed(event: CompetitionProposed) -> CompetitionCard:
    return CompetitionCard(
        id=event.competition_id,
        org_id=event.org_id,
        kind=event.kind,
        level=event.level,
        tier=event.tier,
        trade=event.trade,
        season=event.season,
        scope_orgs=list(event.scope_orgs),
        prize_budget_fen=event.prize_budget_fen,
        account_id=event.account_id,
    )


def _announced(card: CompetitionCard, event: CompetitionAnnounced) -> CompetitionCard:
    return replace(
        card,
        status="announced",
        rule=event.rule,
        rule_hash=event.rule_hash,
        enrol_from=event.enrol_from,
        enrol_until=event.enrol_until,
        qualifying_on=event.qualifying_on,
        held_on=event.held_on,
        entries_close_on=event.enrol_until + DAY,
    )


def _posted(card: CompetitionCard, event: ResultPublicityStarted) -> CompetitionCard:
    """Without a calendar: from the earliest day that could be one, it is tried until the calendar is there."""
    earliest = event.until or event.since + event.workdays * DAY
    posted = replace(card, status="posted", open_appeals=[])
    return replace(posted, posted_until=event.until, publicity_over_on=earliest + DAY)


def _decided(card: CompetitionCard, event: ScoreAppealDecided) -> CompetitionCard:
    card = replace(card, open_appeals=[entry for entry in card.open_appeals if entry != event.entry_id])
    if event.outcome == "upheld":
        return replace(card, status="scoring", open_appeals=[])
    if card.open_appeals:
        return card
    return replace(card, posted_until=event.until, publicity_over_on=(event.until or event.on) + DAY)


def _off(card: CompetitionCard, prize_id: str) -> tuple[int, dict[str, int]]:
    left = dict(card.open_prizes)
    return left.pop(prize_id), left


READERS = (
    Role.UNION | Role.JUDGE | Role.DELEGATE | Role.FINANCE | Role.FUND_AUDIT | Role.OBJECTION_DESK | Role.DOWNSTREAM
)


@service.get("/competitions/{competition_id}", role=READERS, org=CompetitionCard)
async def get(competition_id: CompetitionId, work: Work) -> CompetitionCard | None:
    return await work.view(CompetitionCard, competition_id)


@service.get("/competitions", role=READERS, org=CompetitionCard)
async def get_all(
    work: Work,
    org_id: OrgId | None = None,
    season: Season | None = None,
    limit: PageSize = 100,
    after: After | None = None,
) -> list[CompetitionCard]:
    asked = {"org_id": org_id, "season": season}
    where = {name: value for name, value in asked.items() if value}
    return await work.find(CompetitionCard, where, limit=limit, after=after)
