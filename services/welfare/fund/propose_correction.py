"""Propose to correct a wrong entry:  POST /accounts/{account_id}/corrections  ->  FundCorrectionProposed

Nothing that was booked is changed or removed: a further entry corrects it, once a second person has confirmed.
"""

from collections.abc import Iterator
from datetime import date

from services.welfare.fund.fund_account import FundAccount, NoSuchAccount
from services.welfare.service import service
from shared.events.welfare.fund import FundCorrected, FundCorrectionProposed, FundCorrectionRejected
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


class ProposedAlready(Conflict):
    """{by} has proposed the very same, and it waits as {correction_id}; confirm or reject that one.
    {by} 已提出相同更正 {correction_id}，尚待确认，请办理该项的确认或驳回。"""


class MoreThanBooked(Conflict):
    """Of what was booked under {corrects} {left} fen are left to take back, counting what is proposed already, and
    {wanted} are wanted; propose less, or have an open proposal rejected first.
    凭据 {corrects} 的分录扣除已有和待确认的调减后尚可调减 {left} 分，本次为 {wanted} 分，请调减或先撤销待确认更正。"""


def propose(
    fund: FundAccount, command: ProposeCorrection, correction_id: str, by: Actor, on: date
) -> Iterator[FundCorrectionProposed]:
    if fund.status != "open":
        raise NoSuchAccount()
    if command.corrects not in fund.allocations:
        raise NoSuchEntry(corrects=command.corrects)
    if correction_id in fund.corrections:
        return
    if same := _open_already(fund, command):
        if same.by != by.id:
            raise ProposedAlready(by=same.by, correction_id=same.correction_id)
        return
    if command.sense == "less" and command.amount_fen > (left := _left(fund, command.corrects)):
        raise MoreThanBooked(corrects=command.corrects, left=left, wanted=command.amount_fen)
    yield FundCorrectionProposed(
        account_id=fund.id,
        org_id=fund.org_id,
        correction_id=correction_id,
        by=by.id,
        on=on,
        **command.model_dump(),
    )


def _open_already(fund: FundAccount, command: ProposeCorrection) -> FundCorrectionProposed | None:
    words = command.model_dump()
    proposed = (one for one in fund.corrections.values() if isinstance(one, FundCorrectionProposed))
    return next((one for one in proposed if one.model_dump(include=set(words)) == words), None)


def _left(fund: FundAccount, ref: str) -> int:
    """Of an entry as it was corrected; less by what is proposed to be taken from it, more only by what was added."""
    left = fund.allocations[ref]
    for one in fund.corrections.values():
        if isinstance(one, FundCorrectionRejected) or one.corrects != ref:
            continue
        if one.sense == "less":
            left -= one.amount_fen
        elif isinstance(one, FundCorrected):
            left += one.amount_fen
    return left


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
