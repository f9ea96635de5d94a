"""Who may do what: the roles of a trade-union group (DOMAIN section 6)."""

from enum import Flag, auto


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
    FIRST_APPROVER = CHAIR
    SECOND_APPROVER = GROUP_ADMIN | SUBSIDIARY_ADMIN

    @classmethod
    def named(cls, name: str) -> "Role":
        """The role of that name as `RoleGranted` spells it; KeyError if there is none."""
        return cls[name]


GRANTABLE = tuple(role.name for role in Role if role is not Role.SELF and role.name)
