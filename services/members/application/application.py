"""An application for membership 入会申请: submitted, then approved, rejected or withdrawn.

Name and numbers stand in the vault under the pseudonym that the person will have as a member.
"""

from dataclasses import dataclass, replace
from typing import Literal, Self, assert_never
from uuid import UUID, uuid5

from services.members.membership.member import Eligibility
from shared.events.members.application import (
    MembershipApplicationApproved,
    MembershipApplicationRejected,
    MembershipApplicationWithdrawn,
    MembershipApplied,
)
from shared.kernel.aggregate import Aggregate
from shared.kernel.refusal import Conflict

OWN = UUID("1f4fbf0e-3a3f-4c0e-9c5f-5b9d1f0a7c21")


class NotSubmitted(Conflict):
    """The application is {status}, and only one that waits for a decision is decided or withdrawn; have the person
    apply anew.
    入会申请状态为 {status}，仅待审批的申请可以办理，请由本人或经办人重新提出申请。"""


@dataclass(frozen=True)
class Application(Aggregate):
    status: Literal["new", "submitted", "approved", "rejected", "withdrawn"] = "new"
    member_id: str = ""
    entered_by: str = ""
    eligibility: Eligibility | None = None
    reason_code: str = ""

    def evolve(
        self,
        event: MembershipApplied
        | MembershipApplicationApproved
        | MembershipApplicationRejected
        | MembershipApplicationWithdrawn,
    ) -> Self:
        match event:
            case MembershipApplied():
                return replace(
                    self,
                    status="submitted",
                    org_id=event.org_id,
                    member_id=event.member_id,
                    entered_by=event.entered_by,
                    eligibility=Eligibility(event.worker_type, event.frontline, event.trade_code, event.skill_grade),
                )
            case MembershipApplicationApproved():
                return replace(self, status="approved")
            case MembershipApplicationRejected():
                return replace(self, status="rejected", reason_code=event.reason_code)
            case MembershipApplicationWithdrawn():
                return replace(self, status="withdrawn")
            case _:
                assert_never(event)


def own_application(member_id: str) -> str:
    """One at a time for one who applies for oneself."""
    return str(uuid5(OWN, member_id))
