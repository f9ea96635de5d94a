"""A role whose last day has passed is taken back:  the day after `until`  ->  RoleRevoked"""

from collections.abc import Iterator
from datetime import date

from services.members.authority.revoke_role import revoked
from services.members.authority.role_assignment import RoleAssignment
from services.members.service import service
from shared.directory.entries import RoleHeld
from shared.events.members.authority import RoleRevoked
from shared.kernel.work import Work


def expire(held: RoleAssignment, on: date) -> Iterator[RoleRevoked]:
    """Nothing if it was prolonged or revoked in the meantime."""
    if held.status == "granted" and held.until is not None and held.until < on:
        yield revoked(held, "expired", on)


@service.timer(RoleHeld, due="lapses_on")
async def expire_role(row: RoleHeld, due: date, work: Work) -> None:
    await work.change(RoleAssignment, row.id, lambda held: expire(held, due))
