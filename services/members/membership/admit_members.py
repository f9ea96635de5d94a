"""Admit many persons at once:  POST /admissions  ->  MembersAdmitted, MemberJoined each

Every rule of `POST /members` holds for every row; a row that cannot stand leaves the others standing, and its outcome
says why. What became of them is read at `GET /admissions/{admission_id}`; where every row is a member just as it says,
nothing happens at all.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pydantic import Field

from services.members.membership.admission import Admission, Admitted, as_it_is
from services.members.membership.join_member import (
    JoinMember,
    JoinsBeforeEnd,
    join,
    must_be_free_to_join,
    must_fit_the_day,
)
from services.members.membership.member import Member
from services.members.organisation.organisation import Organisation
from services.members.service import service
from shared.events.members.application import AdmittedRow, MembersAdmitted
from shared.events.members.membership import MemberJoined
from shared.kernel.refusal import Forbidden, Invalid, Refused
from shared.kernel.work import Command, Work
from shared.values.ids import AdmissionId, OrgId
from shared.values.org_path import contains
from shared.values.roles import Role

LARGEST = 200
"""Rows of a batch."""


class AdmitMembers(Command):
    org_id: OrgId
    """Below which all of them are."""
    rows: tuple[JoinMember, ...] = Field(min_length=1, max_length=LARGEST, repr=False)


class SamePerson(Invalid):
    """This person stands in an earlier row of the same batch; keep one of the two rows.
    该人员已在同一批次的前一行出现，请保留其中一行。"""


class OutsideBatch(Forbidden):
    """The organisation {org_id} is not below the one in whose name the batch is admitted; admit its members in a batch
    of its own.
    组织 {org_id} 不在本批次所属组织之下，请将其会员另作一批办理。"""


@dataclass(frozen=True)
class Row:
    """A row with the pseudonym that stands for its person, and where it wants to belong."""

    command: JoinMember
    member_id: str
    organisation: Organisation


def wrong(command: JoinMember, organisation: Organisation, top: Organisation, on: date) -> Refused | None:
    """Why not even a newcomer could join by this row."""
    try:
        if organisation.path and not contains(top.path, organisation.path):
            raise OutsideBatch(org_id=organisation.id)
        must_be_free_to_join(Member("newcomer"), organisation, command.joined_on or on, on)
        must_fit_the_day(command.id_number, command.joined_on or on, on)
    except Refused as refused:
        return refused
    return None


def decide(member: Member, row: Row, on: date) -> tuple[AdmittedRow, tuple[MemberJoined, ...]]:
    command = row.command
    if outcome := as_it_is(member, command.org_id, command.eligibility):
        elsewhere = member.org_id if outcome == "elsewhere" else None
        return AdmittedRow(outcome=outcome, member_id=member.id, org_id=elsewhere), ()
    try:
        if member.status == "ended" and command.joined_on is None:
            raise JoinsBeforeEnd(ended_on=member.ended_on.isoformat())
        events = tuple(join(member, command, row.organisation, on))
    except Refused as refused:
        former = member.id if member.status == "ended" else None
        return AdmittedRow(outcome="refused", member_id=former, code=refused.code), ()
    return AdmittedRow(outcome="joined", member_id=member.id), events


def record(new: Admission, org_id: str, rows: Sequence[AdmittedRow], on: date) -> Iterator[MembersAdmitted]:
    """Nothing if nothing was to be done: the same batch twice is one."""
    if not new.told and any(row.outcome != "unchanged" for row in rows):
        yield MembersAdmitted(admission_id=new.id, org_id=org_id, rows=tuple(rows), on=on)


@service.post("/admissions", role=Role.ADMIN | Role.CHAIR, org=(Organisation, "org_id"), sensitive=True)
async def post(command: AdmitMembers, work: Work) -> None:
    admission_id = work.new_id()
    await work.state(Admission, admission_id)  # opened first: its commit is the answer
    top = await work.state(Organisation, command.org_id)
    places = {code: await _looked_up(code, work) for code in sorted({row.org_id for row in command.rows})}
    sound: dict[str, Row] = {}
    outcomes: list[AdmittedRow | str] = []
    for row in command.rows:
        person = f"person:{work.vault.fingerprint(row.id_number)}"
        refused = SamePerson() if person in sound else wrong(row, places[row.org_id], top, work.today)
        if not refused:
            sound[person] = Row(row, work.new_id(), places[row.org_id])
        outcomes.append(AdmittedRow(outcome="refused", code=refused.code) if refused else person)
    decided = dict(
        zip(sound, await _together(_admitted(person, row, work) for person, row in sound.items()), strict=True)
    )
    rows = [decided[one] if isinstance(one, str) else one for one in outcomes]
    await work.change(Admission, admission_id, lambda new: record(new, command.org_id, rows, work.today))


async def _looked_up(org_id: str, work: Work) -> Organisation:
    """What is not established in memory is looked up again: a row is not refused from memory."""
    organisation = await work.state(Organisation, org_id)
    if organisation.status != "established":
        organisation = await work.change(Organisation, org_id, lambda _: ())
    return organisation


async def _admitted(person: str, row: Row, work: Work) -> AdmittedRow:
    row = replace(row, member_id=await work.reserve(person, row.member_id))
    outcome = AdmittedRow(outcome="refused")

    def decision(member: Member) -> Iterator[MemberJoined]:
        nonlocal outcome
        outcome, events = decide(member, row, work.today)
        yield from events

    await work.change(Member, row.member_id, decision)
    if outcome.outcome == "joined":
        await work.vault.store(work, row.member_id, row.command.personal())
    return outcome


async def _together(acts: Iterable[Coroutine[Any, Any, AdmittedRow]]) -> list[AdmittedRow]:
    """All to their end, since they share the unit of work; then the first failure of them."""
    outcomes: list[AdmittedRow] = []
    for done in await asyncio.gather(*acts, return_exceptions=True):
        if isinstance(done, BaseException):
            raise done
        outcomes.append(done)
    return outcomes


@service.get("/admissions/{admission_id}", role=Role.ADMIN | Role.CHAIR, org=(Admission, "admission_id"))
async def get(admission_id: AdmissionId, work: Work) -> Admitted:
    """From its own stream, so that it is there at once."""
    return (await work.state(Admission, admission_id)).answer
