"""What a member has enrolled for:  GET /members/{member_id}/enrolments"""

from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from services.activities.activity.activity_card import ActivityCard
from services.activities.service import service
from shared.events.activities.activity import (
    AttendanceRecorded,
    EnrolmentCancelled,
    MemberEnrolled,
    MemberWaitlisted,
    WaitlistPromoted,
)
from shared.events.members.membership import MemberJoined, MemberTransferred
from shared.kernel.work import Work
from shared.values.ids import MemberId
from shared.values.roles import Role

Standing = Literal["enrolled", "waitlisted", "attended", "cancelled", "no_show", "called_off"]


@dataclass(frozen=True)
class MyEnrolments:
    """`enrolments`: how the member stands, by activity. Its organisation follows transfers; enrolments stay."""

    id: str
    member_id: str
    org_id: str = ""
    enrolments: dict[str, Standing] = field(default_factory=dict)
    seats: dict[str, int] = field(default_factory=dict)

    @property
    def open(self) -> list[str]:
        """Activities in which the member holds a seat or waits for one."""
        return [activity for activity, standing in self.enrolments.items() if standing in ("enrolled", "waitlisted")]


@service.view(MyEnrolments, key="member_id")
def my_enrolments(
    mine: MyEnrolments | None,
    event: MemberJoined
    | MemberTransferred
    | MemberEnrolled
    | MemberWaitlisted
    | EnrolmentCancelled
    | WaitlistPromoted
    | AttendanceRecorded,
) -> MyEnrolments:
    """An enrolment may arrive before the news that its member has joined."""
    mine = mine or MyEnrolments(event.member_id, event.member_id)
    match event:
        case MemberJoined():
            return replace(mine, org_id=event.org_id)
        case MemberTransferred():
            return replace(mine, org_id=event.to_org)
        case MemberEnrolled() | WaitlistPromoted():
            return _standing(mine, event.activity_id, "enrolled", event.seat_no)
        case MemberWaitlisted():
            return _standing(mine, event.activity_id, "waitlisted")
        case EnrolmentCancelled():
            return _standing(mine, event.activity_id, "cancelled")
        case AttendanceRecorded():
            return _standing(mine, event.activity_id, "attended", mine.seats.get(event.activity_id))
        case _:
            assert_never(event)


def _standing(mine: MyEnrolments, activity_id: str, standing: Standing, seat_no: int | None = None) -> MyEnrolments:
    """Sorted, so that the order in which streams arrive leaves no trace."""
    enrolments = {**mine.enrolments, activity_id: standing}
    seats = {**mine.seats, activity_id: seat_no}
    return replace(
        mine,
        enrolments=dict(sorted(enrolments.items())),
        seats={activity: no for activity, no in sorted(seats.items()) if no is not None},
    )


@service.get("/members/{member_id}/enrolments", role=Role.UNION | Role.SELF, org=MyEnrolments)
async def get(member_id: MemberId, work: Work) -> MyEnrolments | None:
    """With what has become of the activities in the meantime: called off, or over without the member."""
    mine = await work.view(MyEnrolments, member_id)
    if mine is None:
        return None
    cards = [card for activity in mine.open if (card := await work.view(ActivityCard, activity))]
    fates = {card.id: fate for card in cards if (fate := _fate(card, mine.enrolments[card.id]))}
    return replace(mine, enrolments={**mine.enrolments, **fates})


def _fate(card: ActivityCard, standing: Standing) -> Standing | None:
    match card.status:
        case "cancelled":
            return "called_off"
        case "finished":
            return "no_show" if standing == "enrolled" else "cancelled"
        case "published" | "running":
            return None
        case _:
            assert_never(card.status)
