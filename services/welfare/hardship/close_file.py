"""Close a file 退档:  POST /hardship-files/{file_id}/closing  ->  HardshipFileClosed, HardshipClaimFreed"""

from collections.abc import Iterator
from datetime import date

from services.welfare.hardship.claim import free_from
from services.welfare.hardship.hardship_file import FileNotInThisState, HardshipFile
from services.welfare.service import service
from shared.events.welfare.hardship import HardshipFileClosed
from shared.kernel.work import Actor, Command, Work
from shared.values.hardship import FileClosing
from shared.values.ids import Id
from shared.values.roles import Role


class CloseFile(Command):
    reason_code: FileClosing


def close(file: HardshipFile, reason_code: FileClosing, by: Actor, on: date) -> Iterator[HardshipFileClosed]:
    match file.status:
        case "closed" if file.reason == reason_code:
            return
        case "open" if file.hardship_class != "NONE":
            pass
        case _:
            raise FileNotInThisState(status=file.status)
    file.must_be_other_hands(by)
    yield HardshipFileClosed(
        file_id=file.id,
        member_id=file.member_id,
        org_id=file.org_id,
        hardship_class=file.hardship_class,
        reason_code=reason_code,
        by=by.id,
        on=on,
    )


@service.post(
    "/hardship-files/{file_id}/closing",
    role=Role.FIRST_APPROVER | Role.SECOND_APPROVER,
    org=(HardshipFile, "file_id"),
    sensitive=True,
)
async def post(file_id: Id, command: CloseFile, work: Work) -> None:
    file = await work.change(
        HardshipFile, file_id, lambda file: close(file, command.reason_code, work.actor, work.today)
    )
    await free_from(file, work)
