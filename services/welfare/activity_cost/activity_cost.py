"""The cost of a finished activity 活动费用: borne by a fund account, or refused."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, Self, assert_never

from shared.events.activities.activity import ActivityFinished
from shared.events.welfare.fund import ActivityCostRefused, ActivityCostSettled
from shared.kernel.aggregate import Aggregate
from shared.values.words import CostRefusal


@dataclass(frozen=True)
class ActivityCost(Aggregate):
    """Its id is the activity's."""

    status: Literal["new", "settled", "refused"] = "new"

    def evolve(self, event: ActivityCostSettled | ActivityCostRefused) -> Self:
        match event:
            case ActivityCostSettled():
                return replace(self, status="settled", org_id=event.org_id)
            case ActivityCostRefused():
                return replace(self, status="refused", org_id=event.org_id)
            case _:
                assert_never(event)


def settle(cost: ActivityCost, event: ActivityFinished, account_id: str) -> Iterator[ActivityCostSettled]:
    if cost.status == "new":
        yield ActivityCostSettled(
            activity_id=cost.id, org_id=event.org_id, account_id=account_id, amount_fen=event.cost_fen
        )


def refuse(cost: ActivityCost, event: ActivityFinished, reason_code: CostRefusal) -> Iterator[ActivityCostRefused]:
    if cost.status == "new":
        yield ActivityCostRefused(
            activity_id=cost.id,
            org_id=event.org_id,
            amount_fen=event.cost_fen,
            reason_code=reason_code,
            account_id=event.budget_ref,
        )
