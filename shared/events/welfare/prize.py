"""Prizes of competitions 竞赛奖金: a budget is set aside, each prize paid out of it, the rest freed."""

from datetime import date
from typing import ClassVar

from shared.kernel.event import DataClass, Event
from shared.values.ids import AccountId, ActorId, Id, MemberId, OrgId, Reference
from shared.values.money import Fen, PositiveFen
from shared.values.prize import PrizeRefusal
from shared.values.words import CostRefusal


class PrizeBudgetReserved(Event):
    """The prize budget of an approved competition was set aside on its account.
    奖金预算占用：已立项竞赛的奖金预算已在资金账户占用。"""

    competition_id: Id
    org_id: OrgId
    account_id: AccountId
    amount_fen: PositiveFen


class PrizeBudgetRefused(Event):
    """The prize budget of an approved competition could not be set aside on the account it named.
    奖金预算拒绝：已立项竞赛的奖金预算无法在指定账户占用。"""

    competition_id: Id
    org_id: OrgId
    amount_fen: PositiveFen
    reason_code: CostRefusal
    account_id: AccountId | None = None


class PrizeBudgetReleased(Event):
    """What a competition did not need of its prize budget is free again.
    奖金预算释放：竞赛未使用的奖金预算已释放。"""

    competition_id: Id
    org_id: OrgId
    account_id: AccountId
    amount_fen: Fen
    """Nothing if all of it was paid out."""


class PrizePaymentRequested(Event):
    """A prize was awarded within budget and limit, and waits to be paid.
    奖金待付：奖金在预算和标准之内，等待支付。"""

    data_class: ClassVar[DataClass] = "C2"

    prize_id: Id
    competition_id: Id
    entry_id: Id
    member_id: MemberId
    """Whom it is paid to: of a team, its first member."""
    org_id: OrgId
    account_id: AccountId
    amount_fen: PositiveFen
    on: date
    limit_ref: Id
    """The policy version it was measured by."""
    team: tuple[MemberId, ...] | None = None
    """The other members of a team."""
    awarded_by: ActorId | None = None
    """Who does not pay it then."""


class PrizePaid(Event):
    """A prize reached its winner.
    奖金到账：奖金已支付到获奖者。"""

    data_class: ClassVar[DataClass] = "C2"

    prize_id: Id
    competition_id: Id
    entry_id: Id
    member_id: MemberId
    org_id: OrgId
    account_id: AccountId
    amount_fen: PositiveFen
    voucher_ref: Reference
    paid_on: date
    by: ActorId


class PrizeRefused(Event):
    """A prize cannot be paid: there is no budget for it, or it is above the limit.
    奖金拒付：奖金没有预算或超出标准，无法支付。"""

    data_class: ClassVar[DataClass] = "C2"

    prize_id: Id
    competition_id: Id
    entry_id: Id
    member_id: MemberId
    org_id: OrgId
    amount_fen: PositiveFen
    reason_code: PrizeRefusal
