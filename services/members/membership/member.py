"""A person's membership 会籍: one person, one stream, one basic union at a time (INV-M1).

Who the person is stands in the vault; here and in events there is only the pseudonym.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Self, assert_never

from shared.events.members.membership import (
    MemberEligibilityChanged,
    MemberJoined,
    MembershipEnded,
    MemberTransferred,
    MemberTransferRefused,
    MemberTransferRequested,
)
from shared.kernel.aggregate import Aggregate
from shared.kernel.refusal import Conflict
from shared.values.words import EndReason, SkillGrade, WorkerType


class NotAMember(Conflict):
    """This person has no membership now; the person has to join first.
    该人员目前没有会籍，请先办理入会。"""


class NoSuchTransfer(Conflict):
    """No transfer of this member to {to_org} is open; request it first, or check the organisation.
    该会员没有转往 {to_org} 的待接收申请，请先申请转会或核对组织。"""


@dataclass(frozen=True)
class Eligibility:
    """What a member is entitled to depends on: no fact that names the person."""

    worker_type: WorkerType
    frontline: bool
    trade_code: str | None = None
    skill_grade: SkillGrade | None = None


@dataclass(frozen=True)
class Member(Aggregate):
    """`org_id` is where the membership is; during a transfer still the old one."""

    status: Literal["new", "active", "transferring", "ended"] = "new"
    to_org: str | None = None
    requested_by: str | None = None
    """Of the open transfer; None if it is not known."""
    refused: tuple[str, str] | None = None
    """Receiver and reason of the transfer that was refused last, until the next one."""
    seq: int = 0
    eligibility: Eligibility | None = None
    since: date = date.min
    """The day from which the eligibility holds."""
    end_reason: EndReason | None = None
    ended_on: date = date.min

    @property
    def member_id(self) -> str:
        return self.id

    def evolve(
        self,
        event: MemberJoined
        | MemberEligibilityChanged
        | MemberTransferRequested
        | MemberTransferred
        | MemberTransferRefused
        | MembershipEnded,
    ) -> Self:
        match event:
            case MemberJoined():
                return self._joined(event)
            case MemberEligibilityChanged():
                return replace(self, eligibility=changed(self.eligibility, event), since=event.effective_on)
            case MemberTransferRequested():
                return replace(
                    self, status="transferring", to_org=event.to_org, requested_by=event.requested_by, refused=None
                )
            case MemberTransferred():
                return replace(self, status="active", org_id=event.to_org, to_org=None, requested_by=None)
            case MemberTransferRefused():
                refused = (event.to_org, event.reason_code)
                return replace(self, status="active", to_org=None, requested_by=None, refused=refused)
            case MembershipEnded():
                return replace(
                    self,
                    status="ended",
                    to_org=None,
                    requested_by=None,
                    end_reason=event.reason,
                    ended_on=event.on,
                )
            case _:
                assert_never(event)

    def _joined(self, event: MemberJoined) -> Self:
        return replace(
            self,
            status="active",
            org_id=event.org_id,
            refused=None,
            seq=event.membership_seq,
            eligibility=Eligibility(event.worker_type, event.frontline, event.trade_code, event.skill_grade),
            since=event.joined_on,
        )


def changed(before: Eligibility | None, event: MemberEligibilityChanged) -> Eligibility:
    """What the event does not name stays."""
    if before is None:
        raise ValueError("eligibility of a member who never joined")
    return Eligibility(
        worker_type=event.worker_type or before.worker_type,
        frontline=before.frontline if event.frontline is None else event.frontline,
        trade_code=event.trade_code or before.trade_code,
        skill_grade=event.skill_grade or before.skill_grade,
    )
