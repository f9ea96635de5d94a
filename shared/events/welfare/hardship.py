"""Hardship files 困难职工档案: applied for, visited, classified, posted, opened, closed. No figure ever leaves.

The id of an application goes on as that of the file.
"""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field, PositiveInt

from shared.kernel.event import DataClass, Event
from shared.values.hardship import (
    ClaimedBy,
    EvidenceHash,
    FileClosing,
    HardshipClass,
    HardshipFinding,
    HardshipRejection,
    OverrideReason,
    RuleVersion,
)
from shared.values.ids import ActorId, Id, MemberId, OrgId

Visitors = Annotated[tuple[ActorId, ...], Field(min_length=2)]


class HardshipApplied(Event):
    """A hardship file was applied for, by the member or by a cadre for the member.
    困难申请：会员本人或经办人代为申请建立困难职工档案。"""

    data_class: ClassVar[DataClass] = "C2"

    file_id: Id
    member_id: MemberId
    org_id: OrgId
    household_id: Id
    """Random; the same for all who live together."""
    by: ActorId
    on: date


class HomeVisitRecorded(Event):
    """At least two people have visited the household.
    入户调查：两名以上人员已入户调查。"""

    data_class: ClassVar[DataClass] = "C2"

    file_id: Id
    member_id: MemberId
    org_id: OrgId
    visitor_ids: Visitors
    evidence_hash: EvidenceHash
    on: date


class HardshipOverrideProposed(Event):
    """A class other than the computed one was proposed; a second person has to confirm it.
    认定调整提出：提出与测算不同的困难类别，须第二人确认。"""

    data_class: ClassVar[DataClass] = "C2"

    file_id: Id
    member_id: MemberId
    org_id: OrgId
    computed: HardshipFinding
    proposed: HardshipFinding
    rule_version: RuleVersion
    standard_ref: Id
    reason_code: OverrideReason
    by: ActorId
    on: date


class HardshipClassified(Event):
    """The class of hardship was found, from the declared figures and the standard of place and time.
    困难认定：根据申报数据和当地当年标准认定困难类别。"""

    data_class: ClassVar[DataClass] = "C2"

    file_id: Id
    member_id: MemberId
    org_id: OrgId
    hardship_class: HardshipFinding
    computed: HardshipFinding
    """What the rule says; differs from the class only if that was overridden by two people."""
    rule_version: RuleVersion
    standard_ref: Id
    """The policy version with the standard of place and time."""
    by: ActorId
    on: date
    override_reason: OverrideReason | None = None
    confirmed_by: ActorId | None = None


class HardshipRejected(Event):
    """An application for a hardship file was not accepted.
    不予建档：困难申请未获通过。"""

    data_class: ClassVar[DataClass] = "C2"

    file_id: Id
    member_id: MemberId
    org_id: OrgId
    reason_code: HardshipRejection
    by: ActorId
    on: date


class HardshipPublicityStarted(Event):
    """The finding was posted, masked, for anybody to object.
    困难公示开始：认定结果经脱敏后公示。"""

    data_class: ClassVar[DataClass] = "C2"

    file_id: Id
    member_id: MemberId
    org_id: OrgId
    posting_id: Id
    since: date
    until: date
    """The last day of the posting."""
    workdays: PositiveInt
    by: ActorId


class HardshipPublicityEnded(Event):
    """The posting is over and nobody's objection stood.
    困难公示结束：公示期满且无异议成立。"""

    data_class: ClassVar[DataClass] = "C2"

    file_id: Id
    member_id: MemberId
    org_id: OrgId
    posting_id: Id
    workdays: PositiveInt
    on: date


class HardshipTakeoverProposed(Event):
    """A file that ran elsewhere before is to be taken over; a second person has to confirm it.
    在档接入提出：提出接入原有在档困难职工档案，须第二人确认。"""

    data_class: ClassVar[DataClass] = "C2"

    file_id: Id
    member_id: MemberId
    org_id: OrgId
    household_id: Id
    hardship_class: HardshipClass
    opened_on: date
    review_due_on: date
    by: ActorId
    on: date


class HardshipFileOpened(Event):
    """A hardship file was opened; aid may stand on it until its review is due.
    建档：建立困难职工档案，复核日期前可据此救助。"""

    data_class: ClassVar[DataClass] = "C2"

    file_id: Id
    member_id: MemberId
    org_id: OrgId
    household_id: Id
    hardship_class: HardshipClass
    opened_on: date
    review_due_on: date
    by: ActorId
    taken_over: bool | None = None
    """It ran elsewhere before."""


class HardshipFileTransferred(Event):
    """A hardship file followed its member to another organisation.
    档案转接：困难职工档案随会籍转接。"""

    data_class: ClassVar[DataClass] = "C2"

    file_id: Id
    member_id: MemberId
    from_org: OrgId
    to_org: OrgId
    hardship_class: HardshipClass
    on: date


class HardshipFileClosed(Event):
    """A hardship file was closed.
    退档：困难职工档案退出。"""

    data_class: ClassVar[DataClass] = "C2"

    file_id: Id
    member_id: MemberId
    org_id: OrgId
    hardship_class: HardshipClass
    reason_code: FileClosing
    by: ActorId
    on: date


class HardshipClaimed(Event):
    """A household or a member has a running application or file, and can have no other.
    档案占用：该家庭或会员已有进行中的申请或档案，不得重复。"""

    data_class: ClassVar[DataClass] = "C2"

    claimed_by: ClaimedBy
    claimant_id: Id
    file_id: Id
    org_id: OrgId


class HardshipClaimFreed(Event):
    """A household or a member can apply again.
    档案释放：该家庭或会员可以重新申请。"""

    data_class: ClassVar[DataClass] = "C2"

    claimed_by: ClaimedBy
    claimant_id: Id
    file_id: Id
    org_id: OrgId
