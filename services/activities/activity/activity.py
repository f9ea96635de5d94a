"""An activity 活动 with its seats and its waitlist: enrolled never exceeds capacity (INV-A10)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, NamedTuple, Self, assert_never

from shared.events.activities.activity import (
    ActivityBudgetApproved,
    ActivityCancelled,
    ActivityFinished,
    ActivityFunded,
    ActivityFundingRefused,
    ActivityPublished,
    ActivitySettled,
    ActivitySettlementRefused,
    AttendanceRecorded,
    EnrolmentCancelled,
    MemberEnrolled,
    MemberWaitlisted,
    WaitlistPromoted,
)
from shared.kernel.aggregate import Aggregate
from shared.kernel.refusal import Conflict
from shared.values.frozen_map import EMPTY, FrozenMap


class NotOpenForThis(Conflict):
    """The activity is {status}; this can no longer be done.
    活动状态为 {status}，已不能办理该事项。"""


class Seat(NamedTuple):
    no: int
    org_id: str
    """Of the member, when it enrolled."""
    attended: bool = False


@dataclass(frozen=True)
class Activity(Aggregate):
    """`published` while members enrol; `running` from the first attendance on."""

    status: Literal["new", "published", "running", "finished", "cancelled"] = "new"
    capacity: int = 0
    enrol_from: date = date.max
    enrol_until: date = date.min
    held_on: date = date.max
    budget_ref: str | None = None
    budget_fen: int = 0
    published_by: str = ""
    budget: Literal["none", "asked", "reserved", "refused"] = "none"
    seats: FrozenMap[str, Seat] = EMPTY
    free: tuple[int, ...] = ()
    """Seats that were given up and nobody waited for."""
    waitlist: Mapping[str, str] = field(default_factory=dict)
    """Organisation by member; the first in it is the first to be promoted."""
    attended: int = 0
    cost_fen: int = 0
    settlement: Literal["open", "settled", "refused"] = "open"

    @property
    def next_seat(self) -> int:
        return min(self.free, default=len(self.seats) + 1)

    @property
    def full(self) -> bool:
        return len(self.seats) >= self.capacity

    def evolve(
        self,
        event: ActivityPublished
        | ActivityBudgetApproved
        | ActivityFunded
        | ActivityFundingRefused
        | MemberEnrolled
        | MemberWaitlisted
        | EnrolmentCancelled
        | WaitlistPromoted
        | AttendanceRecorded
        | ActivityFinished
        | ActivityCancelled
        | ActivitySettled
        | ActivitySettlementRefused,
    ) -> Self:
        match event:
            case ActivityPublished():
                return self._published(event)
            case ActivityBudgetApproved():
                return replace(self, budget="asked")
            case ActivityFunded():
                return replace(self, budget="reserved")
            case ActivityFundingRefused():
                return replace(self, budget="refused")
            case MemberEnrolled():
                return self._seated(event.member_id, Seat(event.seat_no, event.org_id))
            case MemberWaitlisted():
                return replace(self, waitlist={**self.waitlist, event.member_id: event.org_id})
            case EnrolmentCancelled():
                return self._given_up(event.member_id, event.seat_no)
            case WaitlistPromoted():
                seat = Seat(event.seat_no, event.org_id)
                return self._off_waitlist(event.member_id)._seated(event.member_id, seat)
            case AttendanceRecorded():
                seat = self.seats[event.member_id]._replace(attended=True)
                seats = self.seats.having(event.member_id, seat)
                return replace(self, status="running", seats=seats, attended=self.attended + 1)
            case ActivityFinished():
                return replace(self, status="finished", cost_fen=event.cost_fen)
            case ActivityCancelled():
                return replace(self, status="cancelled")
            case ActivitySettled():
                return replace(self, settlement="settled")
            case ActivitySettlementRefused():
                return replace(self, settlement="refused")
            case _:
                assert_never(event)

    def _published(self, event: ActivityPublished) -> Self:
        return replace(
            self,
            status="published",
            org_id=event.org_id,
            capacity=event.capacity,
            enrol_from=event.enrol_from,
            enrol_until=event.enrol_until,
            held_on=event.held_on,
            budget_ref=event.budget_ref,
            budget_fen=event.budget_fen or 0,
            published_by=event.published_by or "",
        )

    def _seated(self, member_id: str, seat: Seat) -> Self:
        free = tuple(no for no in self.free if no != seat.no)
        return replace(self, seats=self.seats.having(member_id, seat), free=free)

    def _given_up(self, member_id: str, seat_no: int | None) -> Self:
        if seat_no is None:
            return self._off_waitlist(member_id)
        return replace(self, seats=self.seats.without(member_id), free=(*self.free, seat_no))

    def _off_waitlist(self, member_id: str) -> Self:
        waitlist = dict(self.waitlist)
        del waitlist[member_id]
        return replace(self, waitlist=waitlist)
