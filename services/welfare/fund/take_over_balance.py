"""Begin an account with what was in it elsewhere:  POST /accounts/balances  ->  FundAccountOpened, FundAllocated

One account for a purpose and a source of an organisation, and one opening balance for ever: whoever brings it in, and
how often. A wrong one is corrected by two people (`propose_correction`).
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated
from uuid import NAMESPACE_URL, uuid5

from pydantic import Field

from services.welfare.fund.allocate import Allocate, allocate
from services.welfare.fund.fund_account import FundAccount
from services.welfare.fund.open_account import OpenAccount, open_account
from services.welfare.service import service
from shared.events.welfare.fund import FundAllocated
from shared.kernel.refusal import Conflict
from shared.kernel.work import Command, Work
from shared.values.ids import Code, Id, OrgId
from shared.values.money import Fen
from shared.values.roles import Role

Year = Annotated[int, Field(strict=True, ge=2000, le=2099)]


class TakeOverBalance(Command):
    org_id: OrgId
    purpose: Code
    source: Code
    year: Year
    """At whose beginning this was the balance."""
    opening_fen: Fen


class OtherBalance(Conflict):
    """This account began with {amount} fen already; if that was wrong, two people correct it.
    该账户期初余额已登记为 {amount} 分；如有误，请由两人办理更正。"""


def account_id_of(org_id: str, purpose: str, source: str) -> Id:
    return str(uuid5(NAMESPACE_URL, f"gonghui:account:{org_id}:{purpose}:{source}"))


def begin(fund: FundAccount, command: TakeOverBalance, on: date) -> Iterator[FundAllocated]:
    """Also of another year it is the one that stands."""
    known = [amount for ref, amount in fund.allocations.items() if ref.startswith("opening-")]
    if known and known != [command.opening_fen]:
        raise OtherBalance(amount=known[0])
    if command.opening_fen and not known:
        ref = f"opening-{command.year}"
        yield from allocate(fund, Allocate(amount_fen=command.opening_fen, source_ref=ref), on)


@service.post("/accounts/balances", role=Role.ADMIN, org="org_id", sensitive=True)
async def post(command: TakeOverBalance, work: Work) -> None:
    account_id = account_id_of(command.org_id, command.purpose, command.source)
    opening = OpenAccount(org_id=command.org_id, purpose=command.purpose, source=command.source)
    await work.change(FundAccount, account_id, lambda fund: open_account(fund, opening))
    await work.change(FundAccount, account_id, lambda fund: begin(fund, command, work.today))
