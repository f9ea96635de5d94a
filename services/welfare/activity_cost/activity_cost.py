"""The budget of an activity 活动预算 and its cost 活动费用: set aside, then borne by the account, or refused."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, Self, assert_never
from uuid import UUID, uuid5

from shared.events.activities.activity import ActivityBudgetApproved, ActivityFinished
from shared.events.welfare.fund import (
    ActivityBudgetRefused,
    ActivityBudgetReleased,
    ActivityBudgetReserved,
    ActivityCostRefused,
    ActivityCostSettled,
)
from shared.kernel.aggregate import Aggregate
from shared.values.words import ActivityCostRefusal, CostRefusal


@dataclass(frozen=True)
class ActivityCost(Aggregate):
    """Its id is the activity's."""

    status: Literal["new", "reserved", "unfunded", "settled", "refused", "released"] = "new"
    account_id: str = ""
    """Where its budget was set aside; empty if none was."""
    budget_fen: int = 0

    @property
    def ref(self) -> str:
        """What its cost is captured under; the reservation has the activity's own id."""
        return str(uuid5(UUID(self.id), "cost"))

    def evolve(
        self,
        event: ActivityBudgetReserved
        | ActivityBudgetRefused
        | ActivityBudgetReleased
        | ActivityCostSettled
        | ActivityCostRefused,
    ) -> Self:
        match event:
            case ActivityBudgetReserved():
                reserved = replace(self, status="reserved", org_id=event.org_id, account_id=event.account_id)
                return replace(reserved, budget_fen=event.amount_fen)
            case ActivityBudgetRefused():
                return replace(self, status="unfunded", org_id=event.org_id)
            case ActivityBudgetReleased():
                return replace(self, status="released")
            case ActivityCostSettled():
                return replace(self, status="settled", org_id=event.org_id)
            case ActivityCostRefused():
                return replace(self, status="refused", org_id=event.org_id)
            case _:
                assert_never(event)


def reserve_for(cost: ActivityCost, event: ActivityBudgetApproved) -> Iterator[ActivityBudgetReserved]:
    if cost.status == "new":
        yield ActivityBudgetReserved(
            activity_id=cost.id, org_id=event.org_id, account_id=event.account_id, amount_fen=event.budget_fen
        )


def refuse_budget_of(
    cost: ActivityCost, event: ActivityBudgetApproved, reason_code: CostRefusal
) -> Iterator[ActivityBudgetRefused]:
    if cost.status == "new":
        yield ActivityBudgetRefused(
            activity_id=cost.id,
            org_id=event.org_id,
            account_id=event.account_id,
            amount_fen=event.budget_fen,
            reason_code=reason_code,
        )


def release_budget_of(cost: ActivityCost) -> Iterator[ActivityBudgetReleased]:
    if cost.status == "reserved":
        yield ActivityBudgetReleased(
            activity_id=cost.id, org_id=cost.org_id, account_id=cost.account_id, amount_fen=cost.budget_fen
        )


def settle(
    cost: ActivityCost, event: ActivityFinished
) -> Iterator[ActivityCostSettled | ActivityCostRefused | ActivityBudgetReleased]:
    """Borne out of what was set aside and never more; what nobody approved is not borne at all."""
    match cost.status:
        case "reserved" if event.cost_fen == 0:
            yield from release_budget_of(cost)
        case "reserved" if event.cost_fen > cost.budget_fen:
            yield _refused(cost, event, "over_budget")
        case "reserved":
            yield ActivityCostSettled(
                activity_id=cost.id, org_id=event.org_id, account_id=cost.account_id, amount_fen=event.cost_fen
            )
        case "new" | "unfunded" if event.cost_fen:
            yield _refused(cost, event, "no_budget")
        case "new" | "unfunded" | "settled" | "refused" | "released":
            return
        case _:
            assert_never(cost.status)


def _refused(cost: ActivityCost, event: ActivityFinished, reason_code: ActivityCostRefusal) -> ActivityCostRefused:
    return ActivityCostRefused(
        activity_id=cost.id,
        org_id=event.org_id,
        amount_fen=event.cost_fen,
        reason_code=reason_code,
        account_id=event.budget_ref,
    )
