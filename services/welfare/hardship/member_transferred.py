"""A member moved to another organisation:  MemberTransferred  ->  HardshipFileTransferred

The file follows its member; requests for aid stay where they were made, and what was granted in the year counts on.
"""

from collections.abc import Iterator
from datetime import date

from services.welfare.hardship.claim import Claim
from services.welfare.hardship.hardship_file import HardshipFile
from services.welfare.service import service
from shared.events.members.membership import MemberTransferred
from shared.events.welfare.hardship import HardshipFileTransferred
from shared.kernel.work import Work


def transfer(file: HardshipFile, to_org: str, on: date) -> Iterator[HardshipFileTransferred]:
    """Only an open one: an application is decided by those who know the household."""
    if file.status == "open" and file.hardship_class != "NONE" and file.org_id != to_org:
        yield HardshipFileTransferred(
            file_id=file.id,
            member_id=file.member_id,
            from_org=file.org_id,
            to_org=to_org,
            hardship_class=file.hardship_class,
            on=on,
        )


@service.reaction
async def file_follows_member(event: MemberTransferred, work: Work) -> None:
    claim = await work.change(Claim, f"member:{event.member_id}", lambda _: ())
    if claim.file_id:
        await work.change(HardshipFile, claim.file_id, lambda file: transfer(file, event.to_org, work.today))
