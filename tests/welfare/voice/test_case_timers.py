from datetime import date

import pytest

from services.welfare import service
from services.welfare.voice.case import Case
from services.welfare.voice.case_card import CaseCard
from services.welfare.voice.close_unrated import close_if_unrated, close_unrated
from services.welfare.voice.escalate_case import DAYS, escalate, escalate_case
from shared.kernel.authority import OrganisationUnknownHere
from shared.kernel.event import Event
from tests.story import SUBJECT, given, shown
from tests.welfare.voice.examples import (
    ANSWERED,
    CLOSED,
    LATE,
    ONCE,
    OPENED,
    OVERDUE,
    RATED_BADLY,
    RATED_WELL,
    REOPENED,
    TAKEN,
    TWICE,
    UNRATED,
    knowing,
)

PATH = "/G/G01/G0101/"
SECOND, THIRD = date(2026, 12, 4), date(2026, 12, 8)
OVERDUE_2 = OVERDUE.model_copy(update={"level": 2, "to_org": "G01", "days": 3, "on": SECOND, "escalates_on": THIRD})
OVERDUE_3 = OVERDUE.model_copy(update={"level": 3, "to_org": "G", "days": 5, "on": THIRD, "escalates_on": None})
UNRATED_CLOSED = CLOSED.model_copy(update={"basis": "unrated", "on": UNRATED})


@pytest.mark.parametrize("history", [(OPENED,), TAKEN])
def test_each_level_is_told_once_in_its_turn(history: tuple[Event, ...]) -> None:
    first = given(Case, *history).when(escalate, PATH, LATE).then(OVERDUE)
    first.when(escalate, PATH, LATE).then_nothing()
    second = first.when(escalate, PATH, SECOND).then(OVERDUE_2)
    third = second.when(escalate, PATH, THIRD).then(OVERDUE_3)
    third.when(escalate, PATH, THIRD).then_nothing()
    assert third.state.escalates_on is None
    assert list(DAYS) == [1, 2, 3]


def test_who_has_nobody_above_is_told_itself() -> None:
    at_the_top = given(Case, OPENED.model_copy(update={"org_id": "G"}), OVERDUE)
    (told,) = at_the_top.when(escalate, "/G/", SECOND).events
    assert told.to_org == "G"  # type: ignore[attr-defined]


def test_a_reopened_case_begins_anew() -> None:
    reopened = given(Case, OPENED, OVERDUE, *ONCE[1:], RATED_BADLY, REOPENED)
    reopened.when(escalate, PATH, LATE).then(OVERDUE)


@pytest.mark.parametrize("history", [ONCE, TWICE, (*ONCE, RATED_WELL, CLOSED)])
def test_what_has_been_answered_is_not_overdue(history: tuple[Event, ...]) -> None:
    given(Case, *history).when(escalate, PATH, LATE).then_nothing()


@pytest.mark.parametrize("history", [ONCE, TWICE])
def test_an_answer_nobody_rates_is_closed_the_day_after_its_time(history: tuple[Event, ...]) -> None:
    closed = given(Case, *history).when(close_if_unrated, UNRATED).then(UNRATED_CLOSED)
    closed.when(close_if_unrated, UNRATED).then_nothing()
    given(Case, *history).when(close_if_unrated, LATE.replace(day=1)).then_nothing()


@pytest.mark.parametrize("history", [TAKEN, (*ONCE, RATED_BADLY, REOPENED), (*ONCE, RATED_WELL, CLOSED)])
def test_without_an_answer_nothing_is_closed(history: tuple[Event, ...]) -> None:
    given(Case, *history).when(close_if_unrated, UNRATED).then_nothing()


def _due(*events: Event) -> tuple[date | None, date | None]:
    row = shown(service, CaseCard, events)[SUBJECT]
    return (
        getattr(row, service.timers["escalate_case"].due),
        getattr(row, service.timers["close_unrated"].due),
    )


def test_the_timers_are_due_while_their_time_runs() -> None:
    assert _due(OPENED) == _due(*TAKEN) == (LATE, None)
    assert _due(*TAKEN, OVERDUE) == (SECOND, None)
    assert _due(*TAKEN, OVERDUE, OVERDUE_2, OVERDUE_3) == (None, None)
    assert _due(*TAKEN, ANSWERED) == (None, UNRATED)
    assert _due(*ONCE, RATED_BADLY, REOPENED) == (LATE, None)
    assert _due(*ONCE, RATED_WELL, CLOSED) == (None, None)


async def test_the_timers_command() -> None:
    desk = await knowing(*TAKEN)
    row = shown(service, CaseCard, TAKEN)[SUBJECT]
    await desk.does("timer", escalate_case, row, LATE)
    await desk.knows(Case, ANSWERED)
    await desk.does("timer", close_unrated, row, UNRATED)
    assert desk.events(after=1) == [OVERDUE, ANSWERED, UNRATED_CLOSED]


async def test_a_level_is_told_when_it_is_known_who_stands_above() -> None:
    desk = await knowing(*TAKEN)
    desk.directory.paths.pop("G0101")
    with pytest.raises(OrganisationUnknownHere):
        await desk.does("timer", escalate_case, shown(service, CaseCard, TAKEN)[SUBJECT], LATE)
