"""Prizes: within the approved budget (INV-A11), one an entry, paid or refused by the fund, then all is archived."""

from typing import Any

import pytest

from services.activities.competition.announce_competition import BudgetNotReserved
from services.activities.competition.archive_competition import PrizesOpen, archive
from services.activities.competition.archive_competition import post as post_archiving
from services.activities.competition.award_prizes import (
    AwardedOtherwise,
    AwardPrizes,
    NobodyPlaced,
    OverPrizeBudget,
    OwnPlace,
    PlacePrize,
    PlaceTwice,
    award,
    post,
    prize_of,
)
from services.activities.competition.cancel_competition import CancelCompetition, cancel
from services.activities.competition.cancel_competition import post as post_cancellation
from services.activities.competition.competition import Competition, NotAtThisStage
from services.activities.competition.prize_answered import deliver, prize_paid, prize_refused, withhold
from shared.events.activities.competition import CompetitionArchived, PrizeAwarded, PrizeDelivered, PrizeWithheld
from shared.events.welfare.prize import PrizePaid, PrizeRefused
from shared.kernel.work import Actor
from tests.activities.competition.examples import (
    ACCOUNT,
    APPROVED,
    CANCELLED,
    CHAIR,
    ENTRY_OF_ANN,
    ENTRY_OF_BEN,
    FUNDED,
    POST_ENDED,
    POST_OVER,
    POSTED,
    PROPOSED,
    RESULTS,
    SCORED,
    UNTIL_ANNOUNCED,
    UNTIL_CLOSED,
    UNTIL_CONFIRMED,
    UNTIL_ENTERED,
    UNTIL_OPENED,
    UNTIL_SCORED,
    awarded,
)
from tests.story import ANN, BEN, SUBJECT, Desk, given

FIRST = awarded(ENTRY_OF_ANN, ANN, prize_of(SUBJECT, ENTRY_OF_ANN), 600_000, 1)
SECOND = awarded(ENTRY_OF_BEN, BEN, prize_of(SUBJECT, ENTRY_OF_BEN), 400_000, 2)
ARCHIVED = CompetitionArchived(competition_id=SUBJECT, org_id="G01", on=POST_OVER)


def prizes(*amounts: int) -> AwardPrizes:
    return AwardPrizes(prizes=tuple(PlacePrize(place=place, amount_fen=fen) for place, fen in enumerate(amounts, 1)))


def told(prize: PrizeAwarded) -> dict[str, Any]:
    return prize.model_dump(include={"prize_id", "competition_id", "entry_id", "member_id", "org_id", "amount_fen"})


PAID = PrizePaid(**told(FIRST), account_id=ACCOUNT, voucher_ref="V-1", paid_on=POST_OVER, by="cashier")
REFUSED = PrizeRefused(**told(SECOND), reason_code="over_limit")
DELIVERED = PrizeDelivered(**told(FIRST), paid_on=POST_OVER)
WITHHELD = PrizeWithheld(
    **{name: value for name, value in told(SECOND).items() if name != "amount_fen"}, reason_code="over_limit"
)


def test_prizes_go_to_places_up_to_the_whole_budget() -> None:
    story = given(Competition, *UNTIL_CONFIRMED)
    both = story.when(award, prizes(600_000, 400_000), CHAIR, POST_OVER).then(FIRST, SECOND)
    both.when(award, prizes(600_000, 400_000), CHAIR, POST_OVER).then_nothing()
    one = story.when(award, prizes(600_000), CHAIR, POST_OVER).then(FIRST)
    one.when(award, prizes(600_000, 400_000), CHAIR, POST_OVER).then(SECOND)


def test_all_prizes_together_stay_within_the_budget() -> None:
    story = given(Competition, *UNTIL_CONFIRMED)
    story.when(award, prizes(600_000, 400_001), CHAIR, POST_OVER).then_refused(OverPrizeBudget)
    given(Competition, *UNTIL_CONFIRMED, FIRST).when(award, prizes(600_000, 400_001), CHAIR, POST_OVER).then_refused(
        OverPrizeBudget
    )


