"""Found the group and make its first administrators, once:  gonghui init  ->  OrganisationEstablished, RoleGranted"""

from collections.abc import Iterator
from datetime import date

from services.members.authority.role_assignment import RoleAssignment, grant_id
from services.members.organisation.organisation import Organisation
from shared.events.members.authority import RoleGranted
from shared.events.members.organisation import OrganisationEstablished
from shared.kernel.refusal import Conflict
from shared.kernel.work import Work
from shared.values.org_path import ROOT, below


class GroupStands(Conflict):
    """The group has been founded already; its administrator grants all further roles.
    集团工会已经建立，后续权限请由集团工会管理员授予。"""


def found(new: Organisation, jurisdiction: str, on: date) -> Iterator[OrganisationEstablished]:
    """The group has no parent, and nobody above could approve it."""
    if new.status == "established":
        return
    yield OrganisationEstablished(
        org_id=new.id, kind="group", path=below(ROOT, new.id), jurisdiction=jurisdiction, on=on
    )


def entrust(held: RoleAssignment, administrator: str, group: str) -> Iterator[RoleGranted]:
    """The first administrator, whom nobody could appoint."""
    if held.status != "new":
        return
    yield RoleGranted(grant_id=held.id, actor_id=administrator, role="GROUP_ADMIN", org_id=group)


async def found_group(work: Work, code: str, jurisdiction: str, administrator: str, second: str | None = None) -> None:
    """Only the operator can call this, from the command line; there is no route to it. `second`: another administrator
    from the beginning, as much takes two."""
    founders = " ".join(filter(None, (code, administrator, second)))
    if await work.reserve("group", founders) != founders:
        raise GroupStands()
    await work.change(Organisation, code, lambda new: found(new, jurisdiction, work.today))
    for each in filter(None, (administrator, second)):
        await _entrusted(work, each, code)


async def _entrusted(work: Work, administrator: str, code: str) -> None:
    held = grant_id(administrator, "GROUP_ADMIN", code)
    await work.change(RoleAssignment, held, lambda held: entrust(held, administrator, code))
