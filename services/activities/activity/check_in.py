"""Record that a member came:  POST /activities/{activity_id}/attendance  ->  AttendanceRecorded"""

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from services.activities.activity.activity import Activity, NotOpenForThis
from services.activities.activity.enrol import must_be_member
from services.activities.service import service
from shared.directory.entries import Membership
from shared.events.activities.activity import AttendanceRecorded
from shared.kernel.refusal import Conflict
from shared.kernel.work import Command, Work
from shared.values.ids import ActivityId, MemberId
from shared.values.roles import Role
from shared.values.words import AttendanceMode


class CheckIn(Command):
    member_id: MemberId
    mode: AttendanceMode


class NoSeat(Conflict):
    """This member has no seat in the activity; enrol the member first.
    该会员没有活动名额，请先报名。"""


class NotHeldYet(Conflict):
    """The activity is held on {held_on}; check in from that day on.
    活动于 {held_on} 举行，请自当日起签到。"""


def check_in(
    activity: Activity, command: CheckIn, membership: Membership | None, on: date
) -> Iterator[AttendanceRecorded]:
    match activity.status:
        case "published" | "running":
            pass
        case "new" | "finished" | "cancelled":
            raise NotOpenForThis(status=activity.status)
        case _:
            assert_never(activity.status)
    seat = activity.seats.get(command.member_id)
    if seat is None:
        raise NoSeat()
    if seat.attended:
        return
    if on < activity.held_on:
        raise NotHeldYet(held_on=str(activity.held_on))
    yield AttendanceRecorded(
        activity_id=activity.id,
        member_id=command.member_id,
        org_id=must_be_member(membership),
        mode=command.mode,
        on=on,
    )


@service.post("/activities/{activity_id}/attendance", role=Role.UNION, org=(Activity, "activity_id"))
async def post(activity_id: ActivityId, command: CheckIn, work: Work) -> None:
    membership = await work.directory.membership(command.member_id)
    await work.change(Activity, activity_id, lambda activity: check_in(activity, command, membership, work.today))
