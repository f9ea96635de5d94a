"""Results, own competitions, the judges' book, the list of entries, where members were: in any order of arrival."""

from datetime import date
from typing import Any

import pytest

from services.activities import service
from services.activities.competition import competition_result, entry_list, my_competitions, score_book
from services.activities.competition.award_prizes import prize_of
from services.activities.competition.competition_result import CompetitionResult, Line, masked
from services.activities.competition.entry_list import Entrant, EntryList, JudgesSeeCodes
from services.activities.competition.my_competitions import MyCompetitions, MyEntry
from services.activities.competition.recuse_judge import NotOnPanel
from services.activities.competition.score_book import ScoreBook, opened
from services.activities.competition.stations import Stations
from shared.events.activities.competition import EntryRejected, EntryWithdrawn, PrizeDelivered, PrizeWithheld
from shared.events.activities.sealed_round import ScoreCorrected, ScoreCorrectionAsked
from shared.events.members.membership import MemberJoined, MembershipEnded, MemberTransferred
from tests.activities.competition.examples import (
    APPOINTED,
    CANCELLED,
    CODED,
    CONFIRMED,
    ENTRY_OF_ANN,
    ENTRY_OF_BEN,
    HELD,
    JUDGES,
    OPENS,
    POST_ENDED,
    POST_OVER,
    POSTED,
    POSTED_ON,
    POSTED_UNTIL,
    PROPOSED,
    ROUND,
    ROUND_CLOSED,
    SCORED,
    SHEETS,
    SHEETS_HASH,
    UNTIL_CONFIRMED,
    UNTIL_ENTERED,
    accepted,
    awarded,
    recused,
    submitted,
)
from tests.activities.competition.test_competition_card import card
from tests.story import ANN, BEN, CAI, SUBJECT, Desk, shown

JOINED = MemberJoined(
    member_id=ANN, org_id="G0101", joined_on=date(2020, 1, 1), worker_type="regular", frontline=True, membership_seq=1
)
MOVED = MemberTransferred(member_id=ANN, from_org="G0101", to_org="G0201", effective_on=OPENS, membership_seq=1)
WITHDRAWN = EntryWithdrawn(
    competition_id=SUBJECT, entry_id=ENTRY_OF_ANN, member_ids=(ANN,), org_id="G0101", by="member"
)


def _rejected(member_id: str) -> EntryRejected:
    return EntryRejected(
        competition_id=SUBJECT,
        entry_id=ENTRY_OF_ANN,
        member_ids=(member_id,),
        org_id="G0101",
        reason_code="wrong_trade",
    )


async def _ask(desk: Desk, actor: str, get: Any) -> Any:
    """What a query answers, behind the check of its role."""
    answers: list[Any] = []

    async def ask(work: object) -> None:
        answers.append(await get(SUBJECT, work))

    await desk.does(actor, ask)
    return answers[-1]


# results

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
    assert await _ask(desk, "cadre", competition_result.get) == POSTED_RESULT
    for history in ((SCORED,), (SCORED, POSTED, POST_ENDED), (SCORED, POSTED, CANCELLED)):
        lines = masked(_result(*history)).lines
        assert [(line.entry_id, line.member_ids, line.org_id) for line in lines] == [(None, [], None)] * 2


async def test_final_results_are_public() -> None:
    desk = Desk()
    desk.views.put(_result(SCORED, POSTED, POST_ENDED, CONFIRMED))
    result = await _ask(desk, "cadre", competition_result.get)
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


# own competitions


def _mine(*streams: Any) -> MyCompetitions:
    return shown(service, MyCompetitions, *streams)[ANN]


def test_an_entry_stays_where_it_was_when_the_member_moves() -> None:
    mine = _mine([JOINED, MOVED], [accepted()])
    assert mine == MyCompetitions(ANN, ANN, "G0201", {SUBJECT: MyEntry("accepted", ENTRY_OF_ANN, "G0101")})
    assert mine.open == [SUBJECT]


def test_a_rejection_is_told_until_the_entry_is_accepted() -> None:
    assert _mine([_rejected(ANN)]).entries[SUBJECT] == MyEntry("rejected", ENTRY_OF_ANN, "G0101", "wrong_trade")
    assert _mine([_rejected(ANN), accepted()]).entries[SUBJECT].status == "accepted"
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


