"""Put money into a fund account:  POST /accounts/{account_id}/allocations  ->  FundAllocated"""

from collections.abc import Iterator
from datetime import date

from services.welfare.fund.fund_account import FundAccount, NoSuchAccount, OtherAmount
from services.welfare.service import service
from shared.events.welfare.fund import FundAllocated
from shared.kernel.work import Command, Work
from shared.values.ids import AccountId, Reference
from shared.values.money import PositiveFen
from shared.values.roles import Role


class Allocate(Command):
    amount_fen: PositiveFen
    source_ref: Reference
    """The bank entry or document; the same one is booked once."""


def allocate(fund: FundAccount, command: Allocate, on: date) -> Iterator[FundAllocated]:
    if fund.status != "open":
        raise NoSuchAccount()
    if known := fund.allocations.get(command.source_ref):
        if known != command.amount_fen:
            raise OtherAmount(amount=known)
        return
    yield FundAllocated(
        account_id=fund.id,
        org_id=fund.org_id,
        amount_fen=command.amount_fen,
        on=on,
        source_ref=command.source_ref,
    )


@service.post(
    "/accounts/{account_id}/allocations",
    role=Role.ADMIN | Role.FINANCE,
    org=(FundAccount, "account_id"),
    sensitive=True,
)
async def post(account_id: AccountId, command: Allocate, work: Work) -> None:
    await work.change(FundAccount, account_id, lambda fund: allocate(fund, command, work.today))
