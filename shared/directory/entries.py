"""What every service knows of the others' world: organisations, memberships, roles. Copies, folded from events."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from shared.values.org_path import OrgPath
from shared.values.roles import RoleName
from shared.values.words import MembershipStatus, OrgKind, SkillGrade, WorkerType


@dataclass(frozen=True)
class Organisation:
    id: str
    org_id: str
    kind: OrgKind
    path: OrgPath
    jurisdiction: str
    parent_id: str | None = None
    status: Literal["established"] = "established"
    called: str = ""
    """Its name; empty if it has none."""


@dataclass(frozen=True)
class Membership:
    """A person's membership, by the pseudonym in `id`."""

    id: str
    org_id: str
    status: MembershipStatus
    worker_type: WorkerType
    frontline: bool
    trade_code: str | None
    since: int
    """`membership_seq`: which of the person's memberships this is."""
    skill_grade: SkillGrade | None = None

    @property
    def active(self) -> bool:
        """Has the rights of a member; one who is being transferred keeps them."""
        return self.status in ("active", "transferring")


@dataclass(frozen=True)
class RoleHeld:
    id: str
    actor_id: str
    role: RoleName
    org_id: str
    status: Literal["granted", "revoked"]
    until: date | None = None
    """The last day on which it holds."""
    lapses_on: date | None = None
    """The day after `until`, while it is granted: when it is revoked by the passing of time."""
