from datetime import date

from shared.events.members.membership import (
    MemberEligibilityChanged,
    MemberJoined,
    MembershipEnded,
    MemberTransferred,
    MemberTransferRefused,
    MemberTransferRequested,
)
from tests.story import SUBJECT, TODAY

JOINED = MemberJoined(
    member_id=SUBJECT,
    org_id="G0101",
    joined_on=date(2026, 3, 1),
    worker_type="regular",
    frontline=True,
    membership_seq=1,
    trade_code="6-31-01",
)
REQUESTED = MemberTransferRequested(member_id=SUBJECT, from_org="G0101", to_org="G0201", on=TODAY, requested_by="cadre")
TRANSFERRED = MemberTransferred(
    member_id=SUBJECT, from_org="G0101", to_org="G0201", effective_on=TODAY, membership_seq=1
)
RECALLED = MemberTransferRefused(member_id=SUBJECT, from_org="G0101", to_org="G0201", reason_code="recalled")
ENDED = MembershipEnded(member_id=SUBJECT, org_id="G0101", reason="resigned", on=TODAY, membership_seq=1)
REJOINED = JOINED.model_copy(update={"org_id": "G0201", "membership_seq": 2, "joined_on": TODAY})
CHANGED = MemberEligibilityChanged(
    member_id=SUBJECT, org_id="G0101", effective_on=date(2026, 10, 1), frontline=False, skill_grade="technician"
)
