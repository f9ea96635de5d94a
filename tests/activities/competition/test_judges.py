"""The panel, who is recused, and the drawing of codes."""

from datetime import timedelta
from typing import Any

import pytest

from services.activities.competition.appoint_panel import (
    AppointPanel,
    ChiefNotOnPanel,
    JudgeCompetes,
    KnowsTheEntries,
    NotAJudge,
    PanelFixed,
    PanelTooSmall,
    appoint,
)
from services.activities.competition.appoint_panel import post as post_panel
from services.activities.competition.competition import Competition, NotAtThisStage
from services.activities.competition.open_round import (
    ContestNotHeldYet,
    NobodyEntered,
    NotEnoughJudges,
    draw,
    open_round,
)
from services.activities.competition.open_round import post as post_round
from services.activities.competition.recuse_judge import (
    NoSuchEntry,
    NotOnPanel,
    RecuseJudge,
    RecuseMyself,
    post_own,
    recuse,
)
from services.activities.competition.recuse_judge import post as post_recusal
from services.activities.competition.sealed_round import NoSuchCode, Round
from shared.events.activities.sealed_round import EntriesCoded
from tests.activities.competition.examples import (
    APPOINT,
    APPOINTED,
    CANCELLED,
    CLOSED,
    CODED,
    ENTRY_OF_ANN,
    ENTRY_OF_BEN,
    HELD,
    JUDGES,
    OPENED,
    PANEL,
    PROPOSED,
    ROUND,
    UNTIL_ANNOUNCED,
    UNTIL_APPOINTED,
    UNTIL_CLOSED,
    UNTIL_CONFIRMED,
    UNTIL_ENTERED,
    UNTIL_OPENED,
    UNTIL_SCORED,
    accepted,
    hall,
    recused,
    welder,
)
from tests.story import ANN, BEN, SUBJECT, Desk, given

ELSEWHERE: list[tuple[Any, ...]] = [(), (PROPOSED,), UNTIL_ENTERED, UNTIL_SCORED, UNTIL_CONFIRMED]
SEED = "a seed"


def anybody(judge_id: str) -> bool:
    return True


def nobody(judge_id: str) -> bool:
    return False


def _panel(*judges: str, chief: str = "judge-1") -> AppointPanel:
    return AppointPanel(judge_ids=judges, chief=chief)


def test_a_panel_is_appointed_in_its_order() -> None:
    given(Competition, *UNTIL_CLOSED).when(appoint, APPOINT, PANEL, anybody, nobody, {}).then(APPOINTED).when(
        appoint, APPOINT, "another", anybody, nobody, {}
    ).then_nothing()


def test_a_panel_has_a_chief_and_nobody_twice() -> None:
    story = given(Competition, *UNTIL_CLOSED)
    outside = _panel(*JUDGES, chief="somebody")
    story.when(appoint, outside, PANEL, anybody, nobody, {}).then_refused(ChiefNotOnPanel)
    twice = _panel(*JUDGES[:5], "judge-1")
    story.when(appoint, twice, PANEL, anybody, nobody, {}).then_refused(ChiefNotOnPanel)


def test_a_panel_is_as_large_as_the_rule_says() -> None:
    given(Competition, *UNTIL_CLOSED).when(appoint, _panel(*JUDGES[:5]), PANEL, anybody, nobody, {}).then_refused(
        PanelTooSmall
    )


def test_only_judges_judge_and_nobody_where_he_competes() -> None:
    story = given(Competition, *UNTIL_CLOSED)
    story.when(appoint, APPOINT, PANEL, lambda judge: judge != "judge-3", nobody, {}).then_refused(NotAJudge)
    story.when(appoint, _panel(*JUDGES[:5], ANN), PANEL, anybody, nobody, {}).then_refused(JudgeCompetes)


@pytest.mark.parametrize("history", [*ELSEWHERE, (*UNTIL_CLOSED, CANCELLED)])
def test_a_panel_is_appointed_when_it_is_known_who_competes(history: tuple[Any, ...]) -> None:
    given(Competition, *history).when(appoint, APPOINT, PANEL, anybody, nobody, {}).then_refused(NotAtThisStage)
    given(Competition, *history).when(recuse, "judge-6", ENTRY_OF_ANN, "mentor").then_refused(NotAtThisStage)


