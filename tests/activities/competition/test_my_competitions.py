from typing import Any

import pytest

from services.activities import service
from services.activities.competition import my_competitions
from services.activities.competition.award_prizes import prize_of
from services.activities.competition.my_competitions import MyCompetitions, MyEntry
from shared.events.activities.competition import PrizeDelivered, PrizeWithheld
from tests.activities.competition.examples import (
    CANCELLED,
    CONFIRMED,
    ENTRY_OF_ANN,
    ENTRY_OF_BEN,
    JOINED,
    MOVED,
    POST_OVER,
    UNTIL_CONFIRMED,
    UNTIL_ENTERED,
    WITHDRAWN,
    accepted,
    awarded,
    rejected,
)
from tests.activities.competition.test_competition_card import card
from tests.story import ANN, BEN, CAI, SUBJECT, Desk, shown


def _mine(*streams: Any) -> MyCompetitions:
    return shown(service, MyCompetitions, *streams)[ANN]


def test_an_entry_stays_where_it_was_when_the_member_moves() -> None:
    mine = _mine([JOINED, MOVED], [accepted()])
    assert mine == MyCompetitions(ANN, ANN, "G0201", {SUBJECT: MyEntry("accepted", ENTRY_OF_ANN, "G0101")})
    assert mine.open == [SUBJECT]


def test_a_rejection_is_told_until_the_entry_is_accepted() -> None:
    assert _mine([rejected(ANN)]).entries[SUBJECT] == MyEntry("rejected", ENTRY_OF_ANN, "G0101", "wrong_trade")
    assert _mine([rejected(ANN), accepted()]).entries[SUBJECT].status == "accepted"
    assert _mine([accepted(), WITHDRAWN]).entries[SUBJECT].status == "withdrawn"
    assert _mine([accepted(), WITHDRAWN]).open == []


def test_place_grade_and_prize() -> None:
    prize = awarded(ENTRY_OF_ANN, ANN, prize_of(SUBJECT, ENTRY_OF_ANN), 500_000, 1)
    said = prize.model_dump(include={"prize_id", "competition_id", "entry_id", "member_id", "org_id"})
    placed = MyEntry("placed", ENTRY_OF_ANN, "G0101", None, 1, 9_163, "technician")
    entered = [accepted(), accepted(BEN, ENTRY_OF_BEN)]
    assert _mine([*entered, CONFIRMED]).entries[SUBJECT] == placed
    story = [*entered, CONFIRMED, prize]
    assert (_mine(story).entries[SUBJECT].prize, _mine(story).entries[SUBJECT].prize_fen) == ("awarded", 500_000)
    paid = PrizeDelivered(**said, amount_fen=500_000, paid_on=POST_OVER)
    assert _mine([*story, paid]).entries[SUBJECT].prize == "paid"
    assert _mine([*story, PrizeWithheld(**said, reason_code="over_limit")]).entries[SUBJECT].prize == "withheld"
    no_grade = CONFIRMED.model_copy(update={"skill_promotion": ()})
    assert _mine([*entered, no_grade]).entries[SUBJECT].grade is None
    with pytest.raises(ValueError, match="never accepted"):
        _mine([prize])


async def test_what_was_called_off_is_told() -> None:
    desk = Desk()
    desk.views.put(_mine([accepted()]), card(*UNTIL_ENTERED, CANCELLED))
    answers: list[Any] = []

    async def ask(work: object) -> None:
        answers.append(await my_competitions.get(ANN, work))  # type: ignore[arg-type]
        answers.append(await my_competitions.get(CAI, work))  # type: ignore[arg-type]

    await desk.does(ANN, ask)
    assert [answers[-2].entries[SUBJECT].status, answers[-1]] == ["called_off", None]


def test_all_of_a_competition_is_shown_in_any_order() -> None:
    shown(service, MyCompetitions, UNTIL_CONFIRMED, [JOINED, MOVED])
