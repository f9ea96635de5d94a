"""One enrolled in the moment in which the membership ended:  MemberEnrolled, MemberWaitlisted  ->  EnrolmentCancelled

An enrolment is decided with a directory that trails. If it was committed before the directory had heard of the end,
`member_left` finds it; if after, the directory knows by now, and it is found here.
"""

from services.activities.activity.activity import Activity
from services.activities.activity.cancel_enrolment import cancel_if_open
from services.activities.service import service
from shared.events.activities.activity import MemberEnrolled, MemberWaitlisted
from shared.kernel.work import Work


@service.reaction
async def late_enrolment(event: MemberEnrolled | MemberWaitlisted, work: Work) -> None:
    membership = await work.directory.membership(event.member_id, fresh=True)
    if membership is not None and membership.status == "ended":
        await work.change(
            Activity, event.activity_id, lambda activity: cancel_if_open(activity, event.member_id, work.today)
        )
