"""How an application stands:  GET /applications  ·  GET /applications/{application_id}"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never

from services.members.service import service
from shared.events.members.application import (
    MembershipApplicationApproved,
    MembershipApplicationRejected,
    MembershipApplicationWithdrawn,
    MembershipApplied,
)
from shared.kernel.work import Work
from shared.values.ids import ApplicationId, OrgId
from shared.values.paging import After, PageSize
from shared.values.roles import Role
from shared.values.words import ApplicationChannel, ApplicationRejection, SkillGrade, WorkerType

Status = Literal["submitted", "approved", "rejected", "withdrawn"]


@dataclass(frozen=True)
class ApplicationCard:
    id: str
    member_id: str
    org_id: str
    channel: ApplicationChannel
    worker_type: WorkerType
    frontline: bool
    applied_on: date
    status: Status = "submitted"
    trade_code: str | None = None
    skill_grade: SkillGrade | None = None
    decided_on: date | None = None
    reason_code: ApplicationRejection | None = None


@service.view(ApplicationCard, key="application_id", by_subject=True, indexes=["org_id", "status"])
def application_card(
    card: ApplicationCard | None,
    event: MembershipApplied
    | MembershipApplicationApproved
    | MembershipApplicationRejected
    | MembershipApplicationWithdrawn,
) -> ApplicationCard:
    if isinstance(event, MembershipApplied):
        return ApplicationCard(
            id=event.application_id,
            member_id=event.member_id,
            org_id=event.org_id,
            channel=event.channel,
            worker_type=event.worker_type,
            frontline=event.frontline,
            applied_on=event.on,
            trade_code=event.trade_code,
            skill_grade=event.skill_grade,
        )
    if card is None:
        raise ValueError(f"{type(event).__name__} of an application that was never made")
    match event:
        case MembershipApplicationApproved():
            return replace(card, status="approved", decided_on=event.on)
        case MembershipApplicationRejected():
            return replace(card, status="rejected", decided_on=event.on, reason_code=event.reason_code)
        case MembershipApplicationWithdrawn():
            return replace(card, status="withdrawn", decided_on=event.on)
        case _:
            assert_never(event)


@service.get("/applications/{application_id}", role=Role.UNION | Role.SELF, org=ApplicationCard)
async def get(application_id: ApplicationId, work: Work) -> ApplicationCard | None:
    return await work.view(ApplicationCard, application_id)


@service.get("/applications", role=Role.UNION, org=ApplicationCard)
async def get_all(
    work: Work,
    org_id: OrgId | None = None,
    status: Status = "submitted",
    limit: PageSize = 100,
    after: After | None = None,
) -> list[ApplicationCard]:
    where = {"status": status, **({"org_id": org_id} if org_id else {})}
    return await work.find(ApplicationCard, where, limit=limit, after=after)
