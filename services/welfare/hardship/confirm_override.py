"""Confirm another class:  POST /hardship-files/{file_id}/override-confirmation  ->  HardshipClassified"""

from collections.abc import Iterator
from datetime import date

from services.welfare.hardship.hardship_file import FileNotInThisState, HardshipFile
from services.welfare.service import service
from shared.events.welfare.hardship import HardshipClassified
from shared.kernel.work import Actor, Work
from shared.values.ids import Id
from shared.values.roles import Role


def confirm(file: HardshipFile, by: Actor, on: date) -> Iterator[HardshipClassified]:
    """Both the computed class and the confirmed one stand in the event (INV-W8)."""
    proposal = file.proposal
    match file.status:
        case "classified" if by.id in file.did("confirmation"):
            return
        case "override_proposed" if proposal is not None:
            pass
        case _:
            raise FileNotInThisState(status=file.status)
    file.must_be_other_hands(by, "application", "visit", "classification")
    yield HardshipClassified(
        file_id=file.id,
        member_id=file.member_id,
        org_id=file.org_id,
        hardship_class=proposal.proposed,
        computed=proposal.computed,
        rule_version=proposal.rule_version,
        standard_ref=proposal.standard_ref,
        by=proposal.by,
        on=on,
        override_reason=proposal.reason_code,
        confirmed_by=by.id,
    )


@service.post(
    "/hardship-files/{file_id}/override-confirmation",
    role=Role.SECOND_APPROVER,
    org=(HardshipFile, "file_id"),
    sensitive=True,
)
async def post(file_id: Id, work: Work) -> None:
    await work.change(HardshipFile, file_id, lambda file: confirm(file, work.actor, work.today))
