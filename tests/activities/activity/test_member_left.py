import pytest

from services.activities.activity.activity import Activity
from services.activities.activity.late_enrolment import late_enrolment
from services.activities.activity.member_left import member_left
from services.activities.activity.my_enrolments import MyEnrolments
from shared.events.members.membership import MembershipEnded
from shared.kernel.work import NotYet
from tests.activities.activity.examples import PUBLISHED, cancelled, enrolled, people, promoted, waitlisted
from tests.story import ANN, BEN, SUBJECT, TODAY, Desk, member

OTHER = "00000000-0000-7000-8000-000000000002"
ENDED = MembershipEnded(member_id=ANN, org_id="G0101", reason="deceased", on=TODAY, membership_seq=1)
GONE = member("G0101", "ended")
MINE = MyEnrolments(ANN, ANN, "G0101", {SUBJECT: "enrolled", OTHER: "waitlisted"}, {SUBJECT: 1})


async def _desk(*known: object) -> Desk:
    desk = Desk(people(*known))  # type: ignore[arg-type]
    await desk.knows(Activity, PUBLISHED, enrolled(ANN), waitlisted(BEN))
    other = PUBLISHED.model_copy(update={"activity_id": OTHER})
    await desk.knows(Activity, other, enrolled(BEN, 1, OTHER), waitlisted(ANN, 1, OTHER), id=OTHER)
    desk.views.put(MINE)
    return desk


async def test_all_open_enrolments_of_one_who_left_are_cancelled() -> None:
    desk = await _desk(GONE)
    await desk.does("reaction", member_left, ENDED)
    assert desk.events(after=2) == [
        cancelled(by="membership_ended"),
        promoted(BEN, 1),
        cancelled(ANN, None, "membership_ended", OTHER),
    ]


async def test_the_same_news_twice_cancels_once() -> None:
    desk = await _desk(GONE)
    await desk.does("reaction", member_left, ENDED, key="news")
    await desk.does("reaction", member_left, ENDED, key="news")
    assert len(desk.log.commits) == 4


@pytest.mark.parametrize("known", [[], [member("G0101", "active")], [member("G0101", "ended", since=0)]])
async def test_it_waits_until_the_directory_refuses_new_enrolments(known: list[object]) -> None:
    desk = await _desk(*known)
    with pytest.raises(NotYet):
        await desk.does("reaction", member_left, ENDED)


async def test_it_waits_until_the_view_shows_what_was_enrolled_before() -> None:
    desk = await _desk(GONE)
    desk.views.trailing = True
    with pytest.raises(NotYet):
        await desk.does("reaction", member_left, ENDED)
    assert len(desk.log.commits) == 2


async def test_one_who_is_a_member_again_keeps_what_there_is() -> None:
    desk = await _desk(member("G0201", "active", since=2))
    await desk.does("reaction", member_left, ENDED)
    assert len(desk.log.commits) == 2


async def test_one_who_enrolled_for_nothing_leaves_nothing() -> None:
    desk = await _desk(GONE)
    desk.views.rows.clear()
    await desk.does("reaction", member_left, ENDED)
    assert len(desk.log.commits) == 2


async def test_an_enrolment_that_slipped_in_is_cancelled() -> None:
    desk = await _desk(GONE)
    await desk.does("reaction", late_enrolment, enrolled(ANN))
    await desk.does("reaction", late_enrolment, waitlisted(ANN, 1, OTHER))
    assert desk.events(after=2) == [
        cancelled(by="membership_ended"),
        promoted(BEN, 1),
        cancelled(ANN, None, "membership_ended", OTHER),
    ]


async def test_both_look_afresh() -> None:
    """What a process remembers of half a second ago would let an enrolment slip through."""
    for handler, event in ((late_enrolment, enrolled(ANN)), (member_left, ENDED)):
        desk = await _desk(GONE)
        desk.directory.remembered[ANN] = member("G0101", "active")
        await desk.does("reaction", handler, event)
        assert cancelled(by="membership_ended") in desk.events(after=2)


async def test_the_enrolment_of_a_member_stands() -> None:
    desk = await _desk(member("G0101", "transferring"))
    await desk.does("reaction", late_enrolment, enrolled(ANN))
    assert len(desk.log.commits) == 2
