from services.welfare import service
from services.welfare.aid.aid_request import AidRequest
from shared.kernel.event import Event
from tests.story import ANN, SUBJECT, TODAY, shown
from tests.welfare.examples import (
    ACCOUNT,
    ASKED,
    CLAWED_BACK,
    FAILED,
    GRANTED,
    PAID,
    REJECTED,
    REVERSED,
    REVIEWED,
)

FIRST = AidRequest(
    id=SUBJECT,
    member_id=ANN,
    org_id="G0101",
    aid_type="medical",
    status="asked",
    asked_fen=500_000,
    requested_on=TODAY,
)


def _shown(*events: Event) -> AidRequest:
    return shown(service, AidRequest, events)[SUBJECT]


def test_a_request_is_shown_as_it_stands() -> None:
    assert _shown(ASKED) == FIRST
    reviewed = _shown(ASKED, REVIEWED)
    assert (reviewed.status, reviewed.account_id) == ("reviewed", ACCOUNT)
    granted = _shown(ASKED, REVIEWED, GRANTED)
    assert (granted.status, granted.granted_fen, granted.granted_on) == ("granted", 400_000, TODAY)
    paid = _shown(ASKED, REVIEWED, GRANTED, FAILED, PAID)
    assert (paid.status, paid.paid_on, paid.voucher_ref, paid.reason_code) == ("paid", TODAY, "V-1", None)


def test_what_went_wrong_is_shown_with_its_reason() -> None:
    for events, status, reason in [
        ((ASKED, REJECTED), "rejected", "not_eligible"),
        ((ASKED, REVIEWED, GRANTED, FAILED), "failed", "name_mismatch"),
        ((ASKED, REVIEWED, GRANTED, REVERSED), "reversed", "not_needed"),
        ((ASKED, REVIEWED, GRANTED, PAID, CLAWED_BACK), "reversed", "not_needed"),
    ]:
        view = _shown(*events)
        assert (view.status, view.reason_code) == (status, reason)
