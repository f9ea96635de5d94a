"""A membership ended:  MembershipEnded  ->  its open enrolments are cancelled, the next on the lists move up"""

from services.activities.activity.activity import Activity
from services.activities.activity.cancel_enrolment import cancel_if_open
from services.activities.activity.my_enrolments import MyEnrolments
from services.activities.service import service
from shared.directory.ended import has_ended
from shared.events.members.membership import MembershipEnded
from shared.kernel.work import Work


@service.reaction
async def member_left(event: MembershipEnded, work: Work) -> None:
    """First the directory must refuse new enrolments, then the view must have seen all earlier ones. One that slips in
    between is for `late_enrolment`."""
    if not await has_ended(event, work):
        return
    await work.settled(MyEnrolments)
    mine = await work.view(MyEnrolments, event.member_id)
    for activity_id in mine.open if mine else ():
        await work.change(Activity, activity_id, lambda activity: cancel_if_open(activity, event.member_id, work.today))
