import asyncio
from datetime import date, timedelta

import pytest

from services.welfare import service
from services.welfare.voice.answer_case import AnswerCase, NotTheHandler, answer
from services.welfare.voice.answer_case import post as post_answer
from services.welfare.voice.case import Case, CaseNotInThisState
from services.welfare.voice.rate_case import RateCase, rate
from services.welfare.voice.rate_case import post as post_rating
from services.welfare.voice.review_case import OwnAnswer, review
from services.welfare.voice.review_case import post as post_review
from shared.kernel.event import Event
from shared.kernel.refusal import NotFound
from shared.values.roles import Role
from tests.story import ANN, SUBJECT, TODAY, given
from tests.welfare.voice.examples import (
    ANSWERED,
    ANSWERED_AGAIN,
    ASSIGNED,
    ASSIGNED_AGAIN,
    CLOSED,
    DUE,
    GUARDED,
    IN_REVIEW,
    ONCE,
    OPENED,
    RATED_BADLY,
    RATED_BADLY_AGAIN,
    RATED_WELL,
    REOPENED,
    TAKEN,
    TWICE,
    knowing,
)

ANSWER = AnswerCase(outcome_code="explained")
WELL, BADLY = RateCase(stars=4), RateCase(stars=1)
YEAR_END = date(2099, 12, 30)
"""A Wednesday; nobody knows the calendar of 2100."""
REVIEWED = CLOSED.model_copy(update={"basis": "reviewed"})


def test_the_handler_answers() -> None:
    given(Case, *TAKEN).when(answer, ANSWER, 5, "cadre", TODAY).then(ANSWERED)
    given(Case, *TAKEN).when(answer, ANSWER, 5, "other-cadre", TODAY).then_refused(NotTheHandler)


def test_the_same_answer_twice_is_one_and_another_is_refused() -> None:
    answered = given(Case, *ONCE)
    answered.when(answer, ANSWER, 5, "cadre", TODAY).then_nothing()
    answered.when(answer, AnswerCase(outcome_code="resolved"), 5, "cadre", TODAY).then_refused(CaseNotInThisState)


@pytest.mark.parametrize(("on", "on_time"), [(DUE, True), (DUE + timedelta(days=1), False)])
def test_an_answer_is_in_time_through_its_day(on: object, on_time: bool) -> None:
    (answered,) = given(Case, *TAKEN).when(answer, ANSWER, 5, "cadre", on).events
    assert answered.on_time is on_time  # type: ignore[attr-defined]


@pytest.mark.parametrize("history", [(), (OPENED,), (*ONCE, RATED_BADLY, REOPENED), (*ONCE, RATED_WELL, CLOSED)])
def test_only_an_assigned_case_is_answered(history: tuple[Event, ...]) -> None:
    given(Case, *history).when(answer, ANSWER, 5, "cadre", TODAY).then_refused(CaseNotInThisState)


@pytest.mark.parametrize("stars", [3, 4, 5])
def test_a_satisfied_rating_closes_the_case(stars: int) -> None:
    rated = RATED_WELL.model_copy(update={"stars": stars})
    closed = given(Case, *ONCE).when(rate, RateCase(stars=stars), 5, TODAY).then(rated, CLOSED)
    closed.when(rate, RateCase(stars=stars), 5, TODAY).then_nothing()


@pytest.mark.parametrize("stars", [1, 2])
def test_an_unsatisfied_rating_reopens_it_once(stars: int) -> None:
    rated = RATED_BADLY.model_copy(update={"stars": stars})
    reopened = given(Case, *ONCE).when(rate, RateCase(stars=stars), 5, TODAY).then(rated, REOPENED)
    reopened.when(rate, RateCase(stars=stars), 5, TODAY).then_nothing()
    assert (reopened.state.status, reopened.state.handler, reopened.state.former) == ("reopened", "", "cadre")
    again = rated.model_copy(update={"round": 2})
    in_review = given(Case, *TWICE).when(rate, RateCase(stars=stars), 5, TODAY).then(again)
    assert in_review.state.status == "in_review"
    in_review.when(rate, RateCase(stars=stars), 5, TODAY).then_nothing()


def test_a_second_answer_that_satisfies_closes_it() -> None:
    given(Case, *TWICE).when(rate, WELL, 5, TODAY).then(RATED_WELL.model_copy(update={"round": 2}), CLOSED)