# the judges' book


def _book(*streams: Any) -> ScoreBook:
    return shown(service, ScoreBook, *streams)[SUBJECT]


SEALED = [CODED, *SHEETS[:8]]
OPEN = [APPOINTED, recused("judge-3", ENTRY_OF_ANN)]


async def test_a_judge_sees_codes_and_the_own_sheets() -> None:
    """INV-A4: while the round is open, and after it."""
    for sealed in (SEALED, [CODED, *SHEETS, ROUND_CLOSED]):
        desk = Desk(today=HELD)
        desk.views.put(_book(sealed, OPEN))
        mine = await _ask(desk, "judge-2", score_book.get)
        assert set(mine.sheets) == {"judge-2"}
        assert ENTRY_OF_ANN not in repr(mine)
        assert ENTRY_OF_BEN not in repr(mine)
        assert ANN not in repr(mine)


async def test_the_chief_judge_sees_all_of_them() -> None:
    desk = Desk(today=HELD)
    desk.views.put(_book(SEALED, OPEN))
    book = await _ask(desk, "judge-1", score_book.get)
    assert set(book.sheets) == set(JUDGES)
    assert book.sheets["judge-2"] == {"E0001": 8_500, "E0002": 9_050}
    assert ENTRY_OF_ANN not in repr(book)


@pytest.mark.parametrize("actor", ["judge-7", "cadre", "chair", ANN])
async def test_nobody_else_sees_any(actor: str) -> None:
    desk = Desk(today=HELD)
    desk.views.put(_book(SEALED, OPEN))
    with pytest.raises(NotOnPanel):
        await _ask(desk, actor, score_book.get)


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


# entries


def _entries(*streams: Any) -> EntryList:
    return shown(service, EntryList, *streams)[SUBJECT]


ENTERED = [PROPOSED, _rejected(ANN), accepted(), accepted(BEN, ENTRY_OF_BEN), _rejected(CAI), APPOINTED]


async def test_the_organiser_hands_out_the_codes() -> None:
    desk = Desk(today=HELD)
    desk.views.put(_entries(ENTERED, [CODED]))
    row = await _ask(desk, "cadre", entry_list.get)
    assert row == EntryList(
        id=SUBJECT,
        org_id="G01",
        entrants={ANN: Entrant(ENTRY_OF_ANN, "G0101"), BEN: Entrant(ENTRY_OF_BEN, "G0101")},
        rejected={CAI: "wrong_trade"},
        codes={ENTRY_OF_BEN: "E0001", ENTRY_OF_ANN: "E0002"},
        judges=list(JUDGES),
    )
    assert _entries([PROPOSED, accepted(), WITHDRAWN]).entrants == {}


async def test_no_judge_sees_who_stands_behind_a_code() -> None:
    desk = Desk(today=HELD)
    desk.views.put(_entries(ENTERED, [CODED]))
    with pytest.raises(JudgesSeeCodes):
        await _ask(desk, "judge-6", entry_list.get)


# where members were


def test_where_a_membership_was_on_a_day() -> None:
    ended = MembershipEnded(member_id=ANN, org_id="G0201", reason="resigned", on=POSTED_ON, membership_seq=1)
    again = JOINED.model_copy(update={"joined_on": POST_OVER, "membership_seq": 2})
    row = shown(service, Stations, [JOINED, MOVED, ended, again])[ANN]
    days = (date(2019, 12, 31), date(2020, 1, 1), date(2026, 9, 1), OPENS, POSTED_ON, POSTED_UNTIL, POST_OVER)
    assert [row.org_on(day) for day in days] == [None, "G0101", "G0101", "G0201", None, None, "G0101"]


def test_all_of_a_competition_is_shown_in_any_order() -> None:
    shown(service, ScoreBook, UNTIL_CONFIRMED, [CODED, *SHEETS, ROUND_CLOSED])
    shown(service, EntryList, UNTIL_CONFIRMED, [CODED, *SHEETS, ROUND_CLOSED])
    shown(service, MyCompetitions, UNTIL_CONFIRMED, [JOINED, MOVED])
