"""Who may do what: the roles of a trade-union group (DOMAIN section 6)."""

from enum import Flag, auto
from typing import Literal, get_args


class Role(Flag):
    """One role or several (`Role.CADRE | Role.SELF`); each is held for a subtree, until a date."""

    GROUP_ADMIN = auto()
    SUBSIDIARY_ADMIN = auto()
    CHAIR = auto()
    CADRE = auto()
    FINANCE = auto()
    FUND_AUDIT = auto()
    JUDGE = auto()
    DELEGATE = auto()
    MEDIATOR = auto()
    OBJECTION_DESK = auto()
    DATA_PROTECTION = auto()
    OPERATOR = auto()
    DOWNSTREAM = auto()
    SELF = auto()
    """Nobody grants it: a member acting on what is its own (`actor.id == member_id`)."""

    ADMIN = GROUP_ADMIN | SUBSIDIARY_ADMIN
    UNION = GROUP_ADMIN | SUBSIDIARY_ADMIN | CHAIR | CADRE
    """Whoever works for the union at any level."""
    FIRST_APPROVER = CHAIR
    SECOND_APPROVER = GROUP_ADMIN | SUBSIDIARY_ADMIN

    @classmethod
    def named(cls, name: str) -> "Role":
        """The role of that name as `RoleGranted` spells it; KeyError if there is none."""
        return cls[name]


RoleName = Literal[
    "GROUP_ADMIN",
    "SUBSIDIARY_ADMIN",
    "CHAIR",
    "CADRE",
    "FINANCE",
    "FUND_AUDIT",
    "JUDGE",
    "DELEGATE",
    "MEDIATOR",
    "OBJECTION_DESK",
    "DATA_PROTECTION",
    "OPERATOR",
    "DOWNSTREAM",
]

GRANTABLE: tuple[RoleName, ...] = get_args(RoleName)

GROUP_ONLY: frozenset[RoleName] = frozenset({"GROUP_ADMIN", "DATA_PROTECTION", "OPERATOR"})
"""Held for the whole group or not at all."""

BELOW_GROUP: frozenset[RoleName] = frozenset({"SUBSIDIARY_ADMIN"})
"""Never held for the whole group."""
