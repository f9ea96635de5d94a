"""How a request for aid stands:  GET /aid  ·  GET /aid/{request_id}"""

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.welfare.aid.aid import Status
from services.welfare.service import service
from shared.events.welfare.aid import (
    AidGranted,
    AidPaid,
    AidPaymentFailed,
    AidRejected,
    AidRequested,
    AidReversed,
    AidReviewed,
)
from shared.kernel.work import Work
from shared.values.ids import AidId, OrgId
from shared.values.paging import After, PageSize
from shared.values.roles import Role
from shared.values.words import AidType


@dataclass(frozen=True)
class AidRequest:
    id: str
    member_id: str
    org_id: str
    aid_type: AidType
    status: Status
    asked_fen: int
    requested_on: date
    granted_fen: int = 0
    account_id: str | None = None
    granted_on: date | None = None
    paid_on: date | None = None
    voucher_ref: str | None = None
    reason_code: str | None = None
    """Why it was rejected, reversed, or could not be paid."""


@service.view(AidRequest, key="request_id", by_subject=True, indexes=["org_id", "status"])
def aid_request(
    request: AidRequest | None,
    event: AidRequested | AidReviewed | AidRejected | AidGranted | AidPaid | AidPaymentFailed | AidReversed,
) -> AidRequest:
    if isinstance(event, AidRequested):
        return AidRequest(
            id=event.request_id,
            member_id=event.member_id,
            org_id=event.org_id,
            aid_type=event.aid_type,
            status="asked",
            asked_fen=event.amount_fen,
            requested_on=event.on,
        )
    if request is None:
        raise ValueError(f"{type(event).__name__} of aid that was never asked for")
    match event:
        case AidReviewed():
            return replace(request, status="reviewed", account_id=event.account_id)
        case AidRejected():
            return replace(request, status="rejected", reason_code=event.reason_code)
        case AidGranted():
            return replace(request, status="granted", granted_fen=event.amount_fen, granted_on=event.on)
        case AidPaid():
            return replace(
                request, status="paid", paid_on=event.paid_on, voucher_ref=event.voucher_ref, reason_code=None
            )
        case AidPaymentFailed():
            return replace(request, status="failed", reason_code=event.code)
        case AidReversed():
            return replace(request, status="reversed", reason_code=event.reason_code)
        case _:
            assert_never(event)


READERS = Role.UNION | Role.FINANCE | Role.FUND_AUDIT


@service.get("/aid/{request_id}", role=READERS | Role.SELF, org=AidRequest)
async def get(request_id: AidId, work: Work) -> AidRequest | None:
    return await work.view(AidRequest, request_id)


@service.get("/aid", role=READERS, org=AidRequest)
async def get_all(
    work: Work,
    org_id: OrgId | None = None,
    status: Status | None = None,
    limit: PageSize = 100,
    after: After | None = None,
) -> list[AidRequest]:
    asked = {"org_id": org_id, "status": status}
    where = {name: value for name, value in asked.items() if value}
    return await work.find(AidRequest, where, limit=limit, after=after)
