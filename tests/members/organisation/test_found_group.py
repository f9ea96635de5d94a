import pytest

from services.members.authority.role_assignment import RoleAssignment, grant_id
from services.members.organisation.found_group import GroupStands, entrust, found, found_group
from services.members.organisation.organisation import Organisation
from shared.events.members.authority import RoleGranted
from shared.events.members.organisation import OrganisationEstablished
from shared.kernel.work import Work
from tests.story import TODAY, Desk, given

ROOT = OrganisationEstablished(org_id="G", kind="group", path="/G/", jurisdiction="110000", on=TODAY)
HELD = grant_id("ada", "GROUP_ADMIN", "G")
FIRST = RoleGranted(grant_id=HELD, actor_id="ada", role="GROUP_ADMIN", org_id="G")


def test_a_group_has_no_parent() -> None:
    given(Organisation, id="G").when(found, "110000", TODAY).then(ROOT).when(found, "110000", TODAY).then_nothing()


def test_its_first_administrator_is_appointed_by_nobody() -> None:
    given(RoleAssignment, id=HELD).when(entrust, "ada", "G").then(FIRST).when(entrust, "ada", "G").then_nothing()


async def _found(work: Work, code: str = "G", administrator: str = "ada", second: str | None = None) -> None:
    await found_group(work, code, "110000", administrator, second)


async def test_founding_twice_is_once() -> None:
    desk = Desk()
    await desk.does("operator", _found)
    await desk.does("operator", _found)
    assert desk.events() == [ROOT, FIRST]


@pytest.mark.parametrize("other", [{"code": "H"}, {"administrator": "eve"}, {"second": "eve"}])
async def test_there_is_one_group_and_nobody_becomes_its_administrator_afterwards(other: dict[str, str]) -> None:
    desk = Desk()
    await desk.does("operator", _found)
    with pytest.raises(GroupStands):
        await desk.does("operator", _found, **other)
    assert desk.events() == [ROOT, FIRST]


async def test_a_second_administrator_may_be_there_from_the_beginning() -> None:
    desk = Desk()
    await desk.does("operator", _found, second="ben")
    second = FIRST.model_copy(update={"actor_id": "ben", "grant_id": grant_id("ben", "GROUP_ADMIN", "G")})
    assert desk.events() == [ROOT, FIRST, second]
