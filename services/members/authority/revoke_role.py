"""Take a role back:  POST /roles/{grant_id}/revocation  ->  RoleRevoked"""

from collections.abc import Iterator
from datetime import date
from typing import Literal, assert_never

from services.members.authority.role_assignment import NotYourself, RoleAssignment
from services.members.service import service
from shared.events.members.authority import RoleRevoked
from shared.kernel.refusal import NotFound
from shared.kernel.work import Actor, Work
from shared.values.ids import GrantId
from shared.values.roles import Role


class NeverGranted(NotFound):
    """This role was never granted; look it up among the roles held.
    没有这项授权记录，请在已授角色中核对。"""


def revoke(held: RoleAssignment, by: Actor, on: date) -> Iterator[RoleRevoked]:
    if by.id == held.actor_id:
        raise NotYourself()
    match held.status:
        case "granted":
            yield revoked(held, "revoked", on)
        case "revoked":
            return
        case "new":
            raise NeverGranted()
        case _:
            assert_never(held.status)


def revoked(held: RoleAssignment, reason: Literal["revoked", "expired"], on: date) -> RoleRevoked:
    assert held.role is not None
    return RoleRevoked(
        grant_id=held.id, actor_id=held.actor_id, role=held.role, org_id=held.org_id, reason=reason, on=on
    )


@service.post("/roles/{grant_id}/revocation", role=Role.ADMIN, org=(RoleAssignment, "grant_id"))
async def post(grant_id: GrantId, work: Work) -> None:
    await work.change(RoleAssignment, grant_id, lambda held: revoke(held, work.actor, work.today))
