from services.welfare import service
from services.welfare.aid.aid_execution import AidExecution
from shared.kernel.event import Event
from tests.story import SUBJECT, shown
from tests.welfare.examples import ACCOUNT, ALLOCATED, CLAWED_BACK, GRANTED, LATER, OPENED, PAID, REVERSED, reserved

OTHER = "00000000-0000-7000-8000-000000000002"


def _of_other(*events: Event) -> list[Event]:
    return [event.model_copy(update={"request_id": OTHER}) for event in events]


def test_money_is_counted_by_account_and_year() -> None:
    next_year = ALLOCATED.model_copy(update={"on": LATER, "amount_fen": 7, "source_ref": "B-2027-1"})
    rows = shown(
        service,
        AidExecution,
        [OPENED, ALLOCATED, reserved(), next_year],
        [GRANTED, PAID],
        _of_other(GRANTED, PAID.model_copy(update={"paid_on": LATER}), CLAWED_BACK.model_copy(update={"on": LATER})),
    )
    assert rows == {
        f"{ACCOUNT}:2026": AidExecution(
            f"{ACCOUNT}:2026", "G01", ACCOUNT, "2026", allocated=2_000_000, granted=800_000, paid=400_000
        ),
        f"{ACCOUNT}:2027": AidExecution(
            f"{ACCOUNT}:2027", "G01", ACCOUNT, "2027", allocated=7, paid=400_000, reversed=400_000, clawed_back=400_000
        ),
    }


def test_a_grant_taken_back_before_it_was_paid_is_not_clawed_back() -> None:
    rows = shown(service, AidExecution, [GRANTED, REVERSED])
    row = rows[f"{ACCOUNT}:2026"]
    assert (row.granted, row.paid, row.reversed, row.clawed_back) == (400_000, 0, 400_000, 0)
    assert GRANTED.request_id == SUBJECT
