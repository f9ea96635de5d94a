"""Working days 工作日 of the State Council's calendar, with the days that are made up for 调休.

The calendar of a year is decided in the November before. A date in a year whose calendar is not known here has no
answer: CalendarMissing, so that what waits for working days does not end too early (INV-A7). What must go on at the end
of a year all the same, a promise of when somebody is answered, takes Monday to Friday for such a year: `provisional`.
"""

from datetime import date, timedelta

import chinese_calendar

from shared.kernel.refusal import Conflict

SATURDAY = 5
"""As `date.weekday` counts."""


class CalendarMissing(Conflict):
    """The working days of {year} are not known here yet; the operator has to update the calendar package first.
    尚无 {year} 年的工作日历，请运维人员先更新日历数据。"""


def is_working(day: date, *, provisional: bool = False) -> bool:
    """Whether people work on this day. Raises CalendarMissing, unless Monday to Friday will do."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        if provisional:
            return day.weekday() < SATURDAY
        raise CalendarMissing(year=day.year) from None


def after_working_days(start: date, days: int, *, provisional: bool = False) -> date:
    """The last day of a period of so many working days; the day on which it starts is not counted (Civil Code 民法典
    art. 201), and it never ends on a holiday (art. 203). Raises CalendarMissing, unless Monday to Friday will do."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= is_working(day, provisional=provisional)
    return day


def working_days_between(start: date, until: date) -> int:
    """Working days after `start`, up to and including `until`; 0 if it is not later. Raises CalendarMissing."""
    return sum(is_working(start + timedelta(days=ahead)) for ahead in range(1, (until - start).days + 1))


def known_working_days_between(start: date, until: date) -> int:
    """As far as the calendar is known: a day of another year is not counted."""
    days = (start + timedelta(days=ahead) for ahead in range(1, (until - start).days + 1))
    return sum(_is_known_to_be_working(day) for day in days)


def _is_known_to_be_working(day: date) -> bool:
    try:
        return is_working(day)
    except CalendarMissing:
        return False
