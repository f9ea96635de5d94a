from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from services.welfare.voice.assign_case import WorksElsewhere
from services.welfare.voice.case import Case
from services.welfare.voice.case_about import CaseAbout, MayNotHandle
from services.welfare.voice.import_case import (
    DayTooFar,
    ImportCase,
    ImportedOtherwise,
    OpensInFuture,
    case_id_of,
    post,
    take_over,
)
from services.welfare.voice.open_case import AboutYourself, OtherUnion
from tests.story import ANN, TODAY, FakeDirectory, given, member
from tests.welfare.voice.examples import ABOUT_CHAIR, ANSWERED, ASSIGNED, DUE, GUARDED, OPENED, desk

COMMAND = ImportCase(
    org_id="G0101",
    source_ref="12351-7",
    category="meals",
    urgency="general",
    opened_on=TODAY,
    due_on=DUE,
    member_id=ANN,
)
ID = case_id_of("G0101", "12351-7")
HERE, PATHS = member("G0101"), FakeDirectory().path
IMPORTED = OPENED.model_copy(update={"case_id": ID, "source_ref": "12351-7"})


def test_a_running_case_keeps_its_days() -> None:
    given(Case, id=ID).when(take_over, COMMAND, HERE, PATHS, "chair", TODAY).then(IMPORTED)
    given(Case, IMPORTED, id=ID).when(take_over, COMMAND, HERE, PATHS, "chair", TODAY).then_nothing()


def test_another_content_under_its_number_is_noticed() -> None:
    for change in ({"due_on": DUE + timedelta(days=1)}, {"category": "wages"}, {"about": ("chair",)}):
        other = COMMAND.model_copy(update=change)
        given(Case, IMPORTED, id=ID).when(take_over, other, HERE, PATHS, "admin", TODAY).then_refused(ImportedOtherwise)


def test_a_case_is_imported_for_a_member_of_that_union_and_stays_when_the_member_moves() -> None:
    moved = member("G02")
    given(Case, id=ID).when(take_over, COMMAND, moved, PATHS, "chair", TODAY).then_refused(OtherUnion)
    given(Case, IMPORTED, id=ID).when(take_over, COMMAND, moved, PATHS, "chair", TODAY).then_nothing()


def test_the_days_have_to_make_sense() -> None:
    tomorrow = COMMAND.model_copy(update={"opened_on": TODAY + timedelta(days=1)})
    given(Case, id=ID).when(take_over, tomorrow, HERE, PATHS, "chair", TODAY).then_refused(OpensInFuture)
    with pytest.raises(ValidationError):
        ImportCase.model_validate(COMMAND.model_dump() | {"due_on": TODAY - timedelta(days=1)})


@pytest.mark.parametrize("about", [("chair",), (ANN,)])
def test_nobody_imports_a_complaint_about_oneself(about: tuple[str, ...]) -> None:
    command = COMMAND.model_copy(update={"about": about})
    given(Case, id=ID).when(take_over, command, HERE, PATHS, "chair", TODAY).then_refused(AboutYourself)


async def test_the_same_case_twice_is_one_also_when_it_has_gone_further() -> None:
    known, command = desk(), COMMAND.model_copy(update={"handler_id": "cadre"})
    await known.does("admin", post, command)
    assert known.events() == [IMPORTED, ASSIGNED.model_copy(update={"case_id": ID})]
    await known.does("admin", post, command)
    await known.knows(Case, ANSWERED.model_copy(update={"case_id": ID}), id=ID)
    await known.does("admin", post, command)
    assert len(known.events()) == 3


async def test_who_is_complained_about_is_kept_apart_and_does_not_handle_it() -> None:
    known, command = desk(), COMMAND.model_copy(update={"about": ("chair",)})
    with pytest.raises(MayNotHandle):
        await known.does("admin", post, command.model_copy(update={"handler_id": "chair"}))
    with pytest.raises(WorksElsewhere):
        await known.does("admin", post, command.model_copy(update={"handler_id": "far-cadre"}))
    await known.does("admin", post, command)
    guarded = GUARDED.model_copy(update={"case_id": ID, "source_ref": "12351-7"})
    assert known.events() == [guarded, ABOUT_CHAIR.model_copy(update={"case_id": ID})]
    assert (await known.state(CaseAbout, ID)).people == {"chair"}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"due_on": date(2206, 12, 1)}, "2206-12-01"), ({"opened_on": date(206, 11, 24)}, "0206-11-24")],
)
def test_a_slip_in_a_year_is_told_as_such(wrong: dict[str, date], named: str) -> None:
    story = given(Case, id=ID).when(take_over, COMMAND.model_copy(update=wrong), HERE, PATHS, "chair", TODAY)
    story.then_refused(DayTooFar)
    assert named in story.refused.sentence("en")  # type: ignore[union-attr]
