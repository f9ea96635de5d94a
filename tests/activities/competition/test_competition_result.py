from typing import Any

import pytest

from services.activities import service
from services.activities.competition import competition_result
from services.activities.competition.competition_result import CompetitionResult, Line, masked
from tests.activities.competition.examples import (
    CANCELLED,
    CONFIRMED,
    ENTRY_OF_ANN,
    ENTRY_OF_BEN,
    POST_ENDED,
    POST_OVER,
    POSTED,
    POSTED_ON,
    POSTED_UNTIL,
    ROUND,
    SCORED,
    SHEETS_HASH,
    answer_of,
)
from tests.story import ANN, BEN, CAI, SUBJECT, Desk, shown

POSTED_RESULT = CompetitionResult(
    id=SUBJECT,
    org_id="G01",
    round_id=ROUND,
    rule_hash=SCORED.rule_hash,
    sheets_hash=SHEETS_HASH,
    status="posted",
    lines=[
        Line("E0002", 1, 9_163, [9_000, 9_050, 9_100, 9_500], [9_500, 8_000]),
        Line("E0001", 2, 8_625, [8_000, 8_500, 9_000, 9_000], [9_500, 7_000]),
    ],
    posted_from=POSTED_ON,
    posted_until=POSTED_UNTIL,
)


def _result(*events: Any) -> CompetitionResult:
    return shown(service, CompetitionResult, events)[SUBJECT]


async def test_what_is_posted_names_nobody() -> None:
    desk = Desk()
    desk.views.put(_result(SCORED, POSTED))
    assert await answer_of(desk, "cadre", competition_result.get) == POSTED_RESULT
    for history in ((SCORED,), (SCORED, POSTED, POST_ENDED), (SCORED, POSTED, CANCELLED)):
        lines = masked(_result(*history)).lines
        assert [(line.entry_id, line.member_ids, line.org_id) for line in lines] == [(None, [], None)] * 2


async def test_final_results_are_public() -> None:
    desk = Desk()
    desk.views.put(_result(SCORED, POSTED, POST_ENDED, CONFIRMED))
    result = await answer_of(desk, "cadre", competition_result.get)
    assert result.status == "confirmed"
    assert [(line.entry_id, line.member_ids, line.org_id) for line in result.lines] == [
        (ENTRY_OF_ANN, [ANN], "G0101"),
        (ENTRY_OF_BEN, [BEN], "G0101"),
    ]
    assert result.promotions == list(CONFIRMED.skill_promotion)


def test_pages_are_put_together() -> None:
    pages = [SCORED.model_copy(update={"page": n, "pages": 2, "results": SCORED.results[n - 1 : n]}) for n in (1, 2)]
    confirmed = [CONFIRMED.model_copy(update={"page": n, "ranking": CONFIRMED.ranking[n - 1 : n]}) for n in (1, 2)]
    once = [
        one.model_copy(update={"skill_promotion": CONFIRMED.skill_promotion[n : n + 1]})
        for n, one in enumerate(confirmed)
    ]
    assert _result(*pages, POSTED, *once) == _result(SCORED, POSTED, CONFIRMED)


def test_a_posting_without_a_known_end_ended_when_it_did() -> None:
    result = _result(SCORED, POSTED.model_copy(update={"until": None}), POST_ENDED)
    assert (result.status, result.posted_until) == ("post_over", POST_OVER)


def test_what_is_called_off_before_it_is_scored_has_no_result() -> None:
    assert (_result(CANCELLED).status, _result(CANCELLED).lines) == ("cancelled", [])
    with pytest.raises(ValueError, match="never scored"):
        _result(POSTED)


@pytest.mark.parametrize(
    ("history", "seen"),
    [
        ([SCORED], None),
        ([SCORED, POSTED], [None, None]),
        ([SCORED, POSTED, POST_ENDED], [None, None]),
        ([SCORED, POSTED, CANCELLED], None),
        ([SCORED, POSTED, POST_ENDED, CONFIRMED], [ENTRY_OF_ANN, ENTRY_OF_BEN]),
    ],
)
async def test_every_worker_sees_what_is_posted(history: list[Any], seen: list[str | None] | None) -> None:
    desk = Desk()
    desk.views.put(_result(*history))
    answers: list[Any] = []

    async def ask(work: object) -> None:
        answers.append(await competition_result.get_posted(CAI, SUBJECT, work))  # type: ignore[arg-type]

    await desk.does(CAI, ask)
    assert (answers[-1] and [line.entry_id for line in answers[-1].lines]) == seen