def test_who_shares_a_place_gets_its_prize_each() -> None:
    shared = SCORED.model_copy(update={"results": (RESULTS[0], RESULTS[1].model_copy(update={"rank": 1}))})
    history = [shared if event == SCORED else event for event in UNTIL_CONFIRMED]
    each = SECOND.model_copy(update={"amount_fen": 500_000, "place": 1})
    story = given(Competition, *history)
    story.when(award, prizes(500_000), CHAIR, POST_OVER).then(FIRST.model_copy(update={"amount_fen": 500_000}), each)
    story.when(award, prizes(500_001), CHAIR, POST_OVER).then_refused(OverPrizeBudget)


def test_places_are_named_once_and_somebody_has_them() -> None:
    twice = AwardPrizes(prizes=(PlacePrize(place=1, amount_fen=1), PlacePrize(place=1, amount_fen=1)))
    given(Competition, *UNTIL_CONFIRMED).when(award, twice, CHAIR, POST_OVER).then_refused(PlaceTwice)
    given(Competition, *UNTIL_CONFIRMED).when(award, prizes(1, 1, 1), CHAIR, POST_OVER).then_refused(NobodyPlaced)


@pytest.mark.parametrize("by", [ANN, BEN])
def test_nobody_who_has_a_place_awards_the_prizes(by: str) -> None:
    given(Competition, *UNTIL_CONFIRMED).when(award, prizes(1), Actor(by), POST_OVER).then_refused(OwnPlace)


def test_a_prize_is_not_awarded_twice_otherwise() -> None:
    given(Competition, *UNTIL_CONFIRMED, FIRST).when(award, prizes(1), CHAIR, POST_OVER).then_refused(AwardedOtherwise)


def test_what_the_fund_withheld_may_be_awarded_anew() -> None:
    """With another amount, or the same once there is a limit for it; the budget counts what stands."""
    story = given(Competition, *UNTIL_CONFIRMED, FIRST, SECOND, WITHHELD)
    again = SECOND.model_copy(update={"prize_id": prize_of(SUBJECT, ENTRY_OF_BEN, 2)})
    anew = story.when(award, prizes(600_000, 400_000), CHAIR, POST_OVER).then(again)
    anew.when(award, prizes(600_000, 400_000), CHAIR, POST_OVER).then_nothing()
    anew.when(withhold, REFUSED).then_nothing()
    late = PrizePaid(**told(SECOND), account_id=ACCOUNT, voucher_ref="V-2", paid_on=POST_OVER, by="cashier")
    anew.when(deliver, late).then_nothing()
    story.when(award, prizes(600_000, 300_000), CHAIR, POST_OVER).then(again.model_copy(update={"amount_fen": 300_000}))
    story.when(award, prizes(600_000, 400_001), CHAIR, POST_OVER).then_refused(OverPrizeBudget)


def test_no_prize_without_a_budget() -> None:
    history = [event for event in UNTIL_CONFIRMED if event != FUNDED]
    given(Competition, *history).when(award, prizes(1), CHAIR, POST_OVER).then_refused(BudgetNotReserved)
    free = {"prize_budget_fen": 0, "account_id": None}
    history = [event.model_copy(update=free) if event in (PROPOSED, APPROVED) else event for event in history]
    given(Competition, *history).when(award, prizes(1), CHAIR, POST_OVER).then_refused(BudgetNotReserved)


BEFORE_CONFIRMED: list[tuple[Any, ...]] = [
    (PROPOSED,),
    (PROPOSED, APPROVED),
    UNTIL_ANNOUNCED,
    UNTIL_ENTERED,
    UNTIL_CLOSED,
    UNTIL_OPENED,
    UNTIL_SCORED,
    (*UNTIL_SCORED, POSTED),
    (*UNTIL_SCORED, POSTED, POST_ENDED),
]


