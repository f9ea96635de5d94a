"""Corrections of an account, waiting, made and rejected:  GET /accounts/{account_id}/corrections"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never

from services.welfare.service import service
from shared.events.welfare.fund import FundCorrected, FundCorrectionProposed, FundCorrectionRejected
from shared.kernel.work import Work
from shared.values.fund import CorrectionReason, CorrectionSense
from shared.values.ids import AccountId
from shared.values.paging import After, PageSize
from shared.values.roles import Role


@dataclass(frozen=True)
class Correction:
    id: str
    account_id: str
    org_id: str
    corrects: str
    """The document of the entry that is wrong."""
    sense: CorrectionSense
    amount_fen: int
    reason_code: CorrectionReason
    proposed_by: str
    status: Literal["proposed", "made", "rejected"] = "proposed"
    confirmed_by: str | None = None
    made_on: date | None = None
    rejected_by: str | None = None
    """Who rejected it, or withdrew it."""


@service.view(Correction, key="correction_id", indexes=["account_id"])
def correction(
    row: Correction | None, event: FundCorrectionProposed | FundCorrected | FundCorrectionRejected
) -> Correction:
    match event:
        case FundCorrectionProposed():
            return _of(event, event.by)
        case FundCorrected():
            proposed_by, confirmed_by = event.approvals
            made = replace(_of(event, proposed_by), status="made", confirmed_by=confirmed_by)
            return replace(made, made_on=event.on)
        case FundCorrectionRejected():
            if row is None:
                raise ValueError("FundCorrectionRejected of a correction that was never proposed")
            return replace(row, status="rejected", rejected_by=event.by)
        case _:
            assert_never(event)


def _of(event: FundCorrectionProposed | FundCorrected, proposed_by: str) -> Correction:
    return Correction(
        id=event.correction_id,
        account_id=event.account_id,
        org_id=event.org_id,
        corrects=event.corrects,
        sense=event.sense,
        amount_fen=event.amount_fen,
        reason_code=event.reason_code,
        proposed_by=proposed_by,
    )


@service.get("/accounts/{account_id}/corrections", role=Role.ADMIN | Role.FINANCE | Role.FUND_AUDIT, org=Correction)
async def get(account_id: AccountId, work: Work, limit: PageSize = 100, after: After | None = None) -> list[Correction]:
    return await work.find(Correction, {"account_id": account_id}, limit=limit, after=after)
