"""A person's membership 会籍: one person, one stream, one basic union at a time (INV-M1).

Who the person is stands in the vault; here and in events there is only the pseudonym.
"""

from dataclasses import dataclass, replace
from typing import Literal, Self, assert_never

from shared.events.members.membership import (
    MemberJoined,
    MembershipEnded,
    MemberTransferred,
    MemberTransferRefused,
    MemberTransferRequested,
)
from shared.kernel.aggregate import Aggregate
from shared.kernel.refusal import Conflict
from shared.values.words import EndReason


class NotAMember(Conflict):
    """This person has no membership now; the person has to join first.
    该人员目前没有会籍，请先办理入会。"""


class NoSuchTransfer(Conflict):
    """No transfer of this member to {to_org} is open; request it first, or check the organisation.
    该会员没有转往 {to_org} 的待接收申请，请先申请转会或核对组织。"""


@dataclass(frozen=True)
class Member(Aggregate):
    """`org_id` is where the membership is; during a transfer still the old one."""

    status: Literal["new", "active", "transferring", "ended"] = "new"
    to_org: str | None = None
    seq: int = 0
    end_reason: EndReason | None = None

    @property
    def member_id(self) -> str:
        return self.id

    def evolve(
        self,
        event: MemberJoined | MemberTransferRequested | MemberTransferred | MemberTransferRefused | MembershipEnded,
    ) -> Self:
        match event:
            case MemberJoined():
                return replace(self, status="active", org_id=event.org_id, seq=event.membership_seq)
            case MemberTransferRequested():
                return replace(self, status="transferring", to_org=event.to_org)
            case MemberTransferred():
                return replace(self, status="active", org_id=event.to_org, to_org=None)
            case MemberTransferRefused():
                return replace(self, status="active", to_org=None)
            case MembershipEnded():
                return replace(self, status="ended", to_org=None, end_reason=event.reason)
            case _:
                assert_never(event)
