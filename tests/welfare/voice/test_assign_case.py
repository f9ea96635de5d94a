import pytest

from services.welfare.voice.assign_case import AssignCase, HadItBefore, WorksElsewhere, assign, post
from services.welfare.voice.case import Case, CaseNotInThisState
from services.welfare.voice.case_about import CaseAbout, MayNotHandle
from services.welfare.voice.transfer_case import TransferCase, transfer
from services.welfare.voice.transfer_case import post as post_transfer
from shared.kernel.authority import OrganisationUnknownHere
from shared.kernel.event import Event
from shared.kernel.refusal import NotFound
from tests.story import SUBJECT, TODAY, given
from tests.welfare.voice.examples import (
    ABOUT_CHAIR,
    ASSIGNED,
    ASSIGNED_AGAIN,
    CLOSED,
    GUARDED,
    IN_REVIEW,
    ONCE,
    OPENED,
    RATED_BADLY,
    RATED_WELL,
    REOPENED,
    TAKEN,
    TRANSFERRED,
    knowing,
)

COMMAND = AssignCase(handler_id="cadre")
OTHER = AssignCase(handler_id="other-cadre")
NOBODY = CaseAbout(SUBJECT)
CHAIR = given(CaseAbout, ABOUT_CHAIR).state
REOPENED_ONCE = (*ONCE, RATED_BADLY, REOPENED)


def test_a_case_is_given_to_one_who_works_there() -> None:
    given(Case, OPENED).when(assign, COMMAND, NOBODY, True, TODAY).then(ASSIGNED)
    given(Case, OPENED).when(assign, COMMAND, NOBODY, False, TODAY).then_refused(WorksElsewhere)


def test_the_same_assignment_twice_is_one_and_another_takes_over() -> None:
    assigned = given(Case, *TAKEN)
    assigned.when(assign, COMMAND, NOBODY, True, TODAY).then_nothing()
    assigned.when(assign, OTHER, NOBODY, True, TODAY).then(ASSIGNED.model_copy(update={"handler_id": "other-cadre"}))


def test_the_person_complained_about_never_handles_the_case() -> None:
    chair = AssignCase(handler_id="chair")
    given(Case, GUARDED).when(assign, chair, CHAIR, True, TODAY).then_refused(MayNotHandle)
    given(Case, GUARDED).when(assign, COMMAND, CHAIR, True, TODAY).then(ASSIGNED)


def test_a_reopened_case_goes_to_another() -> None:
    given(Case, *REOPENED_ONCE).when(assign, COMMAND, NOBODY, True, TODAY).then_refused(HadItBefore)
    given(Case, *REOPENED_ONCE).when(assign, OTHER, NOBODY, True, TODAY).then(ASSIGNED_AGAIN)
    again = given(Case, *REOPENED_ONCE, ASSIGNED_AGAIN)
    again.when(assign, COMMAND, NOBODY, True, TODAY).then_refused(HadItBefore)


@pytest.mark.parametrize("history", [(), ONCE, (*ONCE, RATED_WELL, CLOSED), IN_REVIEW])
def test_what_is_answered_or_over_is_neither_assigned_nor_handed_on(history: tuple[Event, ...]) -> None:
    case = given(Case, *history)
    case.when(assign, OTHER, NOBODY, True, TODAY).then_refused(CaseNotInThisState)
    case.when(transfer, TransferCase(to_org="G01"), TODAY).then_refused(CaseNotInThisState)


def test_a_case_handed_on_keeps_its_day_and_loses_its_handler() -> None:
    transferred = given(Case, *TAKEN).when(transfer, TransferCase(to_org="G01"), TODAY).then(TRANSFERRED)
    assert (transferred.state.status, transferred.state.org_id, transferred.state.handler) == ("opened", "G01", "")
    transferred.when(transfer, TransferCase(to_org="G01"), TODAY).then_nothing()
    reopened = given(Case, *REOPENED_ONCE).when(transfer, TransferCase(to_org="G01"), TODAY)
    state = reopened.then(TRANSFERRED.model_copy(update={"round": 2})).state
    assert (state.status, state.former) == ("reopened", "cadre")


async def test_the_routes_assign_where_the_handler_has_an_office_and_hand_on() -> None:
    desk = await knowing(OPENED)
    with pytest.raises(WorksElsewhere):
        await desk.does("chair", post, SUBJECT, AssignCase(handler_id="far-cadre"))
    await desk.does("chair", post, SUBJECT, COMMAND)
    with pytest.raises(OrganisationUnknownHere):
        await desk.does("chair", post_transfer, SUBJECT, TransferCase(to_org="G09"))
    await desk.does("chair", post_transfer, SUBJECT, TransferCase(to_org="G01"))
    assert desk.events(after=1) == [ASSIGNED, TRANSFERRED]
    with pytest.raises(WorksElsewhere):
        await desk.does("chair", post, SUBJECT, COMMAND)


async def test_for_the_person_complained_about_there_is_no_such_case() -> None:
    desk = await knowing(GUARDED, about=True)
    for handler, command in ((post, COMMAND), (post_transfer, TransferCase(to_org="G01"))):
        with pytest.raises(NotFound):
            await desk.does("chair", handler, SUBJECT, command)
    assert len(desk.log.commits) == 2
