"""Which limits hold for an organisation, all versions:  GET /policy-limits?org_id="""

from dataclasses import dataclass
from datetime import date

from services.welfare.policy.policy_limits import scopes_of
from services.welfare.service import service
from shared.events.welfare.policy import PolicyLimitChanged
from shared.kernel.work import Work
from shared.values.ids import OrgId
from shared.values.policy import PolicyKind
from shared.values.roles import Role

MOST = 1_000
"""Versions of one scope that are shown."""


@dataclass(frozen=True)
class PolicyLimit:
    id: str
    scope: str
    """`org:<code>` or `place:<jurisdiction>`."""
    kind: PolicyKind
    cap_fen: int
    effective_from: date
    source_ref: str


@service.view(PolicyLimit, key="policy_id", indexes=["scope"])
def policy_limit(limit: PolicyLimit | None, event: PolicyLimitChanged) -> PolicyLimit:
    return PolicyLimit(
        id=event.policy_id,
        scope=f"org:{event.org_id}" if event.org_id else f"place:{event.jurisdiction}",
        kind=event.kind,
        cap_fen=event.cap_fen,
        effective_from=event.effective_from,
        source_ref=event.source_ref,
    )


@service.get("/policy-limits", role=Role.UNION | Role.FINANCE | Role.FUND_AUDIT, org="org_id")
async def get(org_id: OrgId, work: Work, kind: PolicyKind | None = None) -> list[PolicyLimit]:
    """Of several scopes with a version of a kind the first one here is the one that counts."""
    found: list[PolicyLimit] = []
    for scope in scopes_of(org_id, work.directory):
        rows = await work.find(PolicyLimit, {"scope": scope}, limit=MOST)
        rows.sort(key=lambda row: (row.kind, row.effective_from))
        found += [row for row in rows if kind in (None, row.kind)]
    return found
