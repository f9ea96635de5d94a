from typing import Any

import pytest

from services.activities.competition import pages
from services.activities.competition.competition import Competition, NotAtThisStage
from services.activities.competition.confirm_results import OwnJudgement, OwnResult, confirm, post
from shared.kernel.work import Actor
from shared.values.competition import Promotion
from tests.activities.competition.examples import (
    ANNOUNCED,
    CANCELLED,
    CHAIR,
    CHIEF,
    CONFIRMED,
    POST_ENDED,
    POST_OVER,
    POSTED,
    RULE,
    UNTIL_ENTERED,
    UNTIL_OPENED,
    UNTIL_SCORED,
)
from tests.story import ANN, BEN, SUBJECT, Desk, given

POST_IS_OVER = (*UNTIL_SCORED, POSTED, POST_ENDED)


def test_results_are_final_once_the_posting_is_over() -> None:
    given(Competition, *POST_IS_OVER).when(confirm, CHAIR, POST_OVER).then(CONFIRMED).when(
        confirm, CHAIR, POST_OVER
    ).then_nothing()


@pytest.mark.parametrize(
    "history",
    [(), UNTIL_ENTERED, UNTIL_OPENED, UNTIL_SCORED, (*UNTIL_SCORED, POSTED), (*POST_IS_OVER, CANCELLED)],
)
def test_not_before(history: tuple[Any, ...]) -> None:
    given(Competition, *history).when(confirm, CHAIR, POST_OVER).then_refused(NotAtThisStage)


def test_no_judge_confirms_the_own_results() -> None:
    given(Competition, *POST_IS_OVER).when(confirm, CHIEF, POST_OVER).then_refused(OwnJudgement)


@pytest.mark.parametrize("by", [ANN, BEN])
def test_nobody_confirms_the_own_result(by: str) -> None:
    given(Competition, *POST_IS_OVER).when(confirm, Actor(by), POST_OVER).then_refused(OwnResult)


def test_winners_are_put_forward_for_the_grade_of_the_narrowest_group() -> None:
    """Declared in any order; one beyond all of them is put forward for none."""
    rule = RULE.model_copy(update={"promotions": tuple(reversed(RULE.promotions))})
    history = [event.model_copy(update={"rule": rule}) if event == ANNOUNCED else event for event in POST_IS_OVER]
    given(Competition, *history).when(confirm, CHAIR, POST_OVER).then(CONFIRMED)
    first_only = RULE.model_copy(update={"promotions": (Promotion(up_to_place=1, grade="technician"),)})
    history = [event.model_copy(update={"rule": first_only}) if event == ANNOUNCED else event for event in POST_IS_OVER]
    given(Competition, *history).when(confirm, CHAIR, POST_OVER).then(
        CONFIRMED.model_copy(update={"skill_promotion": CONFIRMED.skill_promotion[:1]})
    )


def test_a_long_ranking_comes_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE", 1)
    given(Competition, *POST_IS_OVER).when(confirm, CHAIR, POST_OVER).then(
        *(
            CONFIRMED.model_copy(
                update={
                    "page": page,
                    "pages": 2,
                    "ranking": CONFIRMED.ranking[page - 1 : page],
                    "skill_promotion": CONFIRMED.skill_promotion[page - 1 : page],
                }
            )
            for page in (1, 2)
        )
    )


async def test_the_route() -> None:
    desk = Desk(today=POST_OVER)
    await desk.knows(Competition, *POST_IS_OVER)
    await desk.does("chair", post, SUBJECT)
    assert desk.events(after=1) == [CONFIRMED]
