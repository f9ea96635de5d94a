"""Decline a request:  POST /aid/{request_id}/rejection  ->  AidRejected"""

from collections.abc import Iterator
from datetime import date

from services.welfare.aid.aid import Aid, NotInThisState, SameHands
from services.welfare.service import service
from shared.events.welfare.aid import AidRejected
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import AidId
from shared.values.roles import Role
from shared.values.words import AidRejection


class RejectAid(Command):
    reason_code: AidRejection


def reject(aid: Aid, command: RejectAid, by: Actor, on: date) -> Iterator[AidRejected]:
    """A reviewer may change its mind; whoever asked may not decide."""
    match aid.status:
        case "rejected" if aid.reason == command.reason_code:
            return
        case "asked" | "reviewed":
            pass
        case _:
            raise NotInThisState(status=aid.status)
    if by.id in (aid.member_id, aid.did("request")):
        raise SameHands()
    yield AidRejected(
        request_id=aid.id,
        member_id=aid.member_id,
        org_id=aid.org_id,
        reason_code=command.reason_code,
        by=by.id,
        on=on,
    )


@service.post(
    "/aid/{request_id}/rejection",
    role=Role.FIRST_APPROVER | Role.SECOND_APPROVER,
    org=(Aid, "request_id"),
    sensitive=True,
)
async def post(request_id: AidId, command: RejectAid, work: Work) -> None:
    await work.change(Aid, request_id, lambda aid: reject(aid, command, work.actor, work.today))
