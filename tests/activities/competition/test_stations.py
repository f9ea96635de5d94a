from datetime import date

from services.activities import service
from services.activities.competition.stations import Stations
from shared.events.members.membership import MembershipEnded
from tests.activities.competition.examples import (
    JOINED,
    MOVED,
    OPENS,
    POST_OVER,
    POSTED_ON,
    POSTED_UNTIL,
)
from tests.story import ANN, shown


def test_where_a_membership_was_on_a_day() -> None:
    ended = MembershipEnded(member_id=ANN, org_id="G0201", reason="resigned", on=POSTED_ON, membership_seq=1)
    again = JOINED.model_copy(update={"joined_on": POST_OVER, "membership_seq": 2})
    row = shown(service, Stations, [JOINED, MOVED, ended, again])[ANN]
    days = (date(2019, 12, 31), date(2020, 1, 1), date(2026, 9, 1), OPENS, POSTED_ON, POSTED_UNTIL, POST_OVER)
    assert [row.org_on(day) for day in days] == [None, "G0101", "G0101", "G0201", None, None, "G0101"]
