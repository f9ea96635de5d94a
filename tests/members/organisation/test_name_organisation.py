import pytest
from pydantic import ValidationError

from services.members.organisation.name_organisation import NameOrganisation, name, post
from services.members.organisation.organisation import NotEstablished, Organisation
from tests.members.organisation.examples import BASIC, NAMED, PROPOSED
from tests.story import Desk, given

COMMAND = NameOrganisation(called="一厂工会")


def test_an_organisation_is_named_once() -> None:
    given(Organisation, BASIC, id="G0101").when(name, COMMAND).then(NAMED).when(name, COMMAND).then_nothing()


def test_only_what_exists_has_a_name() -> None:
    given(Organisation, id="G0101").when(name, COMMAND).then_refused(NotEstablished)
    given(Organisation, PROPOSED, id="G0101").when(name, COMMAND).then_refused(NotEstablished)


@pytest.mark.parametrize("wrong", ["", "王小明 15400000001", "工会<b>", "=1+1", "一厂\n工会", "工" * 61])
def test_a_name_holds_nothing_else(wrong: str) -> None:
    with pytest.raises(ValidationError):
        NameOrganisation(called=wrong)


async def test_the_route_names_it() -> None:
    desk = Desk()
    await desk.knows(Organisation, BASIC, id="G0101")
    await desk.does("admin", post, "G0101", COMMAND)
    assert desk.events(after=1) == [NAMED]
