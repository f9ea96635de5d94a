import pytest

from services.activities import service
from services.activities.activity.activity_card import ActivityCard, activity_card
from shared.events.activities.activity import ActivitySettled, ActivitySettlementRefused
from shared.kernel.event import Event
from tests.activities.activity.examples import (
    ACCOUNT,
    CALLED_OFF,
    CLOSES,
    FINISHED,
    HELD,
    OPEN,
    TWO_SEATS,
    attended,
    cancelled,
    enrolled,
    promoted,
    waitlisted,
)
from tests.story import ANN, BEN, CAI, SUBJECT, shown

CARD = ActivityCard(
    id=SUBJECT,
    org_id="G01",
    kind="SPORT",
    capacity=2,
    enrol_from=OPEN,
    enrol_until=CLOSES,
    held_on=HELD,
    budget_ref=ACCOUNT,
    budget_fen=10_000,
)
FULL = (TWO_SEATS, enrolled(ANN, 1), enrolled(BEN, 2), waitlisted(CAI))


def _card(*events: Event) -> ActivityCard:
    return shown(service, ActivityCard, events)[SUBJECT]


def test_a_published_activity_is_shown() -> None:
    assert _card(TWO_SEATS) == CARD


def test_what_happens_to_an_activity_that_was_never_published_is_poison() -> None:
    with pytest.raises(ValueError, match="never published"):
        activity_card(None, CALLED_OFF)


def test_seats_and_waitlist_are_counted() -> None:
    card = _card(*FULL)
    assert (card.seats_taken, card.waiting) == (2, 1)
    card = _card(*FULL, cancelled(ANN, 1), promoted(CAI, 1))
    assert (card.seats_taken, card.waiting) == (2, 0)
    card = _card(*FULL, cancelled(CAI, None))
    assert (card.seats_taken, card.waiting) == (2, 0)
    card = _card(*FULL, cancelled(CAI, None), cancelled(BEN, 2))
    assert (card.seats_taken, card.waiting) == (1, 0)


def test_attendance_and_cost_are_shown() -> None:
    card = _card(*FULL, attended(ANN))
    assert (card.status, card.attended) == ("running", 1)
    card = _card(*FULL, attended(ANN), FINISHED.model_copy(update={"no_show": 1}))
    assert (card.status, card.attended, card.no_show, card.cost_fen) == ("finished", 1, 1, 9_900)


def test_what_became_of_it_is_shown() -> None:
    assert _card(TWO_SEATS, CALLED_OFF).status == "cancelled"
    settled = ActivitySettled(activity_id=SUBJECT, org_id="G01", amount_fen=9_900)
    refused = ActivitySettlementRefused(activity_id=SUBJECT, org_id="G01", reason_code="no_such_account")
    assert _card(TWO_SEATS, FINISHED).settlement == "open"
    assert _card(TWO_SEATS, FINISHED, settled).settlement == "settled"
    assert _card(TWO_SEATS, FINISHED, refused).settlement == "refused"