@pytest.mark.parametrize("history", [(), (OPENED,), TAKEN, (*ONCE, RATED_BADLY, REOPENED, ASSIGNED_AGAIN)])
def test_only_an_answer_is_rated(history: tuple[Event, ...]) -> None:
    given(Case, *history).when(rate, WELL, 5, TODAY).then_refused(CaseNotInThisState)


@pytest.mark.parametrize("history", [(*ONCE, RATED_WELL, CLOSED), (*ONCE, RATED_BADLY, REOPENED), IN_REVIEW])
def test_a_rating_is_not_changed(history: tuple[Event, ...]) -> None:
    given(Case, *history).when(rate, RateCase(stars=5), 5, TODAY).then_refused(CaseNotInThisState)


def test_what_did_not_satisfy_twice_is_closed_after_a_review_by_others() -> None:
    in_review = given(Case, *IN_REVIEW)
    in_review.when(review, "admin", TODAY).then(REVIEWED).when(review, "admin", TODAY).then_nothing()
    for by in ("cadre", "other-cadre", ANN):
        in_review.when(review, by, TODAY).then_refused(OwnAnswer)


@pytest.mark.parametrize("history", [(), (OPENED,), TAKEN, ONCE, (*ONCE, RATED_WELL, CLOSED), TWICE])
def test_nothing_else_is_reviewed(history: tuple[Event, ...]) -> None:
    given(Case, *history).when(review, "admin", TODAY).then_refused(CaseNotInThisState)


async def test_from_the_assignment_to_the_review() -> None:
    desk = await knowing(OPENED, ASSIGNED)
    await desk.does("cadre", post_answer, SUBJECT, ANSWER)
    await desk.does(ANN, post_rating, SUBJECT, BADLY)
    await desk.knows(Case, ASSIGNED_AGAIN)
    await desk.does("other-cadre", post_answer, SUBJECT, ANSWER)
    await desk.does(ANN, post_rating, SUBJECT, BADLY)
    await desk.does("admin", post_review, SUBJECT)
    assert desk.events(after=1) == [
        ANSWERED,
        RATED_BADLY,
        REOPENED,
        ASSIGNED_AGAIN,
        ANSWERED_AGAIN,
        RATED_BADLY_AGAIN,
        REVIEWED,
    ]


async def test_of_ratings_at_once_one_reopens_the_case() -> None:
    desk = await knowing(*ONCE)
    ratings = [desk.does(ANN, post_rating, SUBJECT, RateCase(stars=1 + number % 2)) for number in range(12)]
    outcomes = await asyncio.gather(*ratings, return_exceptions=True)
    assert [type(event).__name__ for event in desk.events(after=1)] == ["CaseRated", "CaseReopened"]
    refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert {type(outcome) for outcome in refused} == {CaseNotInThisState}
    assert len(refused) == 6, "the others said the same"


async def test_the_person_complained_about_neither_answers_nor_reviews() -> None:
    desk = await knowing(GUARDED, ASSIGNED.model_copy(update={"handler_id": "chair"}), about=True)
    with pytest.raises(NotFound):
        await desk.does("chair", post_answer, SUBJECT, ANSWER)
    desk = await knowing(GUARDED, *IN_REVIEW[1:], about=True)
    with pytest.raises(NotFound):
        await desk.does("chair", post_review, SUBJECT)


def test_only_the_member_itself_rates() -> None:
    route = next(route for route in service.routes if route.path == "/cases/{case_id}/rating")
    assert route.role == Role.SELF
    assert given(Case, OPENED).state.member_id == ANN
    assert given(Case, OPENED.model_copy(update={"member_id": None})).state.member_id == ""


def test_at_the_end_of_a_year_without_a_calendar_cases_are_answered_and_rated() -> None:
    (answered,) = given(Case, *TAKEN).when(answer, ANSWER, 5, "cadre", YEAR_END).events
    assert answered.unrated_from == date(2100, 1, 7)  # type: ignore[attr-defined]
    _, reopened = given(Case, *ONCE).when(rate, RateCase(stars=1), 5, YEAR_END).events
    assert reopened.due_on == date(2100, 1, 6)  # type: ignore[attr-defined]
