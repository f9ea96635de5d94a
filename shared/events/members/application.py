"""Applications for membership: funnel from a worker's wish to the admission. Who it is stands in the vault."""

from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.kernel.event import DataClass, Event
from shared.values.ids import ActorId, AdmissionId, ApplicationId, Code, MemberId, OrgId
from shared.values.words import (
    AdmissionOutcome,
    ApplicationChannel,
    ApplicationRejection,
    SkillGrade,
    WorkerType,
)


class MembershipApplied(Event):
    """A worker applied for membership, or a cadre entered the application.
    申请入会：职工本人申请或由经办人代录入会申请。"""

    data_class: ClassVar[DataClass] = "C2"

    application_id: ApplicationId
    member_id: MemberId
    """The pseudonym that the person will have as a member."""
    org_id: OrgId
    channel: ApplicationChannel
    entered_by: ActorId
    worker_type: WorkerType
    frontline: bool
    on: date
    trade_code: Code | None = None
    skill_grade: SkillGrade | None = None


class MembershipApplicationApproved(Event):
    """An application was approved by an officer; the person has joined with it.
    批准入会：入会申请获批准，申请人同时入会。"""

    data_class: ClassVar[DataClass] = "C2"

    application_id: ApplicationId
    member_id: MemberId
    org_id: OrgId
    approved_by: ActorId
    on: date


class MembershipApplicationRejected(Event):
    """An application for membership was not approved.
    不予批准：入会申请未获批准。"""

    data_class: ClassVar[DataClass] = "C2"

    application_id: ApplicationId
    member_id: MemberId
    org_id: OrgId
    reason_code: ApplicationRejection
    by: ActorId
    on: date


class MembershipApplicationWithdrawn(Event):
    """An application for membership was taken back before it was decided.
    撤回申请：入会申请在办结前被撤回。"""

    data_class: ClassVar[DataClass] = "C2"

    application_id: ApplicationId
    member_id: MemberId
    org_id: OrgId
    on: date


class AdmittedRow(BaseModel):
    """What became of one row of a batch, in the order of the rows."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    outcome: AdmissionOutcome
    member_id: MemberId | None = None
    org_id: OrgId | None = None
    """Where the person is a member, if not where the row says."""
    code: Code | None = None
    """Which refusal it was."""


class MembersAdmitted(Event):
    """A batch of persons was admitted at once; each row has its own outcome.
    批量入会：一批人员办理了入会，每行各有结果。"""

    data_class: ClassVar[DataClass] = "C2"

    admission_id: AdmissionId
    org_id: OrgId
    """Below which all of them are."""
    rows: tuple[AdmittedRow, ...]
    on: date
