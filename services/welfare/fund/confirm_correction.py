"""Confirm a correction:  POST /accounts/{account_id}/corrections/{correction_id}/confirmation  ->  FundCorrected"""

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from services.welfare.fund.fund_account import FundAccount
from services.welfare.service import service
from shared.events.welfare.fund import FundCorrected, FundCorrectionProposed, FundCorrectionRejected
from shared.kernel.refusal import Conflict, Forbidden, NotFound
from shared.kernel.work import Actor, Work
from shared.values.ids import AccountId, Id
from shared.values.roles import Role


class NoSuchCorrection(NotFound):
    """Nobody has proposed this correction for this account; look at the account's corrections for its number.
    该账户没有此项更正申请，请在账户更正列表中核对编号。"""


class OwnCorrection(Forbidden):
    """You proposed this correction; have a second person confirm it.
    该更正由您提出，请由第二人确认。"""


class CorrectedAlready(Conflict):
    """This correction is made: {by} confirmed it, and nothing is left to do; if it was wrong, propose another one.
    该更正已由 {by} 确认入账，无需再办理；如有误请另行提出更正。"""


class CorrectionRejected(Conflict):
    """This correction was rejected or withdrawn by {by}; if it is right after all, propose it anew.
    该更正已由 {by} 驳回或撤回；如确需更正，请重新提出。"""


def confirm(fund: FundAccount, correction_id: str, by: Actor, on: date) -> Iterator[FundCorrected]:
    """An account that would fall below zero is not corrected (INV-W1): MoneyShort."""
    proposed = fund.corrections.get(correction_id)
    match proposed:
        case None:
            raise NoSuchCorrection()
        case FundCorrected():
            if proposed.approvals[1] != by.id:
                raise CorrectedAlready(by=proposed.approvals[1])
            return
        case FundCorrectionRejected():
            raise CorrectionRejected(by=proposed.by)
        case FundCorrectionProposed():
            pass
        case _:
            assert_never(proposed)
    if by.id == proposed.by:
        raise OwnCorrection()
    if proposed.sense == "less":
        fund.must_have(proposed.amount_fen)
    words = proposed.model_dump(exclude={"by", "on"})
    yield FundCorrected(**words, approvals=(proposed.by, by.id), on=on)


@service.post(
    "/accounts/{account_id}/corrections/{correction_id}/confirmation",
    role=Role.ADMIN | Role.FINANCE,
    org=(FundAccount, "account_id"),
    sensitive=True,
)
async def post(account_id: AccountId, correction_id: Id, work: Work) -> None:
    await work.change(FundAccount, account_id, lambda fund: confirm(fund, correction_id, work.actor, work.today))