@pytest.mark.parametrize("history", [(), *BEFORE_CONFIRMED, (*UNTIL_SCORED, CANCELLED), (*UNTIL_CONFIRMED, ARCHIVED)])
def test_prizes_follow_the_confirmed_ranking(history: tuple[Any, ...]) -> None:
    given(Competition, *history).when(award, prizes(1), CHAIR, POST_OVER).then_refused(NotAtThisStage)


async def test_the_fund_answers_for_each_prize_once() -> None:
    desk = Desk(today=POST_OVER)
    await desk.knows(Competition, *UNTIL_CONFIRMED)
    await desk.does("chair", post, SUBJECT, prizes(600_000, 400_000))
    for _ in range(2):
        await desk.does("reaction", prize_paid, PAID)
        await desk.does("reaction", prize_refused, REFUSED)
    await desk.does("reaction", prize_refused, PrizeRefused(**told(FIRST), reason_code="over_limit"))
    second_paid = PrizePaid(**told(SECOND), account_id=ACCOUNT, voucher_ref="V-2", paid_on=POST_OVER, by="cashier")
    await desk.does("reaction", prize_paid, second_paid)
    assert desk.events(after=1) == [FIRST, SECOND, DELIVERED, WITHHELD]


async def test_an_answer_for_what_is_not_known_here_changes_nothing() -> None:
    desk = Desk(today=POST_OVER)
    await desk.does("reaction", prize_paid, PAID)
    await desk.does("reaction", prize_refused, REFUSED)
    assert desk.events() == []


# the end


def test_it_is_archived_when_all_prizes_are_decided() -> None:
    given(Competition, *UNTIL_CONFIRMED).when(archive, POST_OVER).then(ARCHIVED).when(archive, POST_OVER).then_nothing()
    given(Competition, *UNTIL_CONFIRMED, FIRST).when(archive, POST_OVER).then_refused(PrizesOpen)
    given(Competition, *UNTIL_CONFIRMED, FIRST, SECOND, DELIVERED).when(archive, POST_OVER).then_refused(PrizesOpen)
    given(Competition, *UNTIL_CONFIRMED, FIRST, SECOND, DELIVERED, WITHHELD).when(archive, POST_OVER).then(ARCHIVED)


@pytest.mark.parametrize("history", [(), *BEFORE_CONFIRMED, (*UNTIL_SCORED, CANCELLED)])
def test_only_what_is_confirmed_is_archived(history: tuple[Any, ...]) -> None:
    given(Competition, *history).when(archive, POST_OVER).then_refused(NotAtThisStage)


UNSAFE = CancelCompetition(reason_code="safety")


@pytest.mark.parametrize("history", BEFORE_CONFIRMED)
def test_it_may_be_called_off_until_it_is_confirmed(history: tuple[Any, ...]) -> None:
    given(Competition, *history).when(cancel, UNSAFE).then(CANCELLED).when(cancel, UNSAFE).then_nothing()


@pytest.mark.parametrize("history", [(), UNTIL_CONFIRMED, (*UNTIL_CONFIRMED, ARCHIVED)])
def test_and_not_later(history: tuple[Any, ...]) -> None:
    given(Competition, *history).when(cancel, UNSAFE).then_refused(NotAtThisStage)


async def test_the_routes() -> None:
    desk = Desk(today=POST_OVER)
    await desk.knows(Competition, *UNTIL_CONFIRMED)
    await desk.does("cadre", post_archiving, SUBJECT)
    other = "00000000-0000-7000-8000-000000000002"
    await desk.knows(Competition, PROPOSED.model_copy(update={"competition_id": other}), id=other)
    await desk.does("chair", post_cancellation, other, UNSAFE)
    assert desk.events(after=1)[0] == ARCHIVED
    assert desk.events(after=3) == [CANCELLED.model_copy(update={"competition_id": other})]
