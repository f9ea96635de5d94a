"""A role that an actor holds in an organisation 授权; one stream for each (actor, role, organisation)."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Self, assert_never
from uuid import UUID, uuid5

from shared.events.members.authority import RoleGranted, RoleRevoked
from shared.kernel.aggregate import Aggregate
from shared.kernel.refusal import Forbidden
from shared.values.roles import RoleName

GRANTS = UUID("6d0c7f6e-3a52-4f0b-9d57-1f2f0a6f5b11")


class NotYourself(Forbidden):
    """Nobody gives roles to oneself or takes one's own; ask another administrator.
    不能给本人授权或撤销本人的角色，请由其他管理员办理。"""


@dataclass(frozen=True)
class RoleAssignment(Aggregate):
    status: Literal["new", "granted", "revoked"] = "new"
    actor_id: str = ""
    role: RoleName | None = None
    until: date | None = None

    def evolve(self, event: RoleGranted | RoleRevoked) -> Self:
        match event:
            case RoleGranted():
                return replace(
                    self,
                    status="granted",
                    org_id=event.org_id,
                    actor_id=event.actor_id,
                    role=event.role,
                    until=event.until,
                )
            case RoleRevoked():
                return replace(self, status="revoked")
            case _:
                assert_never(event)


def grant_id(actor_id: str, role: str, org_id: str) -> str:
    """The same for the same three: the same grant twice is one."""
    return str(uuid5(GRANTS, f"{actor_id}\0{role}\0{org_id}"))
