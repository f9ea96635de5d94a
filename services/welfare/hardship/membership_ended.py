"""A membership ended:  MembershipEnded  ->  HardshipFileClosed | HardshipRejected, HardshipClaimFreed

Aid that was granted before is paid nevertheless, unless it is reversed.
"""

from services.welfare.hardship.claim import Claim, free_from
from services.welfare.hardship.close_file import close
from services.welfare.hardship.hardship_file import HardshipFile
from services.welfare.hardship.reject_application import RejectApplication, reject
from services.welfare.service import service
from shared.events.members.membership import MembershipEnded
from shared.kernel.work import Work
from shared.values.hardship import FileClosing

WITHDRAWN = RejectApplication(reason_code="withdrawn")


@service.reaction
async def close_file_of_one_who_left(event: MembershipEnded, work: Work) -> None:
    """What the member applies for now stands in the stream of its claim, so no view is asked."""
    claim = await work.change(Claim, f"member:{event.member_id}", lambda _: ())
    if not claim.file_id:
        return
    reason: FileClosing = "dead" if event.reason == "deceased" else "membership_ended"
    state = await work.state(HardshipFile, claim.file_id)
    if state.status == "open":
        file = await work.change(HardshipFile, claim.file_id, lambda file: close(file, reason, work.actor, work.today))
    else:
        file = await work.change(
            HardshipFile, claim.file_id, lambda file: reject(file, WITHDRAWN, work.actor, work.today)
        )
    await free_from(file, work)
