import asyncio

import pytest
from pydantic import ValidationError

from services.welfare import service
from services.welfare.voice.assign_case import AssignCase
from services.welfare.voice.assign_case import post as post_assign
from services.welfare.voice.case import Case
from services.welfare.voice.case_about import CaseAbout, MayNotHandle
from services.welfare.voice.case_card import CaseCard
from services.welfare.voice.name_person import NamePerson, guard, post
from services.welfare.voice.open_case import AboutYourself
from shared.events.welfare.voice import CaseGuarded
from shared.kernel.event import Event
from shared.kernel.log import Log
from shared.kernel.refusal import NotFound
from tests.story import ANN, SUBJECT, TODAY, given, shown
from tests.welfare.voice.examples import (
    ABOUT_CHAIR,
    ASSIGNED_AGAIN,
    GUARDED,
    ONCE,
    OPENED,
    RATED_BADLY,
    REOPENED,
    TAKEN,
    knowing,
)

CHAIR, CADRE = NamePerson(about=("chair",)), NamePerson(about=("cadre", "chair"))
NAMED = CaseGuarded(case_id=SUBJECT, org_id="G0101", taken_away=False, on=TODAY)
TAKEN_AWAY = NAMED.model_copy(update={"taken_away": True})
NOBODY, BOTH = CaseAbout(id=SUBJECT), CaseAbout(id=SUBJECT, people=frozenset({"cadre", "chair"}))
SECOND_ROUND = (*ONCE, RATED_BADLY, REOPENED, ASSIGNED_AGAIN)


@pytest.mark.parametrize("history", [(OPENED,), TAKEN, ONCE])
def test_whom_it_is_about_may_show_later(history: tuple[Event, ...]) -> None:
    named = given(Case, *history).when(guard, CHAIR, NOBODY, TODAY).then(NAMED)
    named.when(guard, CHAIR, BOTH, TODAY).then_nothing()
    assert named.state.guarded


def test_a_case_is_taken_away_from_the_one_it_is_about() -> None:
    named = given(Case, *TAKEN).when(guard, CADRE, NOBODY, TODAY).then(TAKEN_AWAY)
    assert (named.state.status, named.state.handler) == ("opened", "")
    named.when(guard, CADRE, BOTH, TODAY).then_nothing()
    again = given(Case, *SECOND_ROUND).when(guard, NamePerson(about=("other-cadre",)), BOTH, TODAY).then(TAKEN_AWAY)
    assert (again.state.status, again.state.former) == ("reopened", "cadre")


def test_nobody_complains_about_oneself() -> None:
    given(Case, OPENED).when(guard, NamePerson(about=(ANN,)), NOBODY, TODAY).then_refused(AboutYourself)
    with pytest.raises(ValidationError):
        NamePerson(about=())


async def test_whoever_has_it_steps_back_and_does_not_get_it_again() -> None:
    desk = await knowing(*TAKEN)
    await desk.does("cadre", post, SUBJECT, CADRE)
    with pytest.raises(NotFound):
        await desk.does("cadre", post, SUBJECT, CADRE)
    with pytest.raises(MayNotHandle):
        await desk.does("admin", post_assign, SUBJECT, AssignCase(handler_id="cadre"))
    assert desk.events(after=1) == [TAKEN_AWAY, ABOUT_CHAIR.model_copy(update={"about": ("cadre", "chair")})]


async def test_the_same_person_named_twice_is_one() -> None:
    desk = await knowing(GUARDED, about=True)
    await desk.does("cadre", post, SUBJECT, CHAIR)
    assert len(desk.log.commits) == 2
    await desk.does("cadre", post, SUBJECT, NamePerson(about=("chair", "head")))
    assert (await desk.state(CaseAbout)).people == {"chair", "head"}
    assert desk.events(after=2) == [NAMED, ABOUT_CHAIR.model_copy(update={"about": ("head",)})]


def test_the_card_shows_that_it_waits_again() -> None:
    assert shown(service, CaseCard, [*TAKEN, NAMED])[SUBJECT].status == "assigned"
    card = shown(service, CaseCard, [*TAKEN, TAKEN_AWAY])[SUBJECT]
    assert (card.guarded, card.status, card.handler_id) == (True, "opened", None)
    card = shown(service, CaseCard, [*SECOND_ROUND, TAKEN_AWAY])[SUBJECT]
    assert (card.status, card.handler_id) == ("reopened", None)


async def test_nobody_gets_a_case_in_the_moment_of_being_named() -> None:
    """Whoever assigns has looked at who it is about; a naming that comes between is a conflict, and it looks again."""
    desk = await knowing(GUARDED, about=True)
    outcomes = await asyncio.gather(
        desk.does("admin", post_assign, SUBJECT, AssignCase(handler_id="cadre")),
        desk.does("far-cadre", post, SUBJECT, NamePerson(about=("cadre",))),
        return_exceptions=True,
    )
    case, about = await desk.state(Case), await desk.state(CaseAbout)
    assert "cadre" in about.people
    assert case.handler not in about.people, outcomes


async def test_who_it_is_about_is_not_answered_from_memory() -> None:
    """Another process has named the chair of G01 since."""
    desk = await knowing(GUARDED, about=True)
    elsewhere = desk.commands.log
    desk.commands.log = Log(desk.log)
    await desk.does("admin", post_assign, SUBJECT, AssignCase(handler_id="other-cadre"))
    memory, desk.commands.log = desk.commands.log, elsewhere
    await desk.does("far-cadre", post, SUBJECT, NamePerson(about=("cadre",)))
    desk.commands.log = memory
    with pytest.raises(MayNotHandle):
        await desk.does("admin", post_assign, SUBJECT, AssignCase(handler_id="cadre"))
    with pytest.raises(NotFound):
        await desk.does("cadre", post, SUBJECT, NamePerson(about=("head",)))
