"""What came of a competition:  GET /competitions/{competition_id}/results
As it is posted to everybody:  GET /members/{member_id}/competitions/{competition_id}/results
Until the results are confirmed they are shown by code only, as they are posted; then with who stands behind it."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, assert_never

from services.activities.competition.competition_card import READERS
from services.activities.service import service
from shared.events.activities.competition import (
    CompetitionCancelled,
    CompetitionResultConfirmed,
    CompetitionScored,
    EntryResult,
    Placed,
    ResultPublicityEnded,
    ResultPublicityStarted,
    ScoreAppealDecided,
    ScoreAppealed,
    SkillPromotion,
)
from shared.kernel.work import Work
from shared.values.competition import CompetitionId
from shared.values.ids import MemberId
from shared.values.roles import Role

POSTED = frozenset({"posted", "frozen", "post_over", "confirmed"})


@dataclass(frozen=True)
class Line:
    entry_code: str
    place: int
    final_x100: int
    kept_x100: list[int]
    dropped_x100: list[int]
    entry_id: str | None = None
    member_ids: list[str] = field(default_factory=list)
    org_id: str | None = None


@dataclass(frozen=True)
class CompetitionResult:
    id: str
    org_id: str
    round_id: str
    rule_hash: str
    sheets_hash: str
    status: Literal["scored", "posted", "frozen", "post_over", "confirmed", "cancelled"] = "scored"
    """Frozen while an appeal is open; scored again, perhaps otherwise, once one was upheld."""
    lines: list[Line] = field(default_factory=list)
    """Best first."""
    promotions: list[SkillPromotion] = field(default_factory=list)
    open_appeals: int = 0
    posted_from: date | None = None
    posted_until: date | None = None


Told = (
    CompetitionScored
    | ResultPublicityStarted
    | ScoreAppealed
    | ScoreAppealDecided
    | ResultPublicityEnded
    | CompetitionResultConfirmed
)


@service.view(CompetitionResult, key="competition_id")
def competition_result(result: CompetitionResult | None, event: Told | CompetitionCancelled) -> CompetitionResult:
    if isinstance(event, CompetitionScored):
        return _scored(result, event)
    if result is None:
        if isinstance(event, CompetitionCancelled):
            return CompetitionResult(event.competition_id, event.org_id, "", "", "", "cancelled")
        raise ValueError(f"{type(event).__name__} of a competition that was never scored")
    match event:
        case ResultPublicityStarted():
            return replace(result, status="posted", posted_from=event.since, posted_until=event.until)
        case ScoreAppealed():
            return replace(result, status="frozen", posted_until=None, open_appeals=result.open_appeals + 1)
        case ScoreAppealDecided():
            return _decided(result, event)
        case ResultPublicityEnded():
            return replace(result, status="post_over", posted_until=result.posted_until or event.on)
        case CompetitionResultConfirmed():
            who = {placed.entry_id: placed for placed in event.ranking}
            lines = [_named(line, who.get(line.entry_id or "")) for line in result.lines]
            promotions = [*result.promotions, *event.skill_promotion]
            return replace(result, status="confirmed", lines=lines, promotions=promotions)
        case CompetitionCancelled():
            return replace(result, status="cancelled")
        case _:
            assert_never(event)


def _scored(result: CompetitionResult | None, event: CompetitionScored) -> CompetitionResult:
    if result is None or event.page == 1:
        result = CompetitionResult(
            event.competition_id, event.org_id, event.round_id, event.rule_hash, event.sheets_hash
        )
    return replace(result, lines=[*result.lines, *map(_line, event.results)])


def _decided(result: CompetitionResult, event: ScoreAppealDecided) -> CompetitionResult:
    if event.outcome == "upheld":
        return replace(result, status="scored", open_appeals=0)
    left = result.open_appeals - 1
    return replace(result, open_appeals=left, status="frozen" if left else "posted", posted_until=event.until)


def _line(result: EntryResult) -> Line:
    return Line(
        entry_code=result.entry_code,
        place=result.rank,
        final_x100=result.final_x100,
        kept_x100=list(result.kept_x100),
        dropped_x100=list(result.dropped_x100),
        entry_id=result.entry_id,
    )


def _named(line: Line, placed: Placed | None) -> Line:
    return line if placed is None else replace(line, member_ids=list(placed.member_ids), org_id=placed.org_id)


def masked(result: CompetitionResult) -> CompetitionResult:
    """As it is posted: who stands behind a code is told when the results are final."""
    if result.status == "confirmed":
        return result
    return replace(result, lines=[replace(line, entry_id=None) for line in result.lines])


@service.get("/competitions/{competition_id}/results", role=READERS, org=CompetitionResult)
async def get(competition_id: CompetitionId, work: Work) -> CompetitionResult | None:
    result = await work.view(CompetitionResult, competition_id)
    return None if result is None else masked(result)


@service.get("/members/{member_id}/competitions/{competition_id}/results", role=Role.SELF, org=None)
async def get_posted(member_id: MemberId, competition_id: CompetitionId, work: Work) -> CompetitionResult | None:
    """A posting is for all workers, whether they competed or not; before it there is nothing to see."""
    result = await work.view(CompetitionResult, competition_id)
    return masked(result) if result is not None and result.status in POSTED else None
