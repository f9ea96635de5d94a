import pytest

from services.activities import service
from services.activities.activity.activity_card import ActivityCard
from services.activities.activity.my_enrolments import MyEnrolments, get
from shared.events.members.membership import MemberJoined, MemberTransferred
from tests.activities.activity.examples import (
    CALLED_OFF,
    FINISHED,
    OPEN,
    PUBLISHED,
    attended,
    cancelled,
    enrolled,
    promoted,
    waitlisted,
)
from tests.story import ANN, SUBJECT, Desk, shown

OTHER = "00000000-0000-7000-8000-000000000002"
THIRD = "00000000-0000-7000-8000-000000000003"
JOINED = MemberJoined(
    member_id=ANN, org_id="G0101", joined_on=OPEN, worker_type="regular", frontline=True, membership_seq=1
)
MOVED = MemberTransferred(member_id=ANN, from_org="G0101", to_org="G0201", effective_on=OPEN, membership_seq=1)


def test_enrolments_stay_when_the_member_moves_and_its_place_follows() -> None:
    mine = shown(
        service,
        MyEnrolments,
        [JOINED, MOVED],
        [enrolled(ANN, 3)],
        [waitlisted(ANN, 1, OTHER), promoted(ANN, 7, OTHER), attended(ANN, OTHER)],
        [waitlisted(ANN, 1, THIRD)],
    )
    assert mine == {
        ANN: MyEnrolments(
            id=ANN,
            member_id=ANN,
            org_id="G0201",
            enrolments={SUBJECT: "enrolled", OTHER: "attended", THIRD: "waitlisted"},
            seats={SUBJECT: 3, OTHER: 7},
        )
    }
    assert mine[ANN].open == [SUBJECT, THIRD]


def test_a_member_who_enrolled_for_nothing_is_known() -> None:
    assert shown(service, MyEnrolments, [JOINED]) == {ANN: MyEnrolments(ANN, ANN, "G0101")}


def test_a_cancelled_enrolment_has_no_seat() -> None:
    mine = shown(service, MyEnrolments, [enrolled(ANN, 3), cancelled(ANN, 3)])[ANN]
    assert (mine.enrolments, mine.seats, mine.open) == ({SUBJECT: "cancelled"}, {}, [])


@pytest.mark.parametrize(
    ("history", "standing", "fate"),
    [
        ([], "enrolled", "enrolled"),
        ([CALLED_OFF], "enrolled", "called_off"),
        ([CALLED_OFF], "waitlisted", "called_off"),
        ([FINISHED], "enrolled", "no_show"),
        ([FINISHED], "waitlisted", "cancelled"),
        ([FINISHED], "attended", "attended"),
        ([CALLED_OFF], "cancelled", "cancelled"),
    ],
)
async def test_the_query_tells_what_became_of_the_activity(history: list[object], standing: str, fate: str) -> None:
    desk = Desk()
    card = shown(service, ActivityCard, [PUBLISHED, *history])[SUBJECT]  # type: ignore[list-item]
    desk.views.put(card, MyEnrolments(ANN, ANN, "G0101", {SUBJECT: standing}))  # type: ignore[dict-item]
    answers: list[MyEnrolments | None] = []

    async def ask(work: object) -> None:
        answers.append(await get(ANN, work))  # type: ignore[arg-type]

    await desk.does(ANN, ask)
    assert [answer and answer.enrolments for answer in answers if answer] == [{SUBJECT: fate}] * len(answers)
    assert answers
