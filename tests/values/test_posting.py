from datetime import date

import pytest

from shared.values.posting import Posting, PostingNotOpen, PostingNotOver
from shared.values.working_days import CalendarMissing, is_working

MONDAY = date(2026, 9, 28)


def test_it_is_over_on_the_day_after_the_fifth_working_day() -> None:
    posting = Posting.opened("p", MONDAY)
    assert posting.last_day == date(2026, 10, 10)
    assert posting.ends_on == date(2026, 10, 11)
    with pytest.raises(PostingNotOver):
        posting.ended(date(2026, 10, 10))
    assert posting.ended(date(2026, 10, 11)).status == "ended"


def test_no_campaign_makes_it_shorter_than_the_least() -> None:
    assert Posting.opened("p", MONDAY, workdays=3).last_day == date(2026, 10, 10)
    assert Posting.opened("p", MONDAY, workdays=6).last_day == date(2026, 10, 12)


def test_time_stops_while_an_objection_is_looked_into() -> None:
    """Two days had passed; three are left, from the day after it goes on."""
    frozen = Posting.opened("p", MONDAY).frozen(date(2026, 9, 30))
    assert (frozen.status, frozen.shown) == ("frozen", 2)
    with pytest.raises(PostingNotOpen):
        frozen.ended(date(2026, 12, 1))
    resumed = frozen.resumed(date(2026, 10, 19))
    assert resumed.last_day == date(2026, 10, 22)
    assert all(is_working(day) for day in (resumed.last_day, date(2026, 10, 20)))


def test_what_is_over_cannot_be_objected_to() -> None:
    posting = Posting.opened("p", MONDAY)
    with pytest.raises(PostingNotOpen):
        posting.frozen(date(2026, 10, 11))
    with pytest.raises(PostingNotOpen):
        posting.ended(date(2026, 10, 11)).frozen(date(2026, 10, 11))
    with pytest.raises(PostingNotOpen):
        posting.withdrawn().ended(date(2026, 10, 11))
    with pytest.raises(PostingNotOpen):
        posting.resumed(date(2026, 9, 30))


def test_it_cannot_end_where_the_calendar_is_missing() -> None:
    with pytest.raises(CalendarMissing):
        Posting.opened("p", date(2099, 12, 28)).ended(date(2100, 3, 1))


def test_whoever_objects_at_the_end_of_a_year_is_heard() -> None:
    """The end is not known, and the days of a year without a calendar do not count as shown."""
    posting = Posting.opened("p", date(2026, 12, 29))
    assert posting.frozen(date(2026, 12, 30)).shown == 1
    with pytest.raises(CalendarMissing):
        posting.ended(date(2100, 1, 3))
    late = posting.frozen(date(2100, 1, 3))
    assert (late.status, late.shown) == ("frozen", 2)
    with pytest.raises(CalendarMissing):
        _ = late.resumed(date(2099, 1, 4)).last_day
    done = Posting.opened("p", date(2026, 12, 21))
    with pytest.raises(PostingNotOpen):
        done.frozen(date(2100, 1, 3))


def test_it_may_be_objected_to_again_on_the_day_on_which_it_goes_on() -> None:
    again = Posting.opened("p", MONDAY).frozen(date(2026, 10, 10)).resumed(date(2026, 10, 19))
    assert again.frozen(date(2026, 10, 19)).shown == 5
    with pytest.raises(PostingNotOpen):
        again.frozen(date(2026, 10, 20))
