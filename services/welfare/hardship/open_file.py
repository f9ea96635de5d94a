"""Open the file 建档:  POST /hardship-files/{file_id}/opening  ->  HardshipFileOpened"""

from collections.abc import Iterator
from datetime import date, timedelta

from services.welfare.aid.aid import must_be_member
from services.welfare.hardship.hardship_file import FileNotInThisState, HardshipFile
from services.welfare.service import service
from shared.directory.entries import Membership
from shared.events.welfare.hardship import HardshipFileOpened
from shared.kernel.work import Actor, Work
from shared.values.ids import Id
from shared.values.roles import Role

REVIEWED_WITHIN = timedelta(days=365)
"""A file older than a year is examined again (Zoucheng: 动态管理, every year)."""


def open_file(file: HardshipFile, membership: Membership | None, by: Actor, on: date) -> Iterator[HardshipFileOpened]:
    match file.status:
        case "open" if by.id in file.did("opening"):
            return
        case "posting_over" if file.hardship_class != "NONE":
            pass
        case _:
            raise FileNotInThisState(status=file.status)
    file.must_be_other_hands(by, "application", "visit", "classification")
    must_be_member(membership)
    yield HardshipFileOpened(
        file_id=file.id,
        member_id=file.member_id,
        org_id=file.org_id,
        household_id=file.household_id,
        hardship_class=file.hardship_class,
        opened_on=on,
        review_due_on=on + REVIEWED_WITHIN,
        by=by.id,
    )


@service.post(
    "/hardship-files/{file_id}/opening", role=Role.SECOND_APPROVER, org=(HardshipFile, "file_id"), sensitive=True
)
async def post(file_id: Id, work: Work) -> None:
    member_id = (await work.state(HardshipFile, file_id)).member_id
    membership = await work.directory.membership(member_id)
    await work.change(HardshipFile, file_id, lambda file: open_file(file, membership, work.actor, work.today))
