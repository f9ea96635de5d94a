"""What a member has entered for, and what came of it:  GET /members/{member_id}/competitions"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from services.activities.competition.competition_card import CompetitionCard
from services.activities.service import service
from shared.events.activities.competition import (
    CompetitionResultConfirmed,
    EntryAccepted,
    EntryRejected,
    EntryWithdrawn,
    PrizeAwarded,
    PrizeDelivered,
    PrizeWithheld,
    ScoreAppealDecided,
    ScoreAppealed,
)
from shared.events.members.membership import MemberJoined, MemberTransferred
from shared.kernel.work import Work
from shared.values.ids import MemberId
from shared.values.roles import Role
from shared.values.words import SkillGrade


@dataclass(frozen=True)
class MyEntry:
    status: Literal["accepted", "rejected", "withdrawn", "placed", "called_off"]
    entry_id: str
    org_id: str | None = None
    """For which the member competes; it stays when the member moves."""
    reason_code: str | None = None
    place: int | None = None
    final_x100: int | None = None
    grade: SkillGrade | None = None
    """For which the member is put forward."""
    appeal: Literal["none", "open", "dismissed", "upheld"] = "none"
    prize_fen: int = 0
    prize: Literal["none", "awarded", "paid", "withheld"] = "none"


@dataclass(frozen=True)
class MyCompetitions:
    """`entries` by competition. The organisation follows transfers; what was entered stays."""

    id: str
    member_id: str
    org_id: str = ""
    entries: dict[str, MyEntry] = field(default_factory=dict)

    @property
    def open(self) -> list[str]:
        """Competitions in which an entry of this member may still be withdrawn."""
        return [competition for competition, entry in self.entries.items() if entry.status == "accepted"]


Told = (
    EntryAccepted
    | EntryRejected
    | EntryWithdrawn
    | CompetitionResultConfirmed
    | PrizeAwarded
    | PrizeDelivered
    | PrizeWithheld
    | ScoreAppealed
    | ScoreAppealDecided
)


def _members(event: MemberJoined | MemberTransferred | Told) -> Iterable[str]:
    match event:
        case EntryAccepted() | EntryRejected() | EntryWithdrawn():
            return event.member_ids
        case CompetitionResultConfirmed():
            return [member_id for placed in event.ranking for member_id in placed.member_ids]
        case _:
            return (event.member_id,)


@service.view(MyCompetitions, key=_members)
def my_competitions(mine: MyCompetitions | None, event: MemberJoined | MemberTransferred | Told) -> MyCompetitions:
    """An entry may arrive before the news that its member has joined; a result never before its entry."""
    if mine is None:
        member_id = next(iter(_members(event)))
        mine = MyCompetitions(member_id, member_id)
    match event:
        case MemberJoined():
            return replace(mine, org_id=event.org_id)
        case MemberTransferred():
            return replace(mine, org_id=event.to_org)
        case _:
            entry = _entry(mine.member_id, mine.entries.get(event.competition_id), event)
            return replace(mine, entries=dict(sorted({**mine.entries, event.competition_id: entry}.items())))


def _entry(member_id: str, entry: MyEntry | None, event: Told) -> MyEntry:
    match event:
        case EntryAccepted():
            return MyEntry("accepted", event.entry_id, event.org_id)
        case EntryRejected():
            return MyEntry("rejected", event.entry_id, event.org_id, event.reason_code)
    if entry is None:
        raise ValueError(f"{type(event).__name__} of an entry that was never accepted")
    match event:
        case EntryWithdrawn():
            return replace(entry, status="withdrawn")
        case CompetitionResultConfirmed():
            return _placed(member_id, entry, event)
        case PrizeAwarded():
            return replace(entry, prize="awarded", prize_fen=event.amount_fen)
        case PrizeDelivered():
            return replace(entry, prize="paid")
        case PrizeWithheld():
            return replace(entry, prize="withheld")
        case ScoreAppealed():
            return replace(entry, appeal="open")
        case ScoreAppealDecided():
            return replace(entry, appeal=event.outcome)
        case _:
            assert_never(event)


def _placed(member_id: str, entry: MyEntry, event: CompetitionResultConfirmed) -> MyEntry:
    placed = next(one for one in event.ranking if member_id in one.member_ids)
    grades = [one.grade for one in event.skill_promotion if one.member_id == member_id]
    return replace(
        entry,
        status="placed",
        place=placed.place,
        final_x100=placed.final_x100,
        grade=grades[0] if grades else None,
    )


@service.get("/members/{member_id}/competitions", role=Role.UNION | Role.SELF, org=MyCompetitions)
async def get(member_id: MemberId, work: Work) -> MyCompetitions | None:
    """With what has been called off in the meantime."""
    mine = await work.view(MyCompetitions, member_id)
    if mine is None:
        return None
    cards = [card for competition in mine.open if (card := await work.view(CompetitionCard, competition))]
    off = {card.id: replace(mine.entries[card.id], status="called_off") for card in cards if card.status == "cancelled"}
    return replace(mine, entries={**mine.entries, **off})
