"""Propose to correct a wrong entry:  POST /accounts/{account_id}/corrections  ->  FundCorrectionProposed

Nothing that was booked is changed or removed: a further entry corrects it, once a second person has confirmed.
"""

from collections.abc import Iterator
from datetime import date

from services.welfare.fund.fund_account import FundAccount, NoSuchAccount
from services.welfare.service import service
from shared.events.welfare.fund import FundCorrectionProposed
from shared.kernel.refusal import Conflict
from shared.kernel.work import Actor, Command, Work
from shared.values.fund import CorrectionReason, CorrectionSense
from shared.values.ids import AccountId, Reference
from shared.values.money import PositiveFen
from shared.values.roles import Role


class ProposeCorrection(Command):
    corrects: Reference
    """The document of the allocation that is wrong."""
    sense: CorrectionSense
    amount_fen: PositiveFen
    """By how much, not the right total."""
    reason_code: CorrectionReason


class NoSuchEntry(Conflict):
    """Nothing was booked in this account under {corrects}; check the number of the document.
    该账户没有凭据 {corrects} 的分录，请核对凭据编号。"""


def propose(
    fund: FundAccount, command: ProposeCorrection, correction_id: str, by: Actor, on: date
) -> Iterator[FundCorrectionProposed]:
    if fund.status != "open":
        raise NoSuchAccount()
    if command.corrects not in fund.allocations:
        raise NoSuchEntry(corrects=command.corrects)
    if correction_id not in fund.corrections:
        yield FundCorrectionProposed(
            account_id=fund.id,
            org_id=fund.org_id,
            correction_id=correction_id,
            by=by.id,
            on=on,
            **command.model_dump(),
        )


@service.post(
    "/accounts/{account_id}/corrections",
    role=Role.ADMIN | Role.FINANCE,
    org=(FundAccount, "account_id"),
    sensitive=True,
)
async def post(account_id: AccountId, command: ProposeCorrection, work: Work) -> None:
    correction_id = work.new_id()
    await work.change(
        FundAccount, account_id, lambda fund: propose(fund, command, correction_id, work.actor, work.today)
    )
