from services.members import service
from services.members.membership.membership_rate import MembershipRate
from shared.events.members.organisation import HeadcountReported
from tests.members.membership.examples import ENDED, JOINED, REJOINED, REQUESTED, TRANSFERRED
from tests.story import BEN, CAI, shown

OCTOBER = HeadcountReported(org_id="G0101", period="2026-10", headcount=100, dispatched=0, frontline=0)
NOVEMBER = HeadcountReported(org_id="G0101", period="2026-11", headcount=80, dispatched=0, frontline=0)


def _of(event: object, member_id: str) -> object:
    return event.model_copy(update={"member_id": member_id})  # type: ignore[attr-defined]


def test_members_count_where_they_are_and_leave_no_trace_where_they_were() -> None:
    ann = [JOINED, REQUESTED, TRANSFERRED]
    ben = [_of(JOINED, BEN)]
    cai = [_of(JOINED, CAI), _of(ENDED, CAI), _of(REJOINED, CAI)]
    rates = shown(service, MembershipRate, ann, ben, cai, [OCTOBER, NOVEMBER])  # type: ignore[arg-type]
    assert rates == {
        "G0101": MembershipRate("G0101", "G0101", active=1, headcount=80),
        "G0201": MembershipRate("G0201", "G0201", active=2, headcount=0),
    }


def test_one_being_transferred_still_counts_where_it_was() -> None:
    rates = shown(service, MembershipRate, [JOINED, REQUESTED])
    assert {org: rate.active for org, rate in rates.items()} == {"G0101": 1}
