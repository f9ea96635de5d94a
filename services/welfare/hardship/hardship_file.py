"""A hardship file 困难职工档案, from the application on: visited by two, classified, posted, opened, closed."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Self, assert_never

from shared.events.welfare.hardship import (
    HardshipApplied,
    HardshipClassified,
    HardshipFileClosed,
    HardshipFileOpened,
    HardshipFileTransferred,
    HardshipOverrideProposed,
    HardshipPublicityEnded,
    HardshipPublicityStarted,
    HardshipRejected,
    HardshipTakeoverProposed,
    HomeVisitRecorded,
)
from shared.kernel.aggregate import Aggregate
from shared.kernel.refusal import Conflict, Forbidden
from shared.kernel.work import Actor
from shared.values.hardship import HardshipFinding
from shared.values.posting import Posting

Status = Literal[
    "new",
    "applied",
    "visited",
    "override_proposed",
    "classified",
    "posted",
    "posting_over",
    "takeover_proposed",
    "open",
    "closed",
    "rejected",
]
Step = Literal["application", "visit", "classification", "confirmation", "opening", "takeover"]


class NotHisHands(Forbidden):
    """You had a hand in this file before, or it is your own; somebody else has to do this step.
    您已经办理过该档案的其他环节，或该档案为本人档案，此环节须由他人办理。"""


class FileNotInThisState(Conflict):
    """The file is {status}, and this step does not follow from there; look at the file and take the step that does.
    档案当前状态为 {status}，不能办理该环节，请查看档案并按流程办理应办环节。"""


class FileNotOfMember(Conflict):
    """That hardship file is another member's, or there is none; name the member's own.
    该困难职工档案不存在或不属于该会员，请核对。"""


class FileNotOpen(Conflict):
    """The hardship file is {status}, and aid stands on an open one; wait until it is open, or name the one that is.
    困难职工档案状态为 {status}，仅可依据在档档案救助，请待建档后办理或改填在档档案。"""


class ReviewIsDue(Conflict):
    """The hardship file was due for review on {review_due_on}, and aid no longer stands on it; close it and apply anew,
    so that the household is looked at again.
    困难职工档案应于 {review_due_on} 前复核，逾期不能据此救助，请先退档并重新申请建档。"""


@dataclass(frozen=True)
class HardshipFile(Aggregate):
    status: Status = "new"
    member_id: str = ""
    household_id: str = ""
    hands: tuple[tuple[Step, str], ...] = ()
    """Who did which step."""
    evidence_hash: str = ""
    proposal: HardshipOverrideProposed | None = None
    takeover: HardshipTakeoverProposed | None = None
    hardship_class: HardshipFinding = "NONE"
    posting: Posting | None = None
    review_due_on: date | None = None
    reason: str = ""

    def evolve(
        self,
        event: HardshipApplied
        | HomeVisitRecorded
        | HardshipOverrideProposed
        | HardshipClassified
        | HardshipRejected
        | HardshipPublicityStarted
        | HardshipPublicityEnded
        | HardshipTakeoverProposed
        | HardshipFileOpened
        | HardshipFileTransferred
        | HardshipFileClosed,
    ) -> Self:
        match event:
            case HardshipApplied():
                return self._of(event, "applied")._by("application", event.by)
            case HomeVisitRecorded():
                visited = replace(self, status="visited", evidence_hash=event.evidence_hash)
                return visited._by("visit", *event.visitor_ids)
            case HardshipOverrideProposed():
                proposed = replace(self, status="override_proposed", proposal=event)
                return proposed._by("classification", event.by)
            case HardshipClassified():
                return self._classified(event)
            case HardshipRejected():
                return replace(self, status="rejected", reason=event.reason_code)
            case HardshipPublicityStarted():
                posting = Posting.opened(event.posting_id, event.since, event.workdays)
                return replace(self, status="posted", posting=posting)
            case HardshipPublicityEnded():
                return replace(self, status="posting_over")
            case HardshipTakeoverProposed():
                proposed = replace(self._of(event, "takeover_proposed"), takeover=event)
                return proposed._by("takeover", event.by)
            case HardshipFileOpened():
                opened = replace(self, status="open", hardship_class=event.hardship_class)
                return replace(opened, review_due_on=event.review_due_on)._by("opening", event.by)
            case HardshipFileTransferred():
                return replace(self, org_id=event.to_org)
            case HardshipFileClosed():
                return replace(self, status="closed", reason=event.reason_code)
            case _:
                assert_never(event)

    def _of(self, event: HardshipApplied | HardshipTakeoverProposed, status: Status) -> Self:
        return replace(
            self,
            status=status,
            member_id=event.member_id,
            org_id=event.org_id,
            household_id=event.household_id,
        )

    def _classified(self, event: HardshipClassified) -> Self:
        classified = replace(self, status="classified", hardship_class=event.hardship_class)
        if event.confirmed_by:
            return classified._by("confirmation", event.confirmed_by)
        return classified._by("classification", event.by)

    def _by(self, step: Step, *actors: str) -> Self:
        return replace(self, hands=(*self.hands, *((step, actor) for actor in actors)))

    def did(self, step: Step) -> tuple[str, ...]:
        """Who did a step."""
        return tuple(actor for done, actor in self.hands if done == step)

    def must_be_other_hands(self, by: Actor, *than: Step) -> None:
        """Not the member's own, and not theirs who did one of these steps. Raises NotHisHands."""
        if by.id == self.member_id or any(by.id in self.did(step) for step in than):
            raise NotHisHands()

    def must_carry_aid_of(self, member_id: str, on: date) -> None:
        """Aid stands on a file that is the member's, open, and not past its review (INV-W5)."""
        if self.member_id != member_id:
            raise FileNotOfMember()
        if self.status != "open":
            raise FileNotOpen(status=self.status)
        if self.review_due_on is not None and on > self.review_due_on:
            raise ReviewIsDue(review_due_on=self.review_due_on.isoformat())
