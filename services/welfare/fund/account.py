"""How a fund account stands:  GET /accounts  ·  GET /accounts/{account_id}"""

from dataclasses import dataclass, replace
from typing import assert_never

from services.welfare.service import service
from shared.events.welfare.fund import (
    FundAccountOpened,
    FundAllocated,
    FundCaptured,
    FundCorrected,
    FundReleased,
    FundReserved,
    FundReturned,
)
from shared.kernel.work import Work
from shared.values.ids import AccountId, OrgId
from shared.values.paging import After, PageSize
from shared.values.roles import Role


@dataclass(frozen=True)
class Account:
    """Amounts in fen."""

    id: str
    org_id: str
    purpose: str
    source: str
    credits: int = 0
    reserved: int = 0
    captured: int = 0
    available: int = 0


@service.view(Account, key="account_id", by_subject=True, indexes=["org_id"])
def account(
    account: Account | None,
    event: FundAccountOpened
    | FundAllocated
    | FundReserved
    | FundCaptured
    | FundReleased
    | FundReturned
    | FundCorrected,
) -> Account:
    if isinstance(event, FundAccountOpened):
        return Account(event.account_id, event.org_id, event.purpose, event.source)
    if account is None:
        raise ValueError(f"{type(event).__name__} of an account that was never opened")
    return _balanced(_moved(account, event))


def _moved(
    account: Account,
    event: FundAllocated | FundReserved | FundCaptured | FundReleased | FundReturned | FundCorrected,
) -> Account:
    amount = event.amount_fen
    match event:
        case FundAllocated():
            return replace(account, credits=account.credits + amount)
        case FundReserved():
            return replace(account, reserved=account.reserved + amount)
        case FundReleased():
            return replace(account, reserved=account.reserved - amount)
        case FundCaptured():
            reserved = account.reserved - (amount if event.was_reserved else 0)
            return replace(account, reserved=reserved, captured=account.captured + amount)
        case FundReturned():
            return replace(account, captured=account.captured - amount)
        case FundCorrected():
            return replace(account, credits=account.credits + (amount if event.sense == "more" else -amount))
        case _:
            assert_never(event)


def _balanced(account: Account) -> Account:
    return replace(account, available=account.credits - account.reserved - account.captured)


@service.get("/accounts/{account_id}", role=Role.ADMIN | Role.FINANCE | Role.FUND_AUDIT, org=Account)
async def get(account_id: AccountId, work: Work) -> Account | None:
    return await work.view(Account, account_id)


@service.get("/accounts", role=Role.ADMIN | Role.FINANCE | Role.FUND_AUDIT, org=Account)
async def get_all(
    work: Work, org_id: OrgId | None = None, limit: PageSize = 100, after: After | None = None
) -> list[Account]:
    return await work.find(Account, {"org_id": org_id} if org_id else {}, limit=limit, after=after)
