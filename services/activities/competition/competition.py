"""A competition 竞赛, from its proposal to its prizes. What its judges write stands in `sealed_round`.

proposed -> approved -> announced -> entries_closed -> scoring -> scored -> posted -> post_over -> confirmed
-> archived; until confirmed it may be cancelled. Prizes are awarded once it is confirmed.
"""

from dataclasses import dataclass, field, replace
from typing import Literal, Self, assert_never

from services.activities.competition.terms import Announcement, Appeal, Entry, Panel, Prize, Terms, announced_as
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
    EntryRejected,
    EntryResult,
    EntryWithdrawn,
    JudgePanelAppointed,
    JudgeRecused,
    PrizeAwarded,
    PrizeDelivered,
    PrizeWithheld,
    ResultPublicityEnded,
    ResultPublicityStarted,
    RoundOpened,
    ScoreAppealDecided,
    ScoreAppealed,
)
from shared.kernel.aggregate import Aggregate
from shared.kernel.refusal import Conflict
from shared.values.competition import EntryRejection
from shared.values.frozen_map import EMPTY, FrozenMap
from shared.values.posting import Posting

Status = Literal[
    "new",
    "proposed",
    "approved",
    "announced",
    "entries_closed",
    "scoring",
    "scored",
    "posted",
    "post_over",
    "confirmed",
    "archived",
    "cancelled",
]
Budget = Literal["none", "asked", "reserved", "refused"]


class NotAtThisStage(Conflict):
    """The competition is {status}; this step does not follow from there.
    竞赛当前状态为 {status}，不能办理该环节。"""


@dataclass(frozen=True)
class Competition(Aggregate):
    status: Status = "new"
    proposal: CompetitionProposed | None = None
    terms: Terms = field(default_factory=Terms)
    budget: Budget = "none"
    announcement: Announcement | None = None
    entries: FrozenMap[str, Entry] = EMPTY
    """By member."""
    rejected: FrozenMap[str, EntryRejection] = EMPTY
    """Why, by member, until it is accepted."""
    withdrawn: frozenset[str] = frozenset()
    """Entries that were taken back: their members may enter elsewhere."""
    panel: Panel = field(default_factory=Panel)
    recused: FrozenMap[str, frozenset[str]] = EMPTY
    """Judges who do not count for it, by entry."""
    round_id: str = ""
    results: tuple[EntryResult, ...] = ()
    posting: Posting | None = None
    appeals: FrozenMap[str, Appeal] = EMPTY
    """Against what is posted now, by entry."""
    prizes: FrozenMap[str, Prize] = EMPTY
    """By entry."""

    @property
    def announced(self) -> Announcement:
        """Of a competition that has been announced."""
        if self.announcement is None:
            raise NotAtThisStage(status=self.status)
        return self.announcement

    @property
    def member_of(self) -> dict[str, str]:
        """Who stands behind each entry."""
        return {entry.id: member_id for member_id, entry in self.entries.items()}

    def must_be(self, *allowed: Status) -> None:
        if self.status not in allowed:
            raise NotAtThisStage(status=self.status)

    def recused_for(self, entry_id: str) -> frozenset[str]:
        return self.recused.get(entry_id, frozenset())

    def evolve(
        self,
        event: CompetitionProposed
        | CompetitionApproved
        | CompetitionFunded
        | CompetitionFundingRefused
        | CompetitionAnnounced
        | EntryAccepted
        | EntryRejected
        | EntryWithdrawn
        | EntriesClosed
        | JudgePanelAppointed
        | JudgeRecused
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
        | CompetitionCancelled,
    ) -> Self:
        match event:
            case CompetitionProposed():
                return replace(self, status="proposed", org_id=event.org_id, proposal=event)
            case CompetitionApproved():
                return self._approved(event)
            case CompetitionFunded():
                return replace(self, budget="reserved")
            case CompetitionFundingRefused():
                return replace(self, budget="refused")
            case CompetitionAnnounced():
                return replace(self, status="announced", announcement=announced_as(event))
            case EntryAccepted():
                return self._entered(event.member_ids[0], Entry(event.entry_id, event.org_id))
            case EntryRejected():
                return replace(self, rejected=self.rejected.having(event.member_ids[0], event.reason_code))
            case EntryWithdrawn():
                entries = self.entries.without(event.member_ids[0])
                return replace(self, entries=entries, withdrawn=self.withdrawn | {event.entry_id})
            case EntriesClosed():
                return replace(self, status="entries_closed")
            case JudgePanelAppointed():
                return replace(self, panel=Panel(event.panel_id, event.judge_ids, event.chief))
            case JudgeRecused():
                judges = self.recused_for(event.entry_id) | {event.judge_id}
                return replace(self, recused=self.recused.having(event.entry_id, judges))
            case RoundOpened():
                return replace(self, status="scoring", round_id=event.round_id)
            case CompetitionScored():
                before = () if event.page == 1 else self.results
                return replace(self, status="scored", results=(*before, *event.results))
            case ResultPublicityStarted():
                posting = Posting(event.posting_id, event.since, event.workdays)
                return replace(self, status="posted", posting=posting, appeals=EMPTY)
            case ScoreAppealed():
                return self._appealed(event)
            case ScoreAppealDecided():
                return self._decided(event)
            case ResultPublicityEnded():
                return replace(self, status="post_over")
            case CompetitionResultConfirmed():
                return replace(self, status="confirmed")
            case PrizeAwarded():
                turn = self.prizes[event.entry_id].turn + 1 if event.entry_id in self.prizes else 1
                return self._prize(event.entry_id, Prize(event.prize_id, event.amount_fen, turn=turn))
            case PrizeDelivered():
                return self._prize(event.entry_id, self.prizes[event.entry_id]._replace(status="paid"))
            case PrizeWithheld():
                return self._prize(event.entry_id, self.prizes[event.entry_id]._replace(status="withheld"))
            case CompetitionArchived():
                return replace(self, status="archived")
            case CompetitionCancelled():
                return replace(self, status="cancelled")
            case _:
                assert_never(event)

    def _approved(self, event: CompetitionApproved) -> Self:
        terms = Terms(
            event.level, event.trade, event.season, event.scope_orgs, event.prize_budget_fen, event.account_id
        )
        return replace(self, status="approved", terms=terms, budget="asked" if event.prize_budget_fen else "none")

    def _entered(self, member_id: str, entry: Entry) -> Self:
        rejected = self.rejected.without(member_id) if member_id in self.rejected else self.rejected
        return replace(self, entries=self.entries.having(member_id, entry), rejected=rejected)

    def _appealed(self, event: ScoreAppealed) -> Self:
        assert self.posting is not None, "an appeal is against what is posted"
        frozen = replace(self.posting, status="frozen", shown=event.shown_workdays)
        return replace(self, posting=frozen, appeals=self.appeals.having(event.entry_id, Appeal(event.appeal_id)))

    def _decided(self, event: ScoreAppealDecided) -> Self:
        assert self.posting is not None, "an appeal is against what is posted"
        appeals = self.appeals.having(event.entry_id, Appeal(event.appeal_id, event.outcome))
        if event.outcome == "upheld":
            return replace(self, status="scoring", posting=self.posting.withdrawn(), appeals=appeals)
        still_open = any(appeal.status == "open" for appeal in appeals.values())
        return replace(self, posting=self.posting if still_open else self.posting.resumed(event.on), appeals=appeals)

    def _prize(self, entry_id: str, prize: Prize) -> Self:
        return replace(self, prizes=self.prizes.having(entry_id, prize))
