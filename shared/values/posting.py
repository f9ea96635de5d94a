"""A posting 公示: something is shown to all for a number of working days, so that anybody may object.

prepared -> open -> frozen (an objection is looked into; time stops) -> open -> ended | withdrawn
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, Self

from shared.kernel.refusal import Conflict
from shared.values.working_days import after_working_days, known_working_days_between

LEAST = 5
"""Working days of any posting, whatever a campaign asks for (INV-A7; e.g. Pingdingshan: 公示期不少于5个工作日)."""


class PostingNotOver(Conflict):
    """The posting runs until the end of {last_day}; this is possible from the day after.
    公示期至 {last_day} 结束，请在次日起办理。"""


class PostingNotOpen(Conflict):
    """The posting is {status}; this is possible only while it is open.
    公示状态为 {status}，仅公示期间可办理。"""


@dataclass(frozen=True)
class Posting:
    id: str
    since: date
    """The day on which it began, which is not counted."""
    workdays: int
    """How many it lasts."""
    status: Literal["open", "frozen", "ended", "withdrawn"] = "open"
    shown: int = 0
    """Working days that had passed when it was last frozen."""

    @classmethod
    def opened(cls, id: str, on: date, workdays: int = LEAST) -> Self:
        return cls(id, on, max(workdays, LEAST))

    @property
    def last_day(self) -> date:
        """Of an open posting. Raises CalendarMissing: where the calendar is not known, a posting cannot end."""
        return after_working_days(self.since, self.workdays - self.shown)

    @property
    def ends_on(self) -> date:
        """The first day on which it is over."""
        return self.last_day + timedelta(days=1)

    def frozen(self, on: date) -> Self:
        """Time stops; the day of the objection counts if it is a working day. Raises PostingNotOpen.

        Nobody who objects is turned away because the end of the posting is not known: a day without a calendar does not
        count as shown, so that the posting may become longer and never shorter."""
        self._must_be("open")
        if self._is_over(on):
            raise PostingNotOpen(status="ended")
        return replace(self, status="frozen", shown=self.shown + known_working_days_between(self.since, on))

    def _is_over(self, on: date) -> bool:
        """As far as the calendar is known."""
        before = known_working_days_between(self.since, on - timedelta(days=1))
        return on > self.since and before >= self.workdays - self.shown

    def resumed(self, on: date) -> Self:
        """Time goes on from the day after. Raises PostingNotOpen."""
        self._must_be("frozen")
        return replace(self, status="open", since=on)

    def ended(self, on: date) -> Self:
        """Raises PostingNotOpen, PostingNotOver, CalendarMissing."""
        self._must_be("open")
        if on <= self.last_day:
            raise PostingNotOver(last_day=self.last_day.isoformat())
        return replace(self, status="ended")

    def withdrawn(self) -> Self:
        return replace(self, status="withdrawn")

    def _must_be(self, status: str) -> None:
        if self.status != status:
            raise PostingNotOpen(status=self.status)
