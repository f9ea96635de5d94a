"""Members 会员: organisations 工会组织, memberships 会籍, authority 授权. Here stands everything it can do."""

from services.members.authority import expire_role, grant_role, revoke_role, roles_held
from services.members.membership import (
    accept_transfer,
    end_membership,
    join_member,
    member_card,
    membership_rate,
    recall_transfer,
    refuse_transfer,
    request_transfer,
)
from services.members.organisation import establish_organisation, found_group, organisation_tree, report_headcount
from services.members.service import service

__all__ = [
    "accept_transfer",
    "end_membership",
    "establish_organisation",
    "expire_role",
    "found_group",
    "grant_role",
    "join_member",
    "member_card",
    "membership_rate",
    "organisation_tree",
    "recall_transfer",
    "refuse_transfer",
    "report_headcount",
    "request_transfer",
    "revoke_role",
    "roles_held",
    "service",
]
