"""Working days 工作日 of the State Council's calendar, with the days that are made up for 调休.

The calendar of a year is decided in the November before. A date in a year whose calendar is not known here has no
answer: CalendarMissing, so that what waits for working days does not end too early (INV-A7).
"""

from datetime import date, timedelta

import chinese_calendar

from shared.kernel.refusal import Conflict


class CalendarMissing(Conflict):
    """The working days of {year} are not known here yet; the operator has to update the calendar package first.
    尚无 {year} 年的工作日历，请运维人员先更新日历数据。"""


def is_working(day: date) -> bool:
    """Whether people work on this day. Raises CalendarMissing."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        raise CalendarMissing(year=day.year) from None


def after_working_days(start: date, days: int) -> date:
    """The last day of a period of so many working days; the day on which it starts is not counted (Civil Code 民法典
    art. 201), and it never ends on a holiday (art. 203). Raises CalendarMissing."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= is_working(day)
    return day


def working_days_between(start: date, until: date) -> int:
    """Working days after `start`, up to and including `until`; 0 if it is not later. Raises CalendarMissing."""
    return sum(is_working(start + timedelta(days=ahead)) for ahead in range(1, (until - start).days + 1))
