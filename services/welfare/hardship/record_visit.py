"""Record a home visit 入户调查:  POST /hardship-files/{file_id}/visit  ->  HomeVisitRecorded"""

from collections.abc import Iterator, Sequence
from datetime import date

from services.welfare.hardship.hardship_file import FileNotInThisState, HardshipFile, NotHisHands
from services.welfare.service import service
from shared.events.welfare.hardship import HomeVisitRecorded
from shared.kernel.refusal import Conflict, Invalid
from shared.kernel.work import Actor, Command, Work
from shared.values.hardship import EvidenceHash
from shared.values.ids import ActorId, Id
from shared.values.roles import Role

LEAST = 2
"""Visitors of a household."""


class RecordVisit(Command):
    visitor_ids: tuple[ActorId, ...]
    on: date
    evidence_hash: EvidenceHash


class TooFewVisitors(Invalid):
    """A household is visited by {least} people at least, you among them; name them all.
    入户调查须至少 {least} 人（含登记人），请填写全部人员。"""


class VisitInFuture(Invalid):
    """The day of the visit, {on}, has not come; correct it, or record the visit when it has taken place.
    入户调查日期 {on} 尚未到来，请更正日期或在调查后登记。"""


class VisitorWithoutOffice(Conflict):
    """{visitor_id} has no office in {org_id} or above it, and a household is visited by those who have; correct the id,
    or have it visited by somebody who has an office.
    {visitor_id} 在 {org_id} 及其上级没有工会职务，入户调查须由工会工作人员进行，请核对编号或另行安排人员。"""


def visit(
    file: HardshipFile, command: RecordVisit, strangers: Sequence[str], by: Actor, today: date
) -> Iterator[HomeVisitRecorded]:
    """`strangers`: the visitors who do not work for the union where the file is."""
    match file.status:
        case "visited" if file.evidence_hash == command.evidence_hash:
            return
        case "applied":
            pass
        case _:
            raise FileNotInThisState(status=file.status)
    if file.member_id in (by.id, *command.visitor_ids):
        raise NotHisHands()
    if len(set(command.visitor_ids)) < LEAST or by.id not in command.visitor_ids:
        raise TooFewVisitors(least=LEAST)
    if command.on > today:
        raise VisitInFuture(on=command.on.isoformat())
    if strangers:
        raise VisitorWithoutOffice(visitor_id=strangers[0], org_id=file.org_id)
    yield HomeVisitRecorded(
        file_id=file.id,
        member_id=file.member_id,
        org_id=file.org_id,
        visitor_ids=tuple(sorted(set(command.visitor_ids))),
        evidence_hash=command.evidence_hash,
        on=command.on,
    )


@service.post("/hardship-files/{file_id}/visit", role=Role.UNION, org=(HardshipFile, "file_id"), sensitive=True)
async def post(file_id: Id, command: RecordVisit, work: Work) -> None:
    path = work.directory.path((await work.state(HardshipFile, file_id)).org_id)
    strangers = [who for who in command.visitor_ids if not work.directory.may(who, Role.UNION, path, work.today)]
    await work.change(HardshipFile, file_id, lambda file: visit(file, command, strangers, work.actor, work.today))
