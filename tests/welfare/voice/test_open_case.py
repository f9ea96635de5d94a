from datetime import date

import pytest
from pydantic import ValidationError

from services.welfare import service
from services.welfare.aid.aid import MemberUnknownHere
from services.welfare.voice.case import Case
from services.welfare.voice.case_about import CaseAbout
from services.welfare.voice.case_terms import CaseTerms
from services.welfare.voice.open_anonymous_case import OpenAnonymousCase
from services.welfare.voice.open_anonymous_case import post as post_anonymously
from services.welfare.voice.open_case import AboutYourself, MembershipOver, OpenCase, OtherUnion, open_case, post
from shared.events.welfare.voice import CaseTermSet
from shared.kernel.authority import OrganisationUnknownHere
from shared.values.roles import Role
from tests.story import ANN, BEN, TODAY, FakeDirectory, given, member
from tests.welfare.voice.examples import ABOUT_CHAIR, GUARDED, OPENED, UNKNOWN, desk

COMMAND = OpenCase(org_id="G0101", category="meals", urgency="general", member_id=ANN)
HERE, PATHS = member("G0101"), FakeDirectory().path


def test_a_concern_is_taken_on_with_its_day() -> None:
    given(Case).when(open_case, COMMAND, HERE, PATHS, 5, ANN, TODAY).then(OPENED)


def test_the_time_is_counted_in_working_days() -> None:
    """National Day 2026 is from the 1st to the 7th, and Saturday the 10th is worked."""
    before = date(2026, 9, 30)
    (opened,) = given(Case).when(open_case, COMMAND, HERE, PATHS, 3, ANN, before).events
    assert (opened.due_on, opened.escalates_on) == (date(2026, 10, 10), date(2026, 10, 12))  # type: ignore[attr-defined]


def test_a_worker_is_heard_at_the_end_of_a_year_whose_successor_has_no_calendar_yet() -> None:
    """Monday to Friday: 31 December 2099 is a Thursday."""
    (opened,) = given(Case).when(open_case, COMMAND, HERE, PATHS, 1, ANN, date(2099, 12, 31)).events
    assert (opened.due_on, opened.escalates_on) == (date(2100, 1, 1), date(2100, 1, 4))  # type: ignore[attr-defined]


def test_what_is_open_is_opened_once() -> None:
    given(Case, OPENED).when(open_case, COMMAND, HERE, PATHS, 5, ANN, TODAY).then_nothing()


def test_a_member_turns_to_its_own_union_or_one_above() -> None:
    above = COMMAND.model_copy(update={"org_id": "G"})
    given(Case).when(open_case, above, HERE, PATHS, 5, ANN, TODAY).then(OPENED.model_copy(update={"org_id": "G"}))
    elsewhere = COMMAND.model_copy(update={"org_id": "G02"})
    given(Case).when(open_case, elsewhere, HERE, PATHS, 5, ANN, TODAY).then_refused(OtherUnion)


def test_a_transferring_member_may_speak_and_one_who_left_speaks_unnamed() -> None:
    given(Case).when(open_case, COMMAND, member("G0101", "transferring"), PATHS, 5, ANN, TODAY).then(OPENED)
    given(Case).when(open_case, COMMAND, member("G0101", "ended"), PATHS, 5, ANN, TODAY).then_refused(MembershipOver)
    given(Case).when(open_case, COMMAND, None, PATHS, 5, ANN, TODAY).then_refused(MemberUnknownHere)
    unnamed = COMMAND.model_copy(update={"member_id": None})
    given(Case).when(open_case, unnamed, None, PATHS, 5, "cadre", TODAY).then(UNKNOWN)


def test_an_organisation_that_is_not_known_yet_is_asked_for_again() -> None:
    for org_id, at in (("G09", "G0101"), ("G0101", "G0909")):
        command = COMMAND.model_copy(update={"org_id": org_id})
        given(Case).when(open_case, command, member(at), PATHS, 5, ANN, TODAY).then_refused(OrganisationUnknownHere)


@pytest.mark.parametrize("about", [("cadre",), (BEN, "cadre"), (ANN,)])
def test_nobody_takes_on_a_complaint_about_oneself(about: tuple[str, ...]) -> None:
    command = COMMAND.model_copy(update={"about": about})
    given(Case).when(open_case, command, HERE, PATHS, 5, "cadre", TODAY).then_refused(AboutYourself)


@pytest.mark.parametrize("about", [["张三"], ["a b"], ["x"] * 9, [""]])
def test_who_it_is_about_is_told_by_ids(about: list[str]) -> None:
    with pytest.raises(ValidationError):
        OpenCase.model_validate({"org_id": "G", "category": "conduct", "urgency": "general", "about": about})


async def test_the_route_opens_and_keeps_who_it_is_about_apart() -> None:
    known = desk()
    outcome = await known.does("cadre", post, COMMAND.model_copy(update={"about": ("chair",)}))
    opened, about = known.events()
    case_id = outcome.commits[0].stream.partition(":")[2]
    assert opened == GUARDED.model_copy(update={"case_id": case_id})
    assert about == ABOUT_CHAIR.model_copy(update={"case_id": case_id})
    topics = [wire.topic for commit in known.log.commits for wire in commit.events]
    assert topics == ["gonghui.test", "gonghui.welfare.confidential"]
    assert b"chair" not in known.log.commits[0].events[0].body
    assert (await known.state(CaseAbout, case_id)).people == {"chair"}


async def test_without_anybody_complained_about_nothing_is_kept_apart() -> None:
    known = desk()
    await known.does(ANN, post, COMMAND)
    assert len(known.log.commits) == 1


async def test_an_unnamed_concern_leaves_no_trace_of_a_person() -> None:
    known = desk()
    command = OpenAnonymousCase(org_id="G0101", category="meals", urgency="general")
    await known.does("anonymous", post_anonymously, command)
    (opened,) = known.events()
    assert opened == UNKNOWN.model_copy(update={"case_id": opened.case_id})  # type: ignore[attr-defined]
    assert known.log.commits[0].actor == "anonymous"
    route = next(route for route in service.routes if route.path == "/cases/anonymous")
    assert (route.role, route.org) == (Role.SELF, None), "whoever sends it is `anonymous` and nobody else"
    with pytest.raises(ValidationError):
        OpenAnonymousCase.model_validate(command.model_dump() | {"member_id": ANN})


async def test_the_nearest_organisation_that_has_set_a_term_is_followed() -> None:
    known = desk()
    for org_id, days in (("G", 9), ("G01", 2)):
        term = CaseTermSet(org_id=org_id, term="general", working_days=days, valid_from=TODAY)
        await known.knows(CaseTerms, term, id=org_id)
    await known.does(ANN, post, COMMAND)
    assert known.events()[-1].due_on == date(2026, 11, 26)  # type: ignore[attr-defined]
