"""Open a fund account:  POST /accounts  ->  FundAccountOpened"""

from collections.abc import Iterator

from services.welfare.fund.fund_account import FundAccount
from services.welfare.service import service
from shared.events.welfare.fund import FundAccountOpened
from shared.kernel.work import Command, Work
from shared.values.ids import Code, OrgId
from shared.values.roles import Role


class OpenAccount(Command):
    org_id: OrgId
    purpose: Code
    source: Code


def open_account(new: FundAccount, command: OpenAccount) -> Iterator[FundAccountOpened]:
    if new.status == "new":
        yield FundAccountOpened(account_id=new.id, **command.model_dump())


@service.post("/accounts", role=Role.ADMIN, org="org_id", sensitive=True)
async def post(command: OpenAccount, work: Work) -> None:
    await work.change(FundAccount, work.new_id(), lambda new: open_account(new, command))
