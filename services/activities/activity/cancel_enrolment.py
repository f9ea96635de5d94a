"""Give up a seat or a place on the waitlist:  POST /activities/{activity_id}/enrolments/{member_id}/cancellation
->  EnrolmentCancelled, WaitlistPromoted"""

from collections.abc import Iterator
from datetime import date
from itertools import islice

from services.activities.activity.activity import Activity, NotOpenForThis
from services.activities.service import service
from shared.events.activities.activity import EnrolmentCancelled, WaitlistPromoted
from shared.kernel.refusal import Conflict
from shared.kernel.work import Work
from shared.values.ids import ActivityId, MemberId
from shared.values.roles import Role
from shared.values.words import CancelledBy


class HeldAlready(Conflict):
    """The activity was held on {held_on}; who did not come is counted when it is finished, nothing is to be cancelled.
    活动已于 {held_on} 举行，未到场人员在结束活动时统计，无须取消报名。"""


def cancel(
    activity: Activity, member_id: str, by: CancelledBy, on: date
) -> Iterator[EnrolmentCancelled | WaitlistPromoted]:
    """Until the day on which it is held. Nothing if the member is not enrolled."""
    if activity.status != "published":
        raise NotOpenForThis(status=activity.status)
    if on > activity.held_on and (member_id in activity.seats or member_id in activity.waitlist):
        raise HeldAlready(held_on=str(activity.held_on))
    yield from given_up(activity, member_id, by, on)


def given_up(
    activity: Activity, member_id: str, by: CancelledBy, on: date
) -> Iterator[EnrolmentCancelled | WaitlistPromoted]:
    """A freed seat goes to the first on the waitlist at once (INV-A10), unless nobody can come any more."""
    if seat := activity.seats.get(member_id):
        yield EnrolmentCancelled(
            activity_id=activity.id, member_id=member_id, org_id=seat.org_id, by=by, seat_no=seat.no
        )
        for first, its_org in islice(activity.waitlist.items(), 1 if on <= activity.held_on else 0):
            yield WaitlistPromoted(activity_id=activity.id, member_id=first, org_id=its_org, seat_no=seat.no)
    elif org_id := activity.waitlist.get(member_id):
        yield EnrolmentCancelled(activity_id=activity.id, member_id=member_id, org_id=org_id, by=by)


def cancel_if_open(activity: Activity, member_id: str, on: date) -> Iterator[EnrolmentCancelled | WaitlistPromoted]:
    """For one who is no longer a member: what has begun or is over stays as it was."""
    if activity.status == "published":
        yield from given_up(activity, member_id, "membership_ended", on)


@service.post(
    "/activities/{activity_id}/enrolments/{member_id}/cancellation",
    role=Role.UNION | Role.SELF,
    org=(Activity, "activity_id"),
)
async def post(activity_id: ActivityId, member_id: MemberId, work: Work) -> None:
    by: CancelledBy = "member" if work.actor.id == member_id else "organiser"
    await work.change(Activity, activity_id, lambda activity: cancel(activity, member_id, by, work.today))
