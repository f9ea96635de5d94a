"""A membership ended:  MembershipEnded  ->  HardshipFileClosed | HardshipRejected, HardshipClaimFreed

Aid that was granted before is paid nevertheless, unless it is reversed.
"""

from collections.abc import Iterator
from datetime import date

from services.welfare.hardship.claim import Claim, free_from
from services.welfare.hardship.close_file import close
from services.welfare.hardship.hardship_file import HardshipFile
from services.welfare.hardship.reject_application import RejectApplication, reject
from services.welfare.service import service
from shared.directory.ended import has_ended
from shared.events.members.membership import MembershipEnded
from shared.events.welfare.hardship import HardshipFileClosed, HardshipRejected
from shared.kernel.work import Actor, Work
from shared.values.hardship import FileClosing

WITHDRAWN = RejectApplication(reason_code="withdrawn")


def leave(
    file: HardshipFile, reason: FileClosing, by: Actor, on: date
) -> Iterator[HardshipFileClosed | HardshipRejected]:
    """An open file is closed, and an application withdrawn."""
    match file.status:
        case "new" | "closed" | "rejected":
            return
        case "open":
            yield from close(file, reason, by, on)
        case _:
            yield from reject(file, WITHDRAWN, by, on)


async def leave_what_runs(member_id: str, reason: FileClosing, work: Work) -> None:
    """What the member applies for now stands in the stream of its claim, so no view is asked."""
    claim = await work.change(Claim, f"member:{member_id}", lambda _: ())
    if claim.file_id:
        file = await work.change(HardshipFile, claim.file_id, lambda file: leave(file, reason, work.actor, work.today))
        await free_from(file, work)


@service.reaction
async def close_file_of_one_who_left(event: MembershipEnded, work: Work) -> None:
    if await has_ended(event, work):
        await leave_what_runs(event.member_id, "dead" if event.reason == "deceased" else "membership_ended", work)
