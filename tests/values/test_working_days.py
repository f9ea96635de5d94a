from datetime import date

import pytest

from shared.values.working_days import (
    CalendarMissing,
    after_working_days,
    is_working,
    known_working_days_between,
    working_days_between,
)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2026-09-18", True),  # Friday
        ("2026-09-19", False),  # Saturday
        ("2026-09-20", True),  # a Sunday that is worked to make up for the holidays
        ("2026-10-01", False),  # National Day
        ("2026-10-07", False),
        ("2026-10-08", True),
        ("2026-10-10", True),  # a Saturday, made up
    ],
)
def test_holidays_are_free_and_made_up_days_are_worked(day: str, working: bool) -> None:
    assert is_working(date.fromisoformat(day)) is working


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        ("2026-09-14", 5, "2026-09-20"),  # Monday: Tuesday to Friday, and the made-up Sunday
        ("2026-09-28", 5, "2026-10-10"),  # over National Day
        ("2026-02-12", 5, "2026-02-26"),  # over Spring Festival, with the made-up Saturday before it
        ("2026-09-18", 0, "2026-09-18"),
    ],
)
def test_a_period_ends_on_a_working_day_and_its_first_day_is_not_counted(start: str, days: int, last: str) -> None:
    begin, end = date.fromisoformat(start), date.fromisoformat(last)
    assert after_working_days(begin, days) == end
    assert working_days_between(begin, end) == days
    assert working_days_between(end, begin) == 0


def test_where_the_calendar_is_not_known_there_is_no_answer() -> None:
    """A year will come whose calendar is not known; this one is far enough away."""
    with pytest.raises(CalendarMissing) as raised:
        after_working_days(date(2099, 12, 30), 1)
    assert "2099" in raised.value.sentence("en")
    assert "2099" in raised.value.sentence("zh")


def test_a_promise_takes_monday_to_friday_where_the_calendar_is_not_known() -> None:
    thursday = date(2099, 12, 31)
    assert after_working_days(thursday, 1, provisional=True) == date(2100, 1, 1)
    assert after_working_days(thursday, 2, provisional=True) == date(2100, 1, 4)
    assert after_working_days(date(2026, 9, 28), 5, provisional=True) == date(2026, 10, 10), (
        "where it is known, it counts"
    )


def test_as_far_as_it_is_known() -> None:
    assert known_working_days_between(date(2026, 9, 28), date(2026, 10, 10)) == 5
    assert known_working_days_between(date(2099, 12, 28), date(2100, 1, 20)) == 0
