"""Every record tells which organisations it concerns, also where the directory has not heard of them yet."""

from services.members.organisation.found_group import found_group
from shared.kernel.work import Work
from tests.story import Desk, FakeDirectory


async def _found(work: Work) -> None:
    await found_group(work, "G", "110000", "ada")


async def test_what_is_founded_with_its_organisation_tells_its_path() -> None:
    desk = Desk(FakeDirectory(paths={}))
    await desk.does("operator", _found)
    wires = [wire for commit in desk.log.commits for wire in commit.events]
    assert [wire.headers["ce_orgpath"] for wire in wires] == ["/G/", "/G/"]
