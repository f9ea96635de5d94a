from datetime import date

import pytest

from services.members import service
from services.members.membership.member_card import MemberCard, member_card
from tests.members.membership.examples import CHANGED, ENDED, JOINED, RECALLED, REJOINED, REQUESTED, TRANSFERRED
from tests.story import SUBJECT, TODAY, shown

CARD = MemberCard(
    id=SUBJECT,
    member_id=SUBJECT,
    org_id="G0101",
    status="active",
    worker_type="regular",
    frontline=True,
    joined_on=date(2026, 3, 1),
    membership_seq=1,
    trade_code="6-31-01",
)


def _card(*events: object) -> MemberCard:
    return shown(service, MemberCard, list(events))[SUBJECT]  # type: ignore[arg-type]


def test_a_member_is_shown() -> None:
    assert _card(JOINED) == CARD


def test_an_open_transfer_is_shown_where_it_leads() -> None:
    card = _card(JOINED, REQUESTED)
    assert (card.org_id, card.status, card.to_org, card.requested_on) == ("G0101", "transferring", "G0201", TODAY)
    assert _card(JOINED, REQUESTED, RECALLED) == CARD


def test_a_transferred_member_is_shown_in_the_new_place() -> None:
    card = _card(JOINED, REQUESTED, TRANSFERRED)
    assert (card.org_id, card.status, card.to_org, card.requested_on, card.transferred_on) == (
        "G0201",
        "active",
        None,
        None,
        TODAY,
    )


def test_an_ended_membership_says_why() -> None:
    card = _card(JOINED, REQUESTED, ENDED)
    assert (card.status, card.end_reason, card.ended_on) == ("ended", "resigned", TODAY)
    assert (card.to_org, card.requested_on) == (None, None)


def test_what_is_told_of_one_who_never_joined_is_poison() -> None:
    with pytest.raises(ValueError, match="never joined"):
        member_card(None, ENDED)


def test_one_who_joins_again_begins_afresh() -> None:
    card = _card(JOINED, ENDED, REJOINED)
    assert (card.membership_seq, card.status, card.end_reason, card.org_id) == (2, "active", None, "G0201")


def test_changed_eligibility_is_shown_with_its_day() -> None:
    card = _card(JOINED, CHANGED)
    assert (card.frontline, card.skill_grade, card.eligible_since) == (False, "technician", date(2026, 10, 1))
    assert (card.worker_type, card.trade_code) == ("regular", "6-31-01")
    again = CHANGED.model_copy(update={"frontline": None, "worker_type": "dispatched", "trade_code": "6-31-02"})
    card = _card(JOINED, CHANGED, again)
    assert (card.worker_type, card.trade_code, card.frontline) == ("dispatched", "6-31-02", False)
