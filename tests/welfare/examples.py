from dataclasses import dataclass, field
from datetime import date

from services.welfare.aid.approve_aid import Terms
from services.welfare.policy.policy_limits import Limit
from shared.directory.entries import Organisation
from shared.events.welfare.aid import (
    AidGranted,
    AidPaid,
    AidPaymentFailed,
    AidRejected,
    AidRequested,
    AidReversed,
    AidReviewed,
)
from shared.events.welfare.fund import (
    FundAccountOpened,
    FundAllocated,
    FundCaptured,
    FundReleased,
    FundReserved,
    FundReturned,
)
from shared.events.welfare.policy import PolicyLimitChanged
from shared.kernel.work import Actor
from shared.values.org_path import OrgPath
from shared.values.policy import PolicyKind
from shared.values.roles import Role
from tests.story import ANN, SUBJECT, TODAY, FakeDirectory

ACCOUNT = "00000000-0000-7000-8000-0000000000f1"
REF, OTHER_REF = "00000000-0000-7000-8000-0000000000e1", "00000000-0000-7000-8000-0000000000e2"

OPENED = FundAccountOpened(account_id=ACCOUNT, org_id="G01", purpose="aid", source="G")
ALLOCATED = FundAllocated(account_id=ACCOUNT, org_id="G01", amount_fen=2_000_000, on=TODAY, source_ref="B-2026-7")


def reserved(ref: str = REF, amount_fen: int = 500_000) -> FundReserved:
    return FundReserved(account_id=ACCOUNT, org_id="G01", ref=ref, amount_fen=amount_fen)


def captured(ref: str = REF, amount_fen: int = 500_000, was_reserved: bool = True) -> FundCaptured:
    return FundCaptured(account_id=ACCOUNT, org_id="G01", ref=ref, amount_fen=amount_fen, was_reserved=was_reserved)


def released(ref: str = REF, amount_fen: int = 500_000) -> FundReleased:
    return FundReleased(account_id=ACCOUNT, org_id="G01", ref=ref, amount_fen=amount_fen)


def returned(ref: str = REF, amount_fen: int = 500_000) -> FundReturned:
    return FundReturned(account_id=ACCOUNT, org_id="G01", ref=ref, amount_fen=amount_fen)


CADRE, CHAIR, ADMIN, CASHIER = Actor("cadre"), Actor("chair"), Actor("admin"), Actor("cashier")

ASKED = AidRequested(
    request_id=SUBJECT,
    member_id=ANN,
    org_id="G0101",
    aid_type="medical",
    amount_fen=500_000,
    by="cadre",
    on=TODAY,
)
REVIEWED = AidReviewed(
    request_id=SUBJECT,
    member_id=ANN,
    org_id="G0101",
    account_id=ACCOUNT,
    fund_org_id="G01",
    reviewer_id="chair",
    on=TODAY,
)
GRANTED = AidGranted(
    request_id=SUBJECT,
    member_id=ANN,
    org_id="G0101",
    account_id=ACCOUNT,
    fund_org_id="G01",
    amount_fen=400_000,
    approvals=("chair", "admin"),
    on=TODAY,
    limit_ref="00000000-0000-7000-8000-0000000000b1",
)
PAID = AidPaid(
    request_id=SUBJECT,
    member_id=ANN,
    org_id="G0101",
    account_id=ACCOUNT,
    fund_org_id="G01",
    amount_fen=400_000,
    voucher_ref="V-1",
    paid_on=TODAY,
    by="cashier",
    requested_on=TODAY,
)
FAILED = AidPaymentFailed(request_id=SUBJECT, member_id=ANN, org_id="G0101", code="name_mismatch", by="cashier")
REJECTED = AidRejected(
    request_id=SUBJECT, member_id=ANN, org_id="G0101", reason_code="not_eligible", by="chair", on=TODAY
)
REVERSED = AidReversed(
    request_id=SUBJECT,
    member_id=ANN,
    org_id="G0101",
    account_id=ACCOUNT,
    fund_org_id="G01",
    amount_fen=400_000,
    was_paid=False,
    reason_code="not_needed",
    on=TODAY,
)
CLAWED_BACK = REVERSED.model_copy(update={"was_paid": True})
LATER = date(2027, 1, 5)


LIMIT = Limit("00000000-0000-7000-8000-0000000000b1", "medical", 800_000, date(2026, 1, 1))
TERMS = Terms(LIMIT)


@dataclass
class Places(FakeDirectory):
    """All of it is in Anhui."""

    group_admins: set[str] = field(default_factory=set)
    officers: set[str] = field(default_factory=lambda: {"visitor", "visitor2"})
    """Who works for the union, everywhere."""

    def organisation(self, org_id: str) -> Organisation | None:
        path = self.paths.get(org_id)
        return Organisation(org_id, org_id, "basic", path, "340000") if path else None

    def may(self, actor_id: str, role: Role, path: OrgPath, today: date) -> bool:
        return actor_id in (self.group_admins if role is Role.GROUP_ADMIN else self.officers)


def limits(kind: PolicyKind = "medical", cap_fen: int = 800_000) -> PolicyLimitChanged:
    return PolicyLimitChanged(
        policy_id=LIMIT.id,
        kind=kind,
        cap_fen=cap_fen,
        effective_from=LIMIT.effective_from,
        source_ref="D-1",
        by="group",
        org_id="G",
    )


def path_of(org_id: str) -> OrgPath | None:
    return FakeDirectory().path(org_id)
