"""A request for aid 困难救助: every step by other hands (INV-W3), paid at most once (INV-W2)."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Self, assert_never

from shared.directory.entries import Membership
from shared.events.welfare.aid import (
    AidGranted,
    AidPaid,
    AidPaymentFailed,
    AidRejected,
    AidRequested,
    AidReversed,
    AidReviewed,
)
from shared.kernel.aggregate import Aggregate
from shared.kernel.refusal import Conflict, Forbidden, NotFound
from shared.kernel.work import Actor
from shared.values.words import AidRejection, AidReversal, AidType, PaymentFailure

Status = Literal["new", "asked", "reviewed", "granted", "failed", "paid", "reversed", "rejected"]
Step = Literal["request", "review", "approval", "payment"]


class SameHands(Forbidden):
    """You had a hand in this request before, or it is your own; somebody else has to do this step.
    您已经办理过该申请的其他环节，或该申请为本人申请，此环节须由他人办理。"""


class NotInThisState(Conflict):
    """The request is {status}, and this step does not follow from there; look at it and take the step that does.
    申请当前状态为 {status}，不能办理该环节，请查看申请并办理应办环节。"""


class MemberUnknownHere(NotFound):
    """This member is not known here yet; if the person joined just now, try again in a moment.
    此处尚无该会员的信息；如刚刚入会，请稍后重试。"""


class NoMembership(Conflict):
    """Aid is for members, and this person's membership has ended; reject the request, or have the person join again.
    救助仅面向会员，该人员的会籍已终止，请办理不予救助，或待其重新入会后办理。"""


@dataclass(frozen=True)
class Aid(Aggregate):
    """`org_id` is the member's organisation when it asked: the request stays there."""

    status: Status = "new"
    member_id: str = ""
    aid_type: AidType = "living"
    file_id: str | None = None
    requested_on: date | None = None
    granted_on: date | None = None
    asked: int = 0
    granted: int = 0
    account_id: str = ""
    fund_org_id: str = ""
    hands: tuple[tuple[Step, str], ...] = ()
    """Who did which step."""
    voucher_ref: str = ""
    reason: AidRejection | AidReversal | PaymentFailure | None = None

    def evolve(
        self,
        event: AidRequested | AidReviewed | AidRejected | AidGranted | AidPaid | AidPaymentFailed | AidReversed,
    ) -> Self:
        match event:
            case AidRequested():
                return self._asked(event)
            case AidReviewed():
                reviewed = replace(self, status="reviewed", account_id=event.account_id, fund_org_id=event.fund_org_id)
                return reviewed._by("review", event.reviewer_id)
            case AidRejected():
                return replace(self, status="rejected", reason=event.reason_code)
            case AidGranted():
                granted = replace(self, status="granted", granted=event.amount_fen, granted_on=event.on)
                return granted._by("approval", event.approvals[1])
            case AidPaid():
                return replace(self, status="paid", voucher_ref=event.voucher_ref)._by("payment", event.by)
            case AidPaymentFailed():
                return replace(self, status="failed", reason=event.code)._by("payment", event.by)
            case AidReversed():
                return replace(self, status="reversed", reason=event.reason_code)
            case _:
                assert_never(event)

    def _asked(self, event: AidRequested) -> Self:
        return replace(
            self,
            status="asked",
            member_id=event.member_id,
            org_id=event.org_id,
            aid_type=event.aid_type,
            file_id=event.file_id,
            requested_on=event.on,
            asked=event.amount_fen,
        )._by("request", event.by)

    def _by(self, step: Step, actor_id: str) -> Self:
        return self if (step, actor_id) in self.hands else replace(self, hands=(*self.hands, (step, actor_id)))

    def did(self, step: Step) -> str:
        """Who did a step last; empty if nobody has."""
        return next((actor for done, actor in reversed(self.hands) if done == step), "")

    def must_be_other_hands(self, by: Actor, step: Step) -> None:
        """Nobody takes two steps of one request, and nobody any but the first of one's own."""
        if by.id == self.member_id or any(actor == by.id for done, actor in self.hands if done != step):
            raise SameHands()


def must_be_member(membership: Membership | None) -> str:
    """The organisation of one who is a member now."""
    if membership is None:
        raise MemberUnknownHere()
    if not membership.active:
        raise NoMembership()
    return membership.org_id
