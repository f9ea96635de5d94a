"""A membership ended:  MembershipEnded  ->  its open enrolments are cancelled, the next on the lists move up"""

from services.activities.activity.activity import Activity
from services.activities.activity.cancel_enrolment import cancel_if_open
from services.activities.activity.my_enrolments import MyEnrolments
from services.activities.service import service
from shared.events.members.membership import MembershipEnded
from shared.kernel.work import NotYet, Work


@service.reaction
async def member_left(event: MembershipEnded, work: Work) -> None:
    """First the directory must refuse new enrolments, then the view must have seen all earlier ones. One that slips in
    between is for `late_enrolment`."""
    membership = await work.directory.membership(event.member_id, fresh=True)
    if membership is None or membership.since < event.membership_seq:
        raise NotYet("the directory does not know this membership")
    if membership.since > event.membership_seq:
        return
    if membership.active:
        raise NotYet("the directory has not heard of its end")
    await work.settled(MyEnrolments)
    mine = await work.view(MyEnrolments, event.member_id)
    for activity_id in mine.open if mine else ():
        await work.change(Activity, activity_id, lambda activity: cancel_if_open(activity, event.member_id))
