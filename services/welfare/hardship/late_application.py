"""One applied in the moment in which the membership ended:  HardshipApplied, HardshipTakeoverProposed  ->
HardshipRejected, HardshipClaimFreed

Decided with a directory that trailed. If it was committed before the directory had heard of the end, `membership_ended`
finds it; if after, the directory knows by now, and it is found here.
"""

from services.welfare.hardship.membership_ended import leave_what_runs
from services.welfare.service import service
from shared.events.welfare.hardship import HardshipApplied, HardshipTakeoverProposed
from shared.kernel.work import Work


@service.reaction
async def late_application(event: HardshipApplied | HardshipTakeoverProposed, work: Work) -> None:
    membership = await work.directory.membership(event.member_id, fresh=True)
    if membership is not None and membership.status == "ended":
        await leave_what_runs(event.member_id, "membership_ended", work)
