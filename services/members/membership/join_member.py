"""Admit a person to a basic union:  POST /members  ->  MemberJoined"""

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from pydantic import Field

from services.members.membership.member import Eligibility, Member
from services.members.organisation.organisation import Organisation, must_hold_members
from services.members.service import service
from shared.events.members.membership import MemberJoined
from shared.kernel.refusal import Conflict, Invalid
from shared.kernel.work import Command, Work
from shared.values.ids import Code, OrgId
from shared.values.person import EmployeeNo, IdNumber, Mobile, PersonName, born
from shared.values.roles import Role
from shared.values.words import SkillGrade, WorkerType

YOUNGEST = 16
"""Years that a worker is old at the least (Labour Law 劳动法 art. 15)."""
EARLIEST = 1900
"""The year before which nobody was born who can join."""


class PersonForm(Command):
    """Name, ID number, phone and employee number go to the vault and nowhere else."""

    org_id: OrgId
    name: PersonName = Field(repr=False)
    id_number: IdNumber = Field(repr=False)
    worker_type: WorkerType
    frontline: bool
    phone: Mobile | None = Field(default=None, repr=False)
    employee_no: EmployeeNo | None = Field(default=None, repr=False)
    trade_code: Code | None = None
    skill_grade: SkillGrade | None = None

    @property
    def eligibility(self) -> Eligibility:
        return Eligibility(self.worker_type, self.frontline, self.trade_code, self.skill_grade)

    def personal(self) -> dict[str, str]:
        """What the vault keeps."""
        fields = self.model_dump(include={"name", "id_number", "phone", "employee_no"}, exclude_none=True)
        return {name: str(value) for name, value in fields.items()}


class JoinMember(PersonForm):
    joined_on: date | None = None
    """Today if not given."""


class AlreadyMember(Conflict):
    """This person is a member in {org_id} already; request a transfer instead of joining again.
    该人员已是 {org_id} 的会员，不能重复入会，请办理会籍接转。"""


class JoinsInFuture(Invalid):
    """The day of joining {joined_on} has not come; name today or an earlier day.
    入会日期 {joined_on} 尚未到来，请填写今天或更早的日期。"""


class JoinsTooYoung(Invalid):
    """By the ID number this person was not {youngest} yet on the day of joining; compare the number with the
    card, and correct the day.
    按证件号码推算，该人员在入会日期未满 {youngest} 周岁，请与证件核对并更正入会日期。"""


class BirthNotPossible(Invalid):
    """The date of birth in the ID number is before {earliest} or still to come; compare the number with the card.
    证件号码中的出生日期早于 {earliest} 年或尚未到来，请与证件核对。"""


class JoinsBeforeEnd(Invalid):
    """This person's former membership ended on {ended_on}; name that day or a later one.
    该人员原会籍已于 {ended_on} 终止，入会日期请填写该日或之后的日期。"""


def join(member: Member, command: JoinMember, organisation: Organisation, on: date) -> Iterator[MemberJoined]:
    joined_on = command.joined_on or on
    must_fit_the_day(command.id_number, joined_on, on)
    yield from admit(member, command.eligibility, organisation, joined_on, on)


def admit(
    member: Member, worker: Eligibility, organisation: Organisation, joined_on: date, on: date
) -> Iterator[MemberJoined]:
    must_be_free_to_join(member, organisation, joined_on, on)
    yield MemberJoined(
        member_id=member.id,
        org_id=organisation.id,
        joined_on=joined_on,
        worker_type=worker.worker_type,
        frontline=worker.frontline,
        membership_seq=member.seq + 1,
        trade_code=worker.trade_code,
        skill_grade=worker.skill_grade,
    )


def must_be_free_to_join(member: Member, organisation: Organisation, joined_on: date, on: date) -> None:
    match member.status:
        case "new" | "ended":
            pass
        case "active" | "transferring":
            raise AlreadyMember(org_id=member.org_id)
        case _:
            assert_never(member.status)
    must_hold_members(organisation)
    must_have_come(joined_on, on)
    if joined_on < member.ended_on:
        raise JoinsBeforeEnd(ended_on=member.ended_on.isoformat())


def must_have_come(joined_on: date, on: date) -> None:
    if joined_on > on:
        raise JoinsInFuture(joined_on=joined_on.isoformat())


def must_fit_the_day(id_number: str, joined_on: date, on: date) -> None:
    """Raises JoinsInFuture, BirthNotPossible, JoinsTooYoung."""
    must_have_come(joined_on, on)
    birth = born(id_number)
    if birth.year < EARLIEST or birth > on:
        raise BirthNotPossible(earliest=EARLIEST)
    if (joined_on.year - YOUNGEST, joined_on.month, joined_on.day) < (birth.year, birth.month, birth.day):
        raise JoinsTooYoung(youngest=YOUNGEST)


@service.post("/members", role=Role.ADMIN | Role.CHAIR, org=(Organisation, "org_id"), sensitive=True)
async def post(command: JoinMember, work: Work) -> None:
    organisation = await work.state(Organisation, command.org_id)
    person = f"person:{work.vault.fingerprint(command.id_number)}"
    member_id = await work.reserve(person, work.new_id())
    await work.change(Member, member_id, lambda member: join(member, command, organisation, work.today))
    await work.vault.store(work, member_id, command.personal())
