from datetime import date, timedelta

from services.welfare.hardship.rule import Declared
from services.welfare.policy.policy_limits import Limit
from shared.events.welfare.hardship import (
    HardshipApplied,
    HardshipClaimed,
    HardshipClaimFreed,
    HardshipClassified,
    HardshipFileClosed,
    HardshipFileOpened,
    HardshipOverrideProposed,
    HardshipPublicityEnded,
    HardshipPublicityStarted,
    HardshipRejected,
    HardshipTakeoverProposed,
    HomeVisitRecorded,
)
from shared.kernel.work import Actor
from shared.values.hardship import ClaimedBy
from tests.story import ANN, SUBJECT, TODAY
from tests.welfare.examples import LIMIT

HOUSEHOLD = "00000000-0000-7000-8000-0000000000d2"
POSTING = "00000000-0000-7000-8000-0000000000d3"
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
STANDARD = Limit(LIMIT.id, "minimum_living", 106_200, LIMIT.effective_from)
"""¥1,062 for a month and person, as in Rushan 2025."""
VISITOR, SECOND = Actor("visitor"), Actor("visitor2")
POOR = Declared(yearly_income_fen=3_000_000, rigid_spending_fen=500_000, people=2)
"""¥25,000 left a year: ¥1,041.67 a month and person."""

OF = {"file_id": SUBJECT, "member_id": ANN, "org_id": "G0101"}
APPLIED = HardshipApplied(**OF, household_id=HOUSEHOLD, by="cadre", on=TODAY)
VISITED = HomeVisitRecorded(**OF, visitor_ids=("visitor", "visitor2"), evidence_hash=HASH, on=TODAY)
CLASSIFIED = HardshipClassified(
    **OF,
    hardship_class="DEEP",
    computed="DEEP",
    rule_version="2020-1",
    standard_ref=STANDARD.id,
    by="chair",
    on=TODAY,
)
OVERRIDE = HardshipOverrideProposed(
    **OF,
    computed="DEEP",
    proposed="RELATIVE",
    rule_version="2020-1",
    standard_ref=STANDARD.id,
    reason_code="assets_found",
    by="chair",
    on=TODAY,
)
OVERRIDDEN = CLASSIFIED.model_copy(
    update={"hardship_class": "RELATIVE", "override_reason": "assets_found", "confirmed_by": "admin"}
)
REJECTED = HardshipRejected(**OF, reason_code="not_hardship", by="chair", on=TODAY)
POSTED = HardshipPublicityStarted(
    **OF, posting_id=POSTING, since=TODAY, until=date(2026, 12, 1), workdays=5, by="cadre"
)
"""Tuesday, 24 November: Wednesday, Thursday, Friday, Monday, Tuesday."""
OVER = date(2026, 12, 2)
ENDED = HardshipPublicityEnded(**OF, posting_id=POSTING, workdays=5, on=OVER)
FILED = HardshipFileOpened(
    **OF,
    household_id=HOUSEHOLD,
    hardship_class="DEEP",
    opened_on=OVER,
    review_due_on=OVER + timedelta(days=365),
    by="admin",
)
CLOSED = HardshipFileClosed(**OF, hardship_class="DEEP", reason_code="lifted", by="chair", on=OVER)
TAKEOVER = HardshipTakeoverProposed(
    **OF,
    household_id=HOUSEHOLD,
    hardship_class="RELATIVE",
    opened_on=date(2026, 3, 1),
    review_due_on=date(2027, 3, 1),
    by="cadre",
    on=TODAY,
)
TAKEN_OVER = HardshipFileOpened(
    **OF,
    household_id=HOUSEHOLD,
    hardship_class="RELATIVE",
    opened_on=date(2026, 3, 1),
    review_due_on=date(2027, 3, 1),
    by="admin",
    taken_over=True,
)
UNTIL_CLASSIFIED = (APPLIED, VISITED, CLASSIFIED)
UNTIL_OVER = (*UNTIL_CLASSIFIED, POSTED, ENDED)
UNTIL_FILED = (*UNTIL_OVER, FILED)


def claimed(by: ClaimedBy, claimant_id: str) -> HardshipClaimed:
    return HardshipClaimed(claimed_by=by, claimant_id=claimant_id, file_id=SUBJECT, org_id="G0101")


def freed(by: ClaimedBy, claimant_id: str) -> HardshipClaimFreed:
    return HardshipClaimFreed(claimed_by=by, claimant_id=claimant_id, file_id=SUBJECT, org_id="G0101")
