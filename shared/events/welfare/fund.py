"""Fund accounts: what was put in, set aside, spent, freed and taken back. Available = credits - reserved - captured."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from shared.kernel.event import Event, Upcast
from shared.values.fund import CorrectionReason, CorrectionSense
from shared.values.ids import AccountId, ActivityId, ActorId, Code, Id, OrgId, Reference
from shared.values.money import PositiveFen
from shared.values.words import ActivityCostRefusal, CostRefusal


class FundAccountOpened(Event):
    """A fund account was opened for an organisation.
    资金账户开立：为某组织开立了资金账户。"""

    account_id: AccountId
    org_id: OrgId
    purpose: Code
    source: Code


class FundAllocated(Event):
    """Money was put into a fund account.
    拨入：资金拨入账户。"""

    account_id: AccountId
    org_id: OrgId
    amount_fen: PositiveFen
    on: date
    source_ref: Reference
    """The bank entry or document that it came with; once in an account."""


class FundReserved(Event):
    """Money was set aside for a purpose; nobody else can have it.
    资金占用：为某事项占用了额度。"""

    account_id: AccountId
    org_id: OrgId
    ref: Id
    """What it is for: the aid request, the competition."""
    amount_fen: PositiveFen


class FundCaptured(Event):
    """Money left the account for what it had been set aside for, or for a cost that was settled at once.
    资金列支：占用的额度已支付，或费用直接列支。"""

    account_id: AccountId
    org_id: OrgId
    ref: Id
    amount_fen: PositiveFen
    was_reserved: bool
    reservation: Id | None = None
    """What the money was set aside for, where this is a part of that: a prize out of a competition's budget."""


class FundReleased(Event):
    """Money that was set aside is free again.
    占用释放：占用的额度已释放。"""

    account_id: AccountId
    org_id: OrgId
    ref: Id
    amount_fen: PositiveFen


class FundReturned(Event):
    """Money that had left the account came back.
    资金追回：已支付的资金退回账户。"""

    account_id: AccountId
    org_id: OrgId
    ref: Id
    amount_fen: PositiveFen


class FundCorrectionProposed(Event):
    """Somebody found an entry of an account wrong and proposed to correct it; nothing has moved.
    更正提出：发现账户分录有误并提出更正，资金尚未变动。"""

    account_id: AccountId
    org_id: OrgId
    correction_id: Id
    corrects: Reference
    """The document of the entry that is wrong."""
    sense: CorrectionSense
    amount_fen: PositiveFen
    reason_code: CorrectionReason
    by: ActorId
    on: date


class FundCorrected(Event):
    """A wrong entry was corrected by a further one, confirmed by a second person; the wrong one stays.
    更正入账：经第二人确认以新分录更正错误分录，原分录保留。"""

    account_id: AccountId
    org_id: OrgId
    correction_id: Id
    corrects: Reference
    sense: CorrectionSense
    amount_fen: PositiveFen
    reason_code: CorrectionReason
    approvals: tuple[ActorId, ActorId]
    """Who proposed it and who confirmed."""
    on: date


class ActivityBudgetReserved(Event):
    """The approved budget of an activity was set aside on its account.
    活动预算占用：已批准的活动预算已在资金账户占用。"""

    activity_id: ActivityId
    org_id: OrgId
    account_id: AccountId
    amount_fen: PositiveFen


class ActivityBudgetRefused(Event):
    """The approved budget of an activity could not be set aside on the account it named.
    活动预算拒绝：已批准的活动预算无法在指定账户占用。"""

    activity_id: ActivityId
    org_id: OrgId
    account_id: AccountId
    amount_fen: PositiveFen
    reason_code: CostRefusal


class ActivityBudgetReleased(Event):
    """An activity was called off or cost nothing; its budget is free again.
    活动预算释放：活动取消或未发生费用，预算已释放。"""

    activity_id: ActivityId
    org_id: OrgId
    account_id: AccountId
    amount_fen: PositiveFen


class FundCorrectionRejected(Event):
    """A proposed correction was rejected by somebody else, or withdrawn by who had proposed it; nothing has moved.
    更正撤销：更正申请被他人驳回或由提出人撤回，资金未变动。"""

    account_id: AccountId
    org_id: OrgId
    correction_id: Id
    by: ActorId
    on: date


class ActivityCostSettled(Event):
    """The cost of a finished activity was taken from its fund account.
    活动费用列支：已结束活动的费用已从资金账户列支。"""

    activity_id: ActivityId
    org_id: OrgId
    account_id: AccountId
    amount_fen: PositiveFen


class ActivityCostRefused(Event):
    """The cost of a finished activity could not be taken from the account it named.
    活动费用拒付：已结束活动的费用无法从指定账户列支。"""

    version = 2
    upcasts: ClassVar[Mapping[int, Upcast]] = {1: dict}
    """Version 1 knew fewer reasons."""

    activity_id: ActivityId
    org_id: OrgId
    amount_fen: PositiveFen
    reason_code: ActivityCostRefusal
    account_id: AccountId | None = None
