"""The prize budget of a competition 竞赛奖金预算, and what became of each prize out of it (INV-A11)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Self, assert_never

from services.welfare.policy.policy_limits import Limit
from shared.events.activities.competition import CompetitionApproved, PrizeAwarded
from shared.events.welfare.prize import (
    PrizeBudgetRefused,
    PrizeBudgetReleased,
    PrizeBudgetReserved,
    PrizePaid,
    PrizePaymentRequested,
    PrizeRefused,
)
from shared.kernel.aggregate import Aggregate
from shared.values.frozen_map import EMPTY, FrozenMap
from shared.values.prize import PrizeRefusal
from shared.values.words import CostRefusal


class Prize(NamedTuple):
    status: Literal["requested", "paid", "refused"]
    request: PrizePaymentRequested | None = None
    voucher_ref: str = ""


@dataclass(frozen=True)
class PrizeBudget(Aggregate):
    """Its id is the competition's."""

    status: Literal["new", "reserved", "refused", "released"] = "new"
    account_id: str = ""
    amount: int = 0
    awarded: int = 0
    """Of the amount: prizes that were accepted, paid or not."""
    paid: int = 0
    prizes: FrozenMap[str, Prize] = EMPTY

    def evolve(
        self,
        event: PrizeBudgetReserved
        | PrizeBudgetRefused
        | PrizeBudgetReleased
        | PrizePaymentRequested
        | PrizePaid
        | PrizeRefused,
    ) -> Self:
        match event:
            case PrizeBudgetReserved():
                reserved = replace(self, status="reserved", org_id=event.org_id, account_id=event.account_id)
                return replace(reserved, amount=event.amount_fen)
            case PrizeBudgetRefused():
                return replace(self, status="refused", org_id=event.org_id)
            case PrizeBudgetReleased():
                return replace(self, status="released")
            case PrizePaymentRequested():
                prizes = self.prizes.having(event.prize_id, Prize("requested", event))
                return replace(self, awarded=self.awarded + event.amount_fen, prizes=prizes)
            case PrizePaid():
                paid = self.prizes[event.prize_id]._replace(status="paid", voucher_ref=event.voucher_ref)
                return replace(self, paid=self.paid + event.amount_fen, prizes=self.prizes.having(event.prize_id, paid))
            case PrizeRefused():
                refused = replace(self, org_id=self.org_id or event.org_id)
                return replace(refused, prizes=self.prizes.having(event.prize_id, Prize("refused")))
            case _:
                assert_never(event)


def reserve_budget(budget: PrizeBudget, event: CompetitionApproved, account_id: str) -> Iterator[PrizeBudgetReserved]:
    if budget.status == "new":
        yield PrizeBudgetReserved(
            competition_id=budget.id, org_id=event.org_id, account_id=account_id, amount_fen=event.prize_budget_fen
        )


def refuse_budget(
    budget: PrizeBudget, event: CompetitionApproved, reason_code: CostRefusal
) -> Iterator[PrizeBudgetRefused]:
    if budget.status == "new":
        yield PrizeBudgetRefused(
            competition_id=budget.id,
            org_id=event.org_id,
            amount_fen=event.prize_budget_fen,
            reason_code=reason_code,
            account_id=event.account_id,
        )


def request_payment(
    budget: PrizeBudget, event: PrizeAwarded, limit: Limit | None
) -> Iterator[PrizePaymentRequested | PrizeRefused]:
    if event.prize_id in budget.prizes:
        return
    if limit is None:
        yield _refused(event, "no_policy")
    elif reason := _why_not(budget, event, limit):
        yield _refused(event, reason)
    else:
        yield PrizePaymentRequested(
            prize_id=event.prize_id,
            competition_id=budget.id,
            entry_id=event.entry_id,
            member_id=event.member_id,
            org_id=event.org_id,
            account_id=budget.account_id,
            amount_fen=event.amount_fen,
            on=event.on,
            limit_ref=limit.id,
            team=tuple(other for other in event.member_ids if other != event.member_id) or None,
            awarded_by=event.awarded_by,
        )


def _why_not(budget: PrizeBudget, event: PrizeAwarded, limit: Limit) -> PrizeRefusal | None:
    if budget.status != "reserved" or budget.account_id != event.account_id:
        return "no_budget"
    if budget.awarded + event.amount_fen > budget.amount:
        return "over_budget"
    return "over_limit" if event.amount_fen > limit.cap_fen else None


def _refused(event: PrizeAwarded, reason_code: PrizeRefusal) -> PrizeRefused:
    return PrizeRefused(
        prize_id=event.prize_id,
        competition_id=event.competition_id,
        entry_id=event.entry_id,
        member_id=event.member_id,
        org_id=event.org_id,
        amount_fen=event.amount_fen,
        reason_code=reason_code,
    )


def release(budget: PrizeBudget) -> Iterator[PrizeBudgetReleased]:
    if budget.status == "reserved":
        yield PrizeBudgetReleased(
            competition_id=budget.id,
            org_id=budget.org_id,
            account_id=budget.account_id,
            amount_fen=budget.amount - budget.paid,
        )
