from typing import Any

import pytest

from services.activities import service
from services.activities.competition import score_book
from services.activities.competition.recuse_judge import NotOnPanel
from services.activities.competition.score_book import ScoreBook, opened
from shared.events.activities.sealed_round import ScoreCorrected, ScoreCorrectionAsked
from tests.activities.competition.examples import (
    APPOINTED,
    CODED,
    ENTRY_OF_ANN,
    ENTRY_OF_BEN,
    HELD,
    JUDGES,
    ROUND,
    ROUND_CLOSED,
    SHEETS,
    SHEETS_HASH,
    UNTIL_CONFIRMED,
    answer_of,
    recused,
    submitted,
)
from tests.story import ANN, SUBJECT, Desk, shown


def _book(*streams: Any) -> ScoreBook:
    return shown(service, ScoreBook, *streams)[SUBJECT]


SEALED = [CODED, *SHEETS[:8]]
OPEN = [APPOINTED, recused("judge-3", ENTRY_OF_ANN)]


async def test_a_judge_sees_codes_and_the_own_sheets() -> None:
    """INV-A4: while the round is open, and after it."""
    for sealed in (SEALED, [CODED, *SHEETS, ROUND_CLOSED]):
        desk = Desk(today=HELD)
        desk.views.put(_book(sealed, OPEN))
        mine = await answer_of(desk, "judge-2", score_book.get)
        assert set(mine.sheets) == {"judge-2"}
        assert ENTRY_OF_ANN not in repr(mine)
        assert ENTRY_OF_BEN not in repr(mine)
        assert ANN not in repr(mine)


async def test_the_chief_judge_sees_all_of_them() -> None:
    desk = Desk(today=HELD)
    desk.views.put(_book(SEALED, OPEN))
    book = await answer_of(desk, "judge-1", score_book.get)
    assert set(book.sheets) == set(JUDGES)
    assert book.sheets["judge-2"] == {"E0001": 8_500, "E0002": 9_050}
    assert ENTRY_OF_ANN not in repr(book)


@pytest.mark.parametrize("actor", ["judge-7", "cadre", "chair", ANN])
async def test_nobody_else_sees_any(actor: str) -> None:
    desk = Desk(today=HELD)
    desk.views.put(_book(SEALED, OPEN))
    with pytest.raises(NotOnPanel):
        await answer_of(desk, actor, score_book.get)


def test_a_judge_is_told_what_to_score() -> None:
    book = _book([CODED, submitted("judge-2", "E0001", 9_000)], OPEN)
    assert opened(book, "judge-1").to_score == ["E0001", "E0002"]
    assert opened(book, "judge-2").to_score == ["E0002"]
    assert opened(book, "judge-3").to_score == ["E0001"]
    with pytest.raises(NotOnPanel):
        opened(_book([], [APPOINTED]), "judge-2")


def test_corrections_wait_for_the_chief() -> None:
    said = {
        "round_id": ROUND,
        "competition_id": SUBJECT,
        "org_id": "G01",
        "entry_code": "E0001",
        "judge_id": "judge-2",
        "score_x100": 9_500,
        "reason_code": "added_wrongly",
    }
    asked = ScoreCorrectionAsked.model_validate(said)
    agreed = ScoreCorrected.model_validate(
        said | {"sheet_version": 2, "sheet_hash": SHEETS_HASH, "agreed_by": "judge-1"}
    )
    sheet = submitted("judge-2", "E0001", 9_000)
    waiting = _book([CODED, sheet, asked], [APPOINTED])
    assert opened(waiting, "judge-1").corrections_asked == {"judge-2": {"E0001": 9_500}}
    assert opened(waiting, "judge-3").corrections_asked == {}
    done = opened(_book([CODED, sheet, asked, agreed], [APPOINTED]), "judge-1")
    assert (done.sheets["judge-2"], done.corrections_asked) == ({"E0001": 9_500}, {"judge-2": {}})
    lapsed = opened(_book([CODED, sheet, asked, ROUND_CLOSED], [APPOINTED]), "judge-1")
    assert (lapsed.closed, lapsed.corrections_asked) == (True, {})


def test_all_of_a_competition_is_shown_in_any_order() -> None:
    shown(service, ScoreBook, UNTIL_CONFIRMED, [CODED, *SHEETS, ROUND_CLOSED])
