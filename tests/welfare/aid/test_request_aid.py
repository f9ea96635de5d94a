import pytest

from services.welfare.aid.aid import Aid, MemberUnknownHere, NoMembership
from services.welfare.aid.request_aid import MemberElsewhere, RequestAid, post, request
from shared.events.welfare.aid import AidRequested
from tests.story import ANN, TODAY, Desk, FakeDirectory, given, member
from tests.welfare.examples import ASKED, CADRE

COMMAND = RequestAid(org_id="G0101", aid_type="medical", amount_fen=500_000)
HERE = member("G0101")


def test_aid_is_asked_for() -> None:
    asked = given(Aid).when(request, COMMAND, ANN, HERE, None, CADRE, TODAY).then(ASKED)
    asked.when(request, COMMAND, ANN, HERE, None, CADRE, TODAY).then_nothing()


def test_it_may_stand_on_a_hardship_file() -> None:
    file_id = "00000000-0000-7000-8000-0000000000d1"
    command = COMMAND.model_copy(update={"file_id": file_id})
    given(Aid).when(request, command, ANN, HERE, None, CADRE, TODAY).then(ASKED.model_copy(update={"file_id": file_id}))


def test_aid_is_for_members() -> None:
    given(Aid).when(request, COMMAND, ANN, None, None, CADRE, TODAY).then_refused(MemberUnknownHere)
    gone = member("G0101", "ended")
    given(Aid).when(request, COMMAND, ANN, gone, None, CADRE, TODAY).then_refused(NoMembership)


def test_aid_is_asked_for_where_the_membership_is() -> None:
    given(Aid).when(request, COMMAND, ANN, member("G0201"), None, CADRE, TODAY).then_refused(MemberElsewhere)


async def test_the_route_asks_the_directory() -> None:
    desk = Desk(FakeDirectory({ANN: HERE}))
    await desk.does("cadre", post, ANN, COMMAND)
    (asked,) = desk.events()
    assert isinstance(asked, AidRequested)
    assert asked.model_dump(exclude={"request_id"}) == ASKED.model_dump(exclude={"request_id"})
    with pytest.raises(MemberElsewhere):
        await desk.does("cadre", post, ANN, COMMAND.model_copy(update={"org_id": "G0201"}))