def test_before_judging_it_may_be_changed_and_then_only_grow() -> None:
    others = _panel(*JUDGES[1:], "judge-7", chief="judge-2")
    more = _panel(*JUDGES, "judge-7")
    changed = APPOINTED.model_copy(update={"judge_ids": others.judge_ids, "chief": "judge-2"})
    grown = APPOINTED.model_copy(update={"judge_ids": more.judge_ids})
    given(Competition, *UNTIL_APPOINTED).when(appoint, others, PANEL, anybody, nobody, {}).then(changed)
    given(Competition, *UNTIL_OPENED).when(appoint, others, PANEL, anybody, nobody, {}).then_refused(PanelFixed)
    given(Competition, *UNTIL_OPENED).when(appoint, more, PANEL, lambda judge: judge == "judge-7", nobody, {}).then(
        grown
    )
    new_chief = APPOINTED.model_copy(update={"chief": "judge-2"})
    given(Competition, *UNTIL_OPENED).when(appoint, _panel(*JUDGES, chief="judge-2"), PANEL, anybody, nobody, {}).then(
        new_chief
    )


def test_who_may_have_read_the_codes_joins_no_panel_any_more() -> None:
    more = _panel(*JUDGES, "judge-7")
    grown = APPOINTED.model_copy(update={"judge_ids": more.judge_ids})
    story = given(Competition, *UNTIL_OPENED)
    story.when(appoint, more, PANEL, anybody, lambda judge: judge == "judge-7", {}).then_refused(KnowsTheEntries)
    story.when(appoint, more, PANEL, anybody, lambda judge: judge == "judge-1", {}).then(grown)
    before = given(Competition, *UNTIL_APPOINTED)
    before.when(appoint, more, PANEL, anybody, lambda judge: judge == "judge-7", {}).then(grown)


async def test_the_panel_route_asks_who_works_for_the_union() -> None:
    here = hall()
    here.judges.add("judge-7")
    here.union.add("judge-7")
    desk = Desk(here, today=HELD)
    await desk.knows(Competition, *UNTIL_OPENED)
    with pytest.raises(KnowsTheEntries):
        await desk.does("chair", post_panel, SUBJECT, _panel(*JUDGES, "judge-7"))


def test_a_judge_does_not_count_for_entries_of_the_own_organisation() -> None:
    """INV-A3, as far as the directory knows."""
    story = given(Competition, *UNTIL_ANNOUNCED, accepted(), accepted(BEN, ENTRY_OF_BEN, "G0102"), CLOSED)
    told = story.when(appoint, APPOINT, PANEL, anybody, nobody, {"judge-6": "G0101"}).then(APPOINTED, recused())
    told.when(appoint, APPOINT, PANEL, anybody, nobody, {"judge-6": "G0101"}).then_nothing()


def test_where_all_are_of_one_organisation_it_is_no_conflict() -> None:
    home = {"org_id": "G0101"}
    history = [event.model_copy(update=home) for event in UNTIL_CLOSED]
    appointed = APPOINTED.model_copy(update=home)
    given(Competition, *history).when(appoint, APPOINT, PANEL, anybody, nobody, {"judge-6": "G0101"}).then(appointed)


async def test_the_panel_route_asks_the_directory() -> None:
    desk = Desk(hall(welder("judge-6", "G0101")), today=HELD)
    await desk.knows(Competition, *UNTIL_CLOSED)
    await desk.does("chair", post_panel, SUBJECT, APPOINT)
    told = desk.events(after=1)
    assert told[0] == APPOINTED.model_copy(update={"panel_id": told[0].panel_id})  # type: ignore[attr-defined]
    assert told[1:] == [recused(), recused(entry_id=ENTRY_OF_BEN)]
    with pytest.raises(NotAJudge):
        await desk.does("chair", post_panel, SUBJECT, _panel(*JUDGES, "judge-7"))


# recusal


def test_a_judge_is_recused_once() -> None:
    told = recused().model_copy(update={"ground": "mentor"})
    for history in (UNTIL_APPOINTED, UNTIL_OPENED):
        given(Competition, *history).when(recuse, "judge-6", ENTRY_OF_ANN, "mentor").then(told).when(
            recuse, "judge-6", ENTRY_OF_ANN, "relative"
        ).then_nothing()


