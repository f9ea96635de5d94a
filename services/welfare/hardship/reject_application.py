"""Do not open a file:  POST /hardship-files/{file_id}/rejection  ->  HardshipRejected, HardshipClaimFreed"""

from collections.abc import Iterator
from datetime import date

from services.welfare.hardship.claim import free_from
from services.welfare.hardship.hardship_file import FileNotInThisState, HardshipFile
from services.welfare.service import service
from shared.events.welfare.hardship import HardshipRejected
from shared.kernel.work import Actor, Command, Work
from shared.values.hardship import HardshipRejection
from shared.values.ids import Id
from shared.values.roles import Role


class RejectApplication(Command):
    reason_code: HardshipRejection
    """An objection that was upheld during the posting is one of them."""


def reject(file: HardshipFile, command: RejectApplication, by: Actor, on: date) -> Iterator[HardshipRejected]:
    match file.status:
        case "rejected" if file.reason == command.reason_code:
            return
        case (
            "applied" | "visited" | "override_proposed" | "classified" | "posted" | "posting_over" | "takeover_proposed"
        ):
            pass
        case _:
            raise FileNotInThisState(status=file.status)
    file.must_be_other_hands(by, "application", "takeover")
    yield HardshipRejected(
        file_id=file.id,
        member_id=file.member_id,
        org_id=file.org_id,
        reason_code=command.reason_code,
        by=by.id,
        on=on,
    )


@service.post(
    "/hardship-files/{file_id}/rejection",
    role=Role.FIRST_APPROVER | Role.SECOND_APPROVER,
    org=(HardshipFile, "file_id"),
    sensitive=True,
)
async def post(file_id: Id, command: RejectApplication, work: Work) -> None:
    file = await work.change(HardshipFile, file_id, lambda file: reject(file, command, work.actor, work.today))
    await free_from(file, work)
