"""What one member has had of one kind of aid in one natural year, in whatever organisation (INV-W7)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Self, assert_never

from services.welfare.policy.policy_limits import Limit
from shared.events.welfare.policy import YearlyAllowanceFreed, YearlyAllowanceUsed
from shared.kernel.aggregate import Aggregate
from shared.kernel.refusal import Conflict
from shared.values.frozen_map import EMPTY, FrozenMap
from shared.values.words import AidType


class OverYearlyLimit(Conflict):
    """A member gets at most {cap} fen of this aid a year, has had {used}, and {wanted} more are asked; grant less.
    该会员本年度同类救助限额为 {cap} 分，已使用 {used} 分，本次申请 {wanted} 分，请调减。"""


@dataclass(frozen=True)
class Allowance(Aggregate):
    """Its id is `<member>:<kind>:<year>`."""

    used: FrozenMap[str, int] = EMPTY
    """Amount by request."""

    def evolve(self, event: YearlyAllowanceUsed | YearlyAllowanceFreed) -> Self:
        match event:
            case YearlyAllowanceUsed():
                used = self.used.having(event.request_id, event.amount_fen)
                return replace(self, org_id=event.org_id, used=used)
            case YearlyAllowanceFreed():
                return replace(self, used=self.used.without(event.request_id))
            case _:
                assert_never(event)


def allowance_id(member_id: str, kind: AidType, on: date) -> str:
    return f"{member_id}:{kind}:{on.year}"


def use(
    allowance: Allowance, request_id: str, org_id: str, amount_fen: int, limit: Limit
) -> Iterator[YearlyAllowanceUsed]:
    if request_id in allowance.used:
        return
    used = sum(allowance.used.values())
    if used + amount_fen > limit.cap_fen:
        raise OverYearlyLimit(cap=limit.cap_fen, used=used, wanted=amount_fen)
    yield YearlyAllowanceUsed(
        **_whose(allowance), request_id=request_id, org_id=org_id, amount_fen=amount_fen, limit_ref=limit.id
    )


def free(allowance: Allowance, request_id: str) -> Iterator[YearlyAllowanceFreed]:
    """What was granted before there were limits has used nothing."""
    if amount := allowance.used.get(request_id):
        yield YearlyAllowanceFreed(
            **_whose(allowance), request_id=request_id, org_id=allowance.org_id, amount_fen=amount
        )


def _whose(allowance: Allowance) -> dict[str, str | int]:
    member_id, kind, year = allowance.id.split(":")
    return {"member_id": member_id, "kind": kind, "year": int(year)}
