"""Reject or withdraw a correction:  POST /accounts/{account_id}/corrections/{correction_id}/rejection  ->
FundCorrectionRejected

Anybody who may confirm one may reject it; whoever proposed it withdraws it so.
"""

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from services.welfare.fund.confirm_correction import CorrectedAlready, NoSuchCorrection
from services.welfare.fund.fund_account import FundAccount
from services.welfare.service import service
from shared.events.welfare.fund import FundCorrected, FundCorrectionProposed, FundCorrectionRejected
from shared.kernel.work import Actor, Work
from shared.values.ids import AccountId, Id
from shared.values.roles import Role


def reject(fund: FundAccount, correction_id: str, by: Actor, on: date) -> Iterator[FundCorrectionRejected]:
    proposed = fund.corrections.get(correction_id)
    match proposed:
        case None:
            raise NoSuchCorrection()
        case FundCorrected():
            raise CorrectedAlready(by=proposed.approvals[1])
        case FundCorrectionRejected():
            return
        case FundCorrectionProposed():
            pass
        case _:
            assert_never(proposed)
    yield FundCorrectionRejected(account_id=fund.id, org_id=fund.org_id, correction_id=correction_id, by=by.id, on=on)


@service.post(
    "/accounts/{account_id}/corrections/{correction_id}/rejection",
    role=Role.ADMIN | Role.FINANCE,
    org=(FundAccount, "account_id"),
    sensitive=True,
)
async def post(account_id: AccountId, correction_id: Id, work: Work) -> None:
    await work.change(FundAccount, account_id, lambda fund: reject(fund, correction_id, work.actor, work.today))
