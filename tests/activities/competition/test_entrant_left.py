from typing import Any

import pytest

from services.activities.competition.competition import Competition
from services.activities.competition.entrant_left import entrant_left
from services.activities.competition.late_entry import late_entry
from services.activities.competition.my_competitions import MyCompetitions, MyEntry
from shared.directory.entries import Membership
from shared.events.activities.competition import EntryWithdrawn
from shared.events.members.membership import MembershipEnded
from shared.kernel.work import NotYet
from tests.activities.competition.examples import (
    CLOSED,
    ENTRY_OF_ANN,
    OPENS,
    UNTIL_ENTERED,
    accepted,
    hall,
    welder,
)
from tests.story import ANN, SUBJECT, Desk, member

ENDED = MembershipEnded(member_id=ANN, org_id="G0101", reason="deceased", on=OPENS, membership_seq=1)
GONE = welder(ANN, status="ended")
MINE = MyCompetitions(ANN, ANN, "G0101", {SUBJECT: MyEntry("accepted", ENTRY_OF_ANN, "G0101")})
WITHDRAWN = EntryWithdrawn(
    competition_id=SUBJECT, entry_id=ENTRY_OF_ANN, member_ids=(ANN,), org_id="G0101", by="membership_ended"
)


async def _desk(*known: Membership, history: tuple[Any, ...] = UNTIL_ENTERED) -> Desk:
    desk = Desk(hall(*known), today=OPENS)
    await desk.knows(Competition, *history)
    desk.views.put(MINE)
    return desk


async def test_open_entries_of_one_who_left_are_withdrawn_once() -> None:
    desk = await _desk(GONE)
    for _ in range(2):
        await desk.does("reaction", entrant_left, ENDED)
        await desk.does("reaction", late_entry, accepted())
    assert desk.events(after=1) == [WITHDRAWN]


async def test_one_that_slipped_in_is_withdrawn() -> None:
    desk = await _desk(GONE)
    desk.directory.remembered[ANN] = welder(ANN)
    await desk.does("reaction", late_entry, accepted())
    assert desk.events(after=1) == [WITHDRAWN]


async def test_the_entry_of_a_member_stands() -> None:
    desk = await _desk(welder(ANN, status="transferring"))
    await desk.does("reaction", late_entry, accepted())
    again = Membership(ANN, "G0201", "active", "regular", True, "welder", 2)
    desk.directory.memberships[ANN] = again
    await desk.does("reaction", entrant_left, ENDED)
    assert desk.events(after=1) == []


async def test_what_is_closed_stays_as_it_was() -> None:
    desk = await _desk(GONE, history=(*UNTIL_ENTERED, CLOSED))
    await desk.does("reaction", entrant_left, ENDED)
    await desk.does("reaction", late_entry, accepted())
    assert desk.events(after=1) == []


@pytest.mark.parametrize("known", [[], [member("G0101", "active")], [member("G0101", "ended", since=0)]])
async def test_it_waits_until_the_directory_refuses_new_entries(known: list[Membership]) -> None:
    desk = await _desk(*known)
    with pytest.raises(NotYet):
        await desk.does("reaction", entrant_left, ENDED)


async def test_it_waits_until_the_view_shows_what_was_entered_before() -> None:
    desk = await _desk(GONE)
    desk.views.trailing = True
    with pytest.raises(NotYet):
        await desk.does("reaction", entrant_left, ENDED)


async def test_one_who_entered_nothing_leaves_nothing() -> None:
    desk = await _desk(GONE)
    desk.views.rows.clear()
    await desk.does("reaction", entrant_left, ENDED)
    assert desk.events(after=1) == []
