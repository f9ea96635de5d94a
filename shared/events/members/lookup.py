"""Who looked a member up by the ID number: the record of it stands beside the membership, and names nobody."""

from datetime import date
from typing import ClassVar

from shared.kernel.event import DataClass, Event
from shared.values.ids import ActorId, MemberId, OrgId


class MemberLookedUp(Event):
    """A member was found by the number on the identity card; the number itself was not kept.
    会员查找：经办人按证件号码查找了会员，证件号码本身不留存。"""

    data_class: ClassVar[DataClass] = "C2"

    member_id: MemberId
    org_id: OrgId
    """Where the membership is."""
    by: ActorId
    on: date
