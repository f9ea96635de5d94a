"""Limits as versioned data 标准, and what each member has had of a yearly one."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from shared.kernel.event import DataClass, Event
from shared.values.ids import ActorId, AidId, Concerned, Id, Jurisdiction, MemberId, OrgId, Reference
from shared.values.money import Fen, PositiveFen
from shared.values.policy import PolicyKind
from shared.values.words import AidType

Year = Annotated[int, Field(ge=2000, le=2099)]


class PolicyLimitChanged(Event):
    """From a date on another figure holds in an organisation or a jurisdiction; earlier versions never change.
    标准调整：自某日起某组织或某地执行新的标准，原版本不变。"""

    data_class: ClassVar[DataClass] = "C0"

    policy_id: Id
    kind: PolicyKind
    cap_fen: Fen
    effective_from: date
    source_ref: Reference
    """The document that sets it."""
    by: ActorId
    org_id: Annotated[OrgId | None, Concerned()] = None
    jurisdiction: Jurisdiction | None = None
    """One of the two."""


class YearlyAllowanceUsed(Event):
    """A grant counts towards what the member may get of this kind of aid in the year, wherever it belongs.
    年度限额占用：一笔救助计入该会员当年同类救助限额，转会后继续累计。"""

    data_class: ClassVar[DataClass] = "C2"

    member_id: MemberId
    org_id: OrgId
    kind: AidType
    year: Year
    request_id: AidId
    amount_fen: PositiveFen
    limit_ref: Id


class YearlyAllowanceFreed(Event):
    """A grant that was taken back does not count any more.
    年度限额恢复：被撤销的救助不再计入年度限额。"""

    data_class: ClassVar[DataClass] = "C2"

    member_id: MemberId
    org_id: OrgId
    kind: AidType
    year: Year
    request_id: AidId
    amount_fen: PositiveFen
