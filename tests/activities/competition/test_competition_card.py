from datetime import date, timedelta

import pytest

from services.activities import service
from services.activities.competition.award_prizes import prize_of
from services.activities.competition.competition_card import CompetitionCard, get, get_all
from shared.events.activities.competition import (
    CompetitionArchived,
    CompetitionFundingRefused,
    EntryWithdrawn,
    PrizeDelivered,
    PrizeWithheld,
)
from shared.kernel.event import Event
from tests.activities.competition.examples import (
    ANNOUNCED,
    APPROVED,
    CANCELLED,
    CLOSES,
    ENTRY_OF_ANN,
    ENTRY_OF_BEN,
    FUNDED,
    JUDGES,
    POST_ENDED,
    POST_OVER,
    POSTED,
    PROPOSED,
    RULE,
    UNTIL_CLOSED,
    UNTIL_CONFIRMED,
    UNTIL_ENTERED,
    UNTIL_OPENED,
    UNTIL_SCORED,
    awarded,
)
from tests.story import ANN, BEN, SUBJECT, Desk, shown

FIRST, SECOND = prize_of(SUBJECT, ENTRY_OF_ANN), prize_of(SUBJECT, ENTRY_OF_BEN)


def card(*events: Event) -> CompetitionCard:
    return shown(service, CompetitionCard, events)[SUBJECT]


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ((PROPOSED,), "proposed"),
        ((PROPOSED, APPROVED), "approved"),
        (UNTIL_ENTERED, "announced"),
        (UNTIL_CLOSED, "entries_closed"),
        (UNTIL_OPENED, "scoring"),
        (UNTIL_SCORED, "scored"),
        ((*UNTIL_SCORED, POSTED), "posted"),
        ((*UNTIL_SCORED, POSTED, POST_ENDED), "post_over"),
        (UNTIL_CONFIRMED, "confirmed"),
        ((*UNTIL_CONFIRMED, CompetitionArchived(competition_id=SUBJECT, org_id="G01", on=POST_OVER)), "archived"),
        ((*UNTIL_SCORED, CANCELLED), "cancelled"),
    ],
)
def test_how_it_stands(events: tuple[Event, ...], status: str) -> None:
    assert card(*events).status == status


def test_whether_the_money_is_there() -> None:
    refused = CompetitionFundingRefused(competition_id=SUBJECT, org_id="G01", reason_code="money_short")
    free = {"prize_budget_fen": 0, "account_id": None}
    assert card(PROPOSED, APPROVED).budget == "asked"
    assert card(PROPOSED, APPROVED, FUNDED).budget == "reserved"
    assert card(PROPOSED, APPROVED, refused).budget == "refused"
    assert card(PROPOSED.model_copy(update=free), APPROVED.model_copy(update=free)).budget == "none"


def test_what_was_announced_and_who_judges() -> None:
    known = card(*UNTIL_OPENED)
    assert (known.rule, known.rule_hash, known.entries) == (RULE, ANNOUNCED.rule_hash, 2)
    assert (known.judges, known.chief) == (list(JUDGES), "judge-1")


def test_who_withdrew_does_not_count() -> None:
    withdrawn = EntryWithdrawn(
        competition_id=SUBJECT, entry_id=ENTRY_OF_ANN, member_ids=(ANN,), org_id="G0101", by="member"
    )
    assert card(*UNTIL_ENTERED, withdrawn).entries == 1


def test_when_something_happens_by_itself() -> None:
    """Only while it is waited for."""
    assert card(*UNTIL_ENTERED).entries_close_on == CLOSES + timedelta(days=1)
    assert card(*UNTIL_CLOSED).entries_close_on is None
    assert card(*UNTIL_ENTERED, CANCELLED).entries_close_on is None
    assert card(*UNTIL_SCORED, POSTED).publicity_over_on == POST_OVER
    assert card(*UNTIL_SCORED, POSTED, POST_ENDED).publicity_over_on is None
    assert card(*UNTIL_SCORED, POSTED, CANCELLED).publicity_over_on is None


def test_without_a_calendar_it_is_tried_from_the_earliest_day_on() -> None:
    unknown = POSTED.model_copy(update={"since": date(2026, 12, 28), "until": None})
    row = card(*UNTIL_SCORED, unknown)
    assert (row.posted_until, row.publicity_over_on) == (None, date(2027, 1, 3))


def test_what_became_of_the_prizes() -> None:
    awards = (awarded(ENTRY_OF_ANN, ANN, FIRST, 500_000, 1), awarded(ENTRY_OF_BEN, BEN, SECOND, 300_000, 2))
    known = {"competition_id": SUBJECT, "org_id": "G0101"}
    paid = PrizeDelivered(
        **known, prize_id=FIRST, entry_id=ENTRY_OF_ANN, member_id=ANN, amount_fen=500_000, paid_on=POST_OVER
    )
    withheld = PrizeWithheld(**known, prize_id=SECOND, entry_id=ENTRY_OF_BEN, member_id=BEN, reason_code="over_limit")
    row = card(*UNTIL_CONFIRMED, *awards)
    assert (row.awarded_fen, row.open_prizes) == (800_000, {FIRST: 500_000, SECOND: 300_000})
    row = card(*UNTIL_CONFIRMED, *awards, paid, withheld)
    assert (row.awarded_fen, row.delivered_fen, row.withheld_fen) == (500_000, 500_000, 300_000)
    assert row.open_prizes == {}


def test_nothing_happens_to_what_was_never_proposed() -> None:
    with pytest.raises(ValueError, match="never proposed"):
        card(APPROVED)


async def test_the_routes() -> None:
    desk = Desk()
    known = card(*UNTIL_ENTERED)
    desk.views.put(known)
    answers: list[object] = []

    async def ask(work: object) -> None:
        answers.append(await get(SUBJECT, work))  # type: ignore[arg-type]
        answers.append(await get_all(work, season="2026"))  # type: ignore[arg-type]
        answers.append(await get_all(work, org_id="G02"))  # type: ignore[arg-type]

    await desk.does("cadre", ask)
    assert answers[-3:] == [known, [known], []]
