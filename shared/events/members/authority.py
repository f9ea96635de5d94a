"""Authority: which actor holds which role, in which part of the tree, until when."""

from datetime import date
from typing import ClassVar, Literal

from shared.kernel.event import DataClass, Event
from shared.values.ids import ActorId, GrantId, OrgId
from shared.values.roles import RoleName


class RoleGranted(Event):
    """An actor was given a role in an organisation and everything below it.
    授权：授予某人在某组织及其下级范围内的角色。"""

    data_class: ClassVar[DataClass] = "C2"

    grant_id: GrantId
    actor_id: ActorId
    role: RoleName
    org_id: OrgId
    until: date | None = None
    """The last day on which it holds; None: until it is revoked."""


class RoleRevoked(Event):
    """A role was taken back, or its time had passed.
    撤权：角色被收回或已到期。"""

    data_class: ClassVar[DataClass] = "C2"

    grant_id: GrantId
    actor_id: ActorId
    role: RoleName
    org_id: OrgId
    reason: Literal["revoked", "expired"]
    on: date
