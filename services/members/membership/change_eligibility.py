"""Change what a member is entitled by:  POST /members/{member_id}/eligibility  ->  MemberEligibilityChanged"""

from collections.abc import Iterator
from datetime import date
from typing import Any, assert_never

from services.members.membership.member import Member, NotAMember, changed
from services.members.service import service
from shared.events.members.membership import MemberEligibilityChanged
from shared.kernel.refusal import Conflict, Invalid
from shared.kernel.work import Command, Work
from shared.values.ids import Code, MemberId
from shared.values.roles import Role
from shared.values.words import SkillGrade, WorkerType


class ChangeEligibility(Command):
    """What is not given stays as it is."""

    worker_type: WorkerType | None = None
    frontline: bool | None = None
    trade_code: Code | None = None
    skill_grade: SkillGrade | None = None
    effective_on: date | None = None
    """Today if not given."""


class TakesEffectLater(Invalid):
    """The day {effective_on} has not come; record the change on that day.
    生效日期 {effective_on} 尚未到来，请于当日办理。"""


class ChangedSince(Conflict):
    """A later state, in force since {since}, is on record; name that day or a later one.
    已登记自 {since} 起生效的信息，请填写该日或之后的日期。"""


def change(member: Member, command: ChangeEligibility, on: date) -> Iterator[MemberEligibilityChanged]:
    match member.status:
        case "active" | "transferring":
            pass
        case "new" | "ended":
            raise NotAMember()
        case _:
            assert_never(member.status)
    event = MemberEligibilityChanged(
        member_id=member.id,
        org_id=member.org_id,
        effective_on=command.effective_on or on,
        **_different(member, command),
    )
    if changed(member.eligibility, event) == member.eligibility:
        return
    if event.effective_on > on:
        raise TakesEffectLater(effective_on=event.effective_on.isoformat())
    if event.effective_on < member.since:
        raise ChangedSince(since=member.since.isoformat())
    yield event


def _different(member: Member, command: ChangeEligibility) -> dict[str, Any]:
    given = command.model_dump(exclude_none=True, exclude={"effective_on"})
    return {name: value for name, value in given.items() if value != getattr(member.eligibility, name)}


@service.post("/members/{member_id}/eligibility", role=Role.UNION, org=(Member, "member_id"), sensitive=True)
async def post(member_id: MemberId, command: ChangeEligibility, work: Work) -> None:
    await work.change(Member, member_id, lambda member: change(member, command, work.today))
