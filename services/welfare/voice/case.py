"""A worker's concern 诉求: taken, handled, answered, rated; reopened once, to other hands; never closed unanswered."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Self, assert_never

from shared.events.welfare.voice import (
    CaseAnswered,
    CaseAssigned,
    CaseClosed,
    CaseGuarded,
    CaseOpened,
    CaseOverdue,
    CaseRated,
    CaseReopened,
    CaseTransferred,
)
from shared.kernel.aggregate import Aggregate
from shared.kernel.refusal import Conflict
from shared.values.voice import CaseClosing, CaseOutcome, CaseStatus, Urgency

CaseEvent = (
    CaseOpened
    | CaseGuarded
    | CaseAssigned
    | CaseTransferred
    | CaseAnswered
    | CaseRated
    | CaseReopened
    | CaseClosed
    | CaseOverdue
)


class CaseNotInThisState(Conflict):
    """The case is {status}, and this step does not follow from there; look at the case and take the step that does.
    诉求当前状态为 {status}，不能办理该环节，请查看诉求并办理应办环节。"""


@dataclass(frozen=True)
class Case(Aggregate):
    """`org_id` is where it is handled: where it was opened, until it is transferred. A transfer of the member, or the
    end of the membership, leaves it there: what was said is to be answered."""

    status: CaseStatus = "new"
    member_id: str = ""
    """Whose concern it is; empty if the person is not known, and then nobody rates the answer."""
    urgency: Urgency = "general"
    guarded: bool = False
    round: int = 1
    handler: str = ""
    """Who has it now."""
    former: str = ""
    """Whose answer did not satisfy."""
    opened_on: date = date.min
    due_on: date = date.min
    escalates_on: date | None = None
    level: int = 0
    unrated_from: date | None = None
    outcome: CaseOutcome = "resolved"
    stars: int = 0
    basis: CaseClosing | None = None
    origin: CaseOpened | None = None
    """How it was opened, so that another import under its number is noticed."""

    @property
    def waiting(self) -> CaseStatus:
        """What it is while nobody has it."""
        return "opened" if self.round == 1 else "reopened"

    def evolve(self, event: CaseEvent) -> Self:
        match event:
            case CaseOpened():
                return self._opened(event)
            case CaseGuarded():
                guarded = replace(self, guarded=True)
                return replace(guarded, status=self.waiting, handler="") if event.taken_away else guarded
            case CaseAssigned():
                return replace(self, status="assigned", handler=event.handler_id)
            case CaseTransferred():
                return replace(self, status=self.waiting, org_id=event.to_org, handler="")
            case CaseAnswered():
                answered = replace(self, status="answered", outcome=event.outcome_code)
                return replace(answered, escalates_on=None, unrated_from=event.unrated_from)
            case CaseRated():
                return replace(self, status="in_review", stars=event.stars, unrated_from=None)
            case CaseReopened():
                reopened = replace(self, status="reopened", round=2, handler="", former=event.former_handler_id)
                return replace(reopened, due_on=event.due_on, escalates_on=event.escalates_on, level=0)
            case CaseClosed():
                return replace(self, status="closed", basis=event.basis, unrated_from=None)
            case CaseOverdue():
                return replace(self, level=event.level, escalates_on=event.escalates_on)
            case _:
                assert_never(event)

    def _opened(self, event: CaseOpened) -> Self:
        return replace(
            self,
            status="opened",
            org_id=event.org_id,
            member_id=event.member_id or "",
            urgency=event.urgency,
            guarded=event.guarded,
            opened_on=event.opened_on,
            due_on=event.due_on,
            escalates_on=event.escalates_on,
            origin=event,
        )
