"""How far each ledger is sealed:  GET /ledgers  ·  GET /ledgers/{org_id}

What stands here is for looking at. Whether a ledger is what was written, `gonghui ledger verify` says.
"""

from dataclasses import dataclass
from datetime import date

from services.welfare.ledger.ledger_chain import ledger_id
from services.welfare.service import service
from shared.events.welfare.ledger import LedgerSealed
from shared.kernel.work import Work
from shared.values.ids import OrgId
from shared.values.paging import After, PageSize
from shared.values.roles import Role


@dataclass(frozen=True)
class LedgerSeals:
    id: str
    org_id: str
    sealed_entries: int
    seals: int
    sealed_on: date
    head_hash: str
    """Of the last entry that is sealed."""
    key_id: str


@service.view(LedgerSeals, key="ledger_id", indexes=["org_id"])
def ledger_seals(row: LedgerSeals | None, event: LedgerSealed) -> LedgerSeals:
    return LedgerSeals(
        id=event.ledger_id,
        org_id=event.org_id,
        sealed_entries=event.to_seq,
        seals=(row.seals if row else 0) + 1,
        sealed_on=event.on,
        head_hash=event.head_hash,
        key_id=event.key_id,
    )


@service.get("/ledgers/{org_id}", role=Role.ADMIN | Role.FINANCE | Role.FUND_AUDIT, org=LedgerSeals)
async def get(org_id: OrgId, work: Work) -> LedgerSeals | None:
    return await work.view(LedgerSeals, ledger_id(org_id))


@service.get("/ledgers", role=Role.ADMIN | Role.FINANCE | Role.FUND_AUDIT, org=LedgerSeals)
async def get_all(work: Work, limit: PageSize = 100, after: After | None = None) -> list[LedgerSeals]:
    return await work.find(LedgerSeals, limit=limit, after=after)
