"""How the prizes of competitions stand:  GET /prizes  ·  GET /prizes/{prize_id}"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never

from services.welfare.service import service
from shared.events.welfare.prize import PrizePaid, PrizePaymentRequested, PrizeRefused
from shared.kernel.work import Work
from shared.values.ids import Id, OrgId
from shared.values.paging import After, PageSize
from shared.values.roles import Role

PrizeStatus = Literal["requested", "paid", "refused"]


@dataclass(frozen=True)
class PrizePayment:
    id: str
    competition_id: str
    entry_id: str
    member_id: str
    org_id: str
    amount_fen: int
    status: PrizeStatus
    account_id: str | None = None
    requested_on: date | None = None
    paid_on: date | None = None
    voucher_ref: str | None = None
    reason_code: str | None = None
    """Why it was refused."""


@service.view(PrizePayment, key="prize_id", indexes=["org_id", "status", "competition_id"])
def prize_payment(
    payment: PrizePayment | None, event: PrizePaymentRequested | PrizePaid | PrizeRefused
) -> PrizePayment:
    match event:
        case PrizePaymentRequested():
            requested = _of(event, "requested")
            return replace(requested, account_id=event.account_id, requested_on=event.on)
        case PrizePaid():
            paid = replace(payment or _of(event, "paid"), status="paid", account_id=event.account_id)
            return replace(paid, paid_on=event.paid_on, voucher_ref=event.voucher_ref)
        case PrizeRefused():
            return replace(_of(event, "refused"), reason_code=event.reason_code)
        case _:
            assert_never(event)


def _of(event: PrizePaymentRequested | PrizePaid | PrizeRefused, status: PrizeStatus) -> PrizePayment:
    return PrizePayment(
        id=event.prize_id,
        competition_id=event.competition_id,
        entry_id=event.entry_id,
        member_id=event.member_id,
        org_id=event.org_id,
        amount_fen=event.amount_fen,
        status=status,
    )


READERS = Role.UNION | Role.FINANCE | Role.FUND_AUDIT


@service.get("/prizes/{prize_id}", role=READERS | Role.SELF, org=PrizePayment)
async def get(prize_id: Id, work: Work) -> PrizePayment | None:
    return await work.view(PrizePayment, prize_id)


@service.get("/prizes", role=READERS, org=PrizePayment)
async def get_all(
    work: Work,
    org_id: OrgId | None = None,
    competition_id: Id | None = None,
    status: PrizeStatus | None = None,
    limit: PageSize = 100,
    after: After | None = None,
) -> list[PrizePayment]:
    asked = {"org_id": org_id, "competition_id": competition_id, "status": status}
    where = {name: value for name, value in asked.items() if value}
    return await work.find(PrizePayment, where, limit=limit, after=after)