def test_who_and_what_must_be_there() -> None:
    story = given(Competition, *UNTIL_APPOINTED)
    story.when(recuse, "judge-7", ENTRY_OF_ANN, "mentor").then_refused(NotOnPanel)
    story.when(recuse, "judge-6", ROUND, "mentor").then_refused(NoSuchEntry)


async def test_the_organiser_names_the_entry_and_the_judge_a_code() -> None:
    desk = Desk(today=HELD)
    await desk.knows(Competition, *UNTIL_OPENED)
    await desk.knows(Round, CODED, id=ROUND)
    named = RecuseJudge(judge_id="judge-6", entry_id=ENTRY_OF_ANN, ground="same_organisation")
    await desk.does("cadre", post_recusal, SUBJECT, named)
    await desk.does("judge-5", post_own, SUBJECT, RecuseMyself(entry_code="E0001", ground="same_organisation"))
    assert desk.events(after=2) == [recused(), recused("judge-5", ENTRY_OF_BEN)]
    with pytest.raises(NoSuchCode):
        await desk.does("judge-5", post_own, SUBJECT, RecuseMyself(entry_code="E0009", ground="mentor"))


async def test_without_codes_there_is_nothing_to_name() -> None:
    desk = Desk(today=HELD)
    await desk.knows(Competition, *UNTIL_APPOINTED)
    with pytest.raises(NotAtThisStage):
        await desk.does("judge-5", post_own, SUBJECT, RecuseMyself(entry_code="E0001", ground="mentor"))


# the round


def test_judging_begins_on_the_day() -> None:
    story = given(Competition, *UNTIL_APPOINTED)
    story.when(open_round, ROUND, HELD - timedelta(days=1)).then_refused(ContestNotHeldYet)
    story.when(open_round, ROUND, HELD).then(OPENED).when(open_round, "another", HELD).then_nothing()


def test_judging_needs_entries_and_for_each_enough_judges() -> None:
    given(Competition, *UNTIL_ANNOUNCED, CLOSED, APPOINTED).when(open_round, ROUND, HELD).then_refused(NobodyEntered)
    given(Competition, *UNTIL_CLOSED).when(open_round, ROUND, HELD).then_refused(NotEnoughJudges)
    one_less = given(Competition, *UNTIL_APPOINTED, recused())
    one_less.when(open_round, ROUND, HELD).then(OPENED)
    two_less = given(Competition, *UNTIL_APPOINTED, recused(), recused("judge-5"))
    two_less.when(open_round, ROUND, HELD).then_refused(NotEnoughJudges)


@pytest.mark.parametrize("history", [*ELSEWHERE, (*UNTIL_APPOINTED, CANCELLED)])
def test_a_round_is_opened_when_entries_are_closed(history: tuple[Any, ...]) -> None:
    given(Competition, *history).when(open_round, ROUND, HELD).then_refused(NotAtThisStage)


def test_each_entry_draws_one_code_and_only_the_seed_knows_which() -> None:
    competition = given(Competition, *UNTIL_OPENED).state
    drawn = given(Round, id=ROUND).when(draw, competition, SEED)
    (coded,) = drawn.events
    assert isinstance(coded, EntriesCoded)
    assert [entry.entry_code for entry in coded.entries] == ["E0001", "E0002"]
    assert {entry.entry_id for entry in coded.entries} == {ENTRY_OF_ANN, ENTRY_OF_BEN}
    drawn.then(coded).when(draw, competition, "another").then_nothing()
    orders = {
        tuple(entry.entry_id for entry in next(iter(draw(Round(id=ROUND), competition, str(seed)))).entries)
        for seed in range(20)
    }
    assert len(orders) == 2


async def test_opening_twice_draws_once() -> None:
    desk = Desk(today=HELD)
    await desk.knows(Competition, *UNTIL_APPOINTED)
    await desk.does("cadre", post_round, SUBJECT)
    await desk.does("cadre", post_round, SUBJECT)
    assert [type(event).__name__ for event in desk.events(after=1)] == ["RoundOpened", "EntriesCoded"]
    competition = await desk.state(Competition)
    assert (await desk.state(Round, competition.round_id)).status == "open"
