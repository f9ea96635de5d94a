from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.activities.competition.announce_competition import (
    AnnounceCompetition,
    BudgetNotReserved,
    CompetitionDates,
    RuleFixed,
    StepDoesNotFit,
    TooFewKept,
    announce,
    post,
)
from services.activities.competition.competition import Competition, NotAtThisStage
from services.activities.competition.digest import digest
from shared.events.activities.competition import CompetitionFundingRefused
from tests.activities.competition.examples import (
    ANNOUNCE,
    ANNOUNCED,
    APPROVED,
    CANCELLED,
    CLOSES,
    FUNDED,
    HELD,
    OPENS,
    PROPOSED,
    RULE,
    UNTIL_ANNOUNCED,
    UNTIL_CLOSED,
    UNTIL_CONFIRMED,
    WITHDRAWN,
    accepted,
)
from tests.story import SUBJECT, Desk, given

DAY = timedelta(days=1)
READY = (PROPOSED, APPROVED, FUNDED)


def _with(**said: Any) -> AnnounceCompetition:
    return ANNOUNCE.model_copy(update=said)


def _rule(**said: Any) -> AnnounceCompetition:
    return _with(rule=RULE.model_copy(update=said))


def test_the_rule_is_announced_with_its_fingerprint() -> None:
    given(Competition, *READY).when(announce, ANNOUNCE, APPROVED.on).then(ANNOUNCED)
    other = _rule(tie_break=("lot",))
    assert digest(other.rule.model_dump(mode="json")) != ANNOUNCED.rule_hash


def test_until_somebody_enters_it_may_be_announced_otherwise() -> None:
    story = given(Competition, *UNTIL_ANNOUNCED)
    story.when(announce, ANNOUNCE, OPENS).then_nothing()
    other = _rule(step_x100=100)
    changed = ANNOUNCED.model_copy(update={"rule": other.rule, "rule_hash": digest(other.rule.model_dump(mode="json"))})
    story.when(announce, other, OPENS).then(changed)


@pytest.mark.parametrize("entered", [(accepted(),), (accepted(), WITHDRAWN)])
def test_from_the_first_entry_on_the_rule_is_fixed(entered: tuple[Any, ...]) -> None:
    """INV-A5. Even if that entry was withdrawn: somebody relied on it."""
    story = given(Competition, *UNTIL_ANNOUNCED, *entered)
    story.when(announce, _rule(step_x100=100), OPENS).then_refused(RuleFixed)
    story.when(announce, _with(held_on=HELD + DAY), OPENS).then_refused(RuleFixed)
    story.when(announce, ANNOUNCE, OPENS).then_nothing()


@pytest.mark.parametrize(
    "said",
    [
        {"minimum_sheets": 4},
        {"drop_high": 2},
        {"drop_low": 0, "drop_high": 0, "minimum_sheets": 2},
        {"minimum_sheets": 7},
        {"judges": 4},
    ],
)
def test_at_least_three_scores_are_kept(said: dict[str, int]) -> None:
    given(Competition, *READY).when(announce, _rule(**said), OPENS).then_refused(TooFewKept)


def test_without_drops_three_sheets_are_enough() -> None:
    few = _rule(judges=3, drop_high=0, drop_low=0, minimum_sheets=3)
    assert given(Competition, *READY).when(announce, few, OPENS).refused is None


def test_the_scale_is_a_whole_number_of_steps() -> None:
    given(Competition, *READY).when(announce, _rule(step_x100=30), OPENS).then_refused(StepDoesNotFit)


@pytest.mark.parametrize(
    "said",
    [
        {"qualifying_on": OPENS + DAY},
        {"enrol_until": OPENS - DAY},
        {"held_on": CLOSES - DAY},
    ],
)
def test_the_dates_follow_each_other(said: dict[str, Any]) -> None:
    given(Competition, *READY).when(announce, _with(**said), APPROVED.on).then_refused(CompetitionDates)


def test_enrolment_is_not_over_before_it_is_announced() -> None:
    assert given(Competition, *READY).when(announce, ANNOUNCE, CLOSES).refused is None
    given(Competition, *READY).when(announce, ANNOUNCE, CLOSES + DAY).then_refused(CompetitionDates)


def test_prizes_are_promised_once_the_money_is_there() -> None:
    refused = CompetitionFundingRefused(competition_id=SUBJECT, org_id="G01", reason_code="money_short")
    given(Competition, PROPOSED, APPROVED).when(announce, ANNOUNCE, OPENS).then_refused(BudgetNotReserved)
    given(Competition, PROPOSED, APPROVED, refused).when(announce, ANNOUNCE, OPENS).then_refused(BudgetNotReserved)
    free = {"prize_budget_fen": 0, "account_id": None}
    story = given(Competition, PROPOSED.model_copy(update=free), APPROVED.model_copy(update=free))
    story.when(announce, ANNOUNCE, OPENS).then(ANNOUNCED)


@pytest.mark.parametrize("history", [(), (PROPOSED,), UNTIL_CLOSED, UNTIL_CONFIRMED, (*READY, CANCELLED)])
def test_only_what_is_approved_is_announced(history: tuple[Any, ...]) -> None:
    given(Competition, *history).when(announce, ANNOUNCE, OPENS).then_refused(NotAtThisStage)


def test_a_posting_lasts_five_working_days_or_more() -> None:
    with pytest.raises(ValidationError):
        AnnounceCompetition.model_validate(ANNOUNCE.model_dump() | {"posting_workdays": 4})


async def test_the_route() -> None:
    desk = Desk(today=APPROVED.on)
    await desk.knows(Competition, *READY)
    await desk.does("cadre", post, SUBJECT, ANNOUNCE)
    assert desk.events(after=1) == [ANNOUNCED]
