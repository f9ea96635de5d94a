"""Memberships: one person, one basic union at a time. Who the person is never leaves the vault."""

from datetime import date
from typing import ClassVar

from pydantic import PositiveInt

from shared.kernel.event import DataClass, Event
from shared.values.ids import ActorId, Code, MemberId, OrgId
from shared.values.words import EndReason, SkillGrade, TransferRefusal, WorkerType


class MemberJoined(Event):
    """A person joined the union in a basic organisation.
    入会：职工加入了一个基层工会。"""

    data_class: ClassVar[DataClass] = "C2"

    member_id: MemberId
    org_id: OrgId
    joined_on: date
    worker_type: WorkerType
    frontline: bool
    membership_seq: PositiveInt
    """1 for the person's first membership; one more for each time of joining again."""
    trade_code: Code | None = None
    skill_grade: SkillGrade | None = None


class MemberEligibilityChanged(Event):
    """What a member is entitled to depends on other facts from this day; what is not named stays as it was.
    资格属性变更：会员的用工类型、一线、工种或技能等级自当日起变更，未列出的不变。"""

    data_class: ClassVar[DataClass] = "C2"

    member_id: MemberId
    org_id: OrgId
    effective_on: date
    worker_type: WorkerType | None = None
    frontline: bool | None = None
    trade_code: Code | None = None
    skill_grade: SkillGrade | None = None


class MemberTransferRequested(Event):
    """A member's transfer to another basic organisation was requested; until accepted the member stays.
    申请转会：申请把会员的会籍转到另一个基层工会，接收前会籍不变。"""

    data_class: ClassVar[DataClass] = "C2"

    member_id: MemberId
    from_org: OrgId
    to_org: OrgId
    on: date
    requested_by: ActorId | None = None
    """Who may not accept it."""


class MemberTransferred(Event):
    """The receiving organisation accepted a member; from this day the membership is there.
    会籍接转：接收方工会已接收，会籍自当日起转入。"""

    data_class: ClassVar[DataClass] = "C2"

    member_id: MemberId
    from_org: OrgId
    to_org: OrgId
    effective_on: date
    membership_seq: PositiveInt


class MemberTransferRefused(Event):
    """A requested transfer was refused by the receiver or recalled; the member stays where it was.
    接转退回：转会申请被退回或撤回，会籍仍在原工会。"""

    data_class: ClassVar[DataClass] = "C2"

    member_id: MemberId
    from_org: OrgId
    to_org: OrgId
    reason_code: TransferRefusal


class MembershipEnded(Event):
    """A membership ended.
    终止会籍：会员的会籍终止。"""

    data_class: ClassVar[DataClass] = "C2"

    member_id: MemberId
    org_id: OrgId
    """Where the membership was."""
    reason: EndReason
    on: date
    membership_seq: PositiveInt
