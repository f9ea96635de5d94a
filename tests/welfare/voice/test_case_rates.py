from services.welfare import service
from services.welfare.voice.case_rates import CaseRates
from shared.events.welfare.voice import CaseTransferred
from shared.kernel.event import Event
from tests.story import BEN, CAI, shown
from tests.welfare.voice.examples import (
    CLOSED,
    IN_REVIEW,
    LATE,
    ONCE,
    OPENED,
    OVERDUE,
    RATED_WELL,
    TAKEN,
    TRANSFERRED,
    TWICE,
)

ROW = "G0101:2026-11"


def _rates(*streams: tuple[Event, ...]) -> dict[str, CaseRates]:
    return shown(service, CaseRates, *streams)


def _as(case_id: str, *events: Event, **more: object) -> tuple[Event, ...]:
    return tuple(event.model_copy(update={"case_id": case_id, **more}) for event in events)


def test_cases_are_counted_in_the_month_they_were_opened() -> None:
    late = _as(CAI, *ONCE[2:], on=LATE, on_time=False)
    rows = _rates((*ONCE, RATED_WELL, CLOSED), _as(BEN, OPENED), (*_as(CAI, *TAKEN, OVERDUE), *late))
    assert rows == {
        ROW: CaseRates(
            ROW,
            "G0101",
            "2026-11",
            opened=3,
            answered=2,
            on_time=1,
            answers=2,
            rated=1,
            satisfied=1,
            closed=1,
            overdue=1,
        )
    }


def test_a_second_round_is_answered_again_and_counts_one_case() -> None:
    reviewed = CLOSED.model_copy(update={"basis": "reviewed"})
    assert _rates((*IN_REVIEW, reviewed)) == {
        ROW: CaseRates(
            ROW, "G0101", "2026-11", opened=1, answered=1, on_time=1, answers=2, rated=2, reopened=1, closed=1
        )
    }


def test_a_case_handed_on_before_it_was_answered_takes_its_opening_along() -> None:
    rows = _rates((*TAKEN, TRANSFERRED, *_as(OPENED.case_id, ONCE[-1], org_id="G01")))
    assert (rows[ROW].opened, rows[ROW].answered) == (0, 0)
    assert (rows["G01:2026-11"].opened, rows["G01:2026-11"].answered) == (1, 1)
    later = TRANSFERRED.model_copy(update={"round": 2})
    assert isinstance(later, CaseTransferred)
    rows = _rates((*TWICE[:5], later))
    assert (rows[ROW].opened, rows["G01:2026-11"].opened) == (1, 0)


def test_only_the_first_level_makes_a_case_overdue() -> None:
    second = OVERDUE.model_copy(update={"level": 2})
    assert _rates((*TAKEN, OVERDUE, second))[ROW].overdue == 1
