"""Aid 困难救助: asked for, reviewed, granted, paid; or rejected, failed, reversed. Every step by other hands."""

from datetime import date
from typing import ClassVar

from shared.kernel.event import DataClass, Event
from shared.values.ids import AccountId, ActorId, AidId, Id, MemberId, OrgId, Reference
from shared.values.money import PositiveFen
from shared.values.words import AidRejection, AidReversal, AidType, PaymentFailure


class AidRequested(Event):
    """Aid was asked for, by the member or by a cadre for the member.
    救助申请：会员本人或经办人代为提出救助申请。"""

    data_class: ClassVar[DataClass] = "C2"

    request_id: AidId
    member_id: MemberId
    org_id: OrgId
    aid_type: AidType
    amount_fen: PositiveFen
    by: ActorId
    on: date
    file_id: Id | None = None
    """The hardship file 困难职工档案 that it stands on."""


class AidReviewed(Event):
    """A request for aid was reviewed and supported, and the account that is to bear it named.
    救助初审：救助申请初审通过，并确定列支账户。"""

    data_class: ClassVar[DataClass] = "C2"

    request_id: AidId
    member_id: MemberId
    org_id: OrgId
    account_id: AccountId
    fund_org_id: OrgId
    """Whose fund it is: the member's organisation or one above it."""
    reviewer_id: ActorId
    on: date


class AidRejected(Event):
    """A request for aid was not granted.
    不予救助：救助申请未获批准。"""

    data_class: ClassVar[DataClass] = "C2"

    request_id: AidId
    member_id: MemberId
    org_id: OrgId
    reason_code: AidRejection
    by: ActorId
    on: date


class AidGranted(Event):
    """Aid was granted and the money set aside.
    救助批准：救助获批并占用额度。"""

    data_class: ClassVar[DataClass] = "C2"

    request_id: AidId
    member_id: MemberId
    org_id: OrgId
    account_id: AccountId
    fund_org_id: OrgId
    amount_fen: PositiveFen
    approvals: tuple[ActorId, ActorId]
    """First and second approver."""
    on: date
    limit_ref: Id | None = None
    """The policy version it was measured by."""


class AidPaid(Event):
    """Granted aid reached the member.
    救助到账：救助款已支付到账。"""

    data_class: ClassVar[DataClass] = "C2"

    request_id: AidId
    member_id: MemberId
    org_id: OrgId
    account_id: AccountId
    fund_org_id: OrgId
    amount_fen: PositiveFen
    voucher_ref: Reference
    paid_on: date
    by: ActorId
    requested_on: date | None = None
    """When it was asked for: the lead time 时效 counts from there."""


class AidPaymentFailed(Event):
    """A payment of granted aid came back; the money stays set aside.
    支付失败：救助款支付被退回，额度继续占用。"""

    data_class: ClassVar[DataClass] = "C2"

    request_id: AidId
    member_id: MemberId
    org_id: OrgId
    code: PaymentFailure
    by: ActorId


class AidReversed(Event):
    """Granted aid was taken back: the money set aside is free again, or what was paid has been recovered.
    撤销追回：撤销救助并释放额度，或已追回支付的款项。"""

    data_class: ClassVar[DataClass] = "C2"

    request_id: AidId
    member_id: MemberId
    org_id: OrgId
    account_id: AccountId
    fund_org_id: OrgId
    amount_fen: PositiveFen
    was_paid: bool
    reason_code: AidReversal
    on: date
