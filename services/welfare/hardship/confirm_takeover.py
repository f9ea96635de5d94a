"""Confirm a taken-over file:  POST /hardship-files/{file_id}/takeover-confirmation  ->  HardshipFileOpened"""

from collections.abc import Iterator

from services.welfare.hardship.hardship_file import FileNotInThisState, HardshipFile
from services.welfare.service import service
from shared.events.welfare.hardship import HardshipFileOpened
from shared.kernel.work import Actor, Work
from shared.values.ids import Id
from shared.values.roles import Role


def confirm(file: HardshipFile, by: Actor) -> Iterator[HardshipFileOpened]:
    takeover = file.takeover
    match file.status:
        case "open" if by.id in file.did("opening"):
            return
        case "takeover_proposed" if takeover is not None:
            pass
        case _:
            raise FileNotInThisState(status=file.status)
    file.must_be_other_hands(by, "takeover")
    yield HardshipFileOpened(
        file_id=file.id,
        member_id=file.member_id,
        org_id=file.org_id,
        household_id=file.household_id,
        hardship_class=takeover.hardship_class,
        opened_on=takeover.opened_on,
        review_due_on=takeover.review_due_on,
        by=by.id,
        taken_over=True,
    )


@service.post(
    "/hardship-files/{file_id}/takeover-confirmation",
    role=Role.SECOND_APPROVER,
    org=(HardshipFile, "file_id"),
    sensitive=True,
)
async def post(file_id: Id, work: Work) -> None:
    await work.change(HardshipFile, file_id, lambda file: confirm(file, work.actor))
