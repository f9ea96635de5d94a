"""Go on with a case that ran in another system:  POST /cases/imports  ->  CaseOpened, CaseAssigned, CaseAboutSomebody

Its days are those that were promised there. The same number in the same organisation is the same case.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Self
from uuid import NAMESPACE_URL, uuid5

from pydantic import model_validator

from services.welfare.service import service
from services.welfare.voice.assign_case import AssignCase, assign
from services.welfare.voice.case import Case
from services.welfare.voice.case_about import CaseAbout, name_people
from services.welfare.voice.case_terms import term_ends
from services.welfare.voice.open_case import AboutYourself, PathOf, must_be_below
from shared.directory.entries import Membership
from shared.events.welfare.voice import CaseAssigned, CaseOpened
from shared.kernel.refusal import Conflict, Invalid
from shared.kernel.work import Command, Work
from shared.values.ids import ActorId, Id, MemberId, OrgId, Reference
from shared.values.roles import Role
from shared.values.voice import About, CaseCategory, Urgency

OLDEST, FURTHEST = timedelta(days=3_653), timedelta(days=731)
"""How long ago an open case was opened, and how far away its answer is promised, at the most: ten years, two years."""


class ImportCase(Command):
    org_id: OrgId
    source_ref: Reference
    category: CaseCategory
    urgency: Urgency
    opened_on: date
    due_on: date
    handler_id: ActorId | None = None
    member_id: MemberId | None = None
    about: About = ()

    @model_validator(mode="after")
    def _due_after_opening(self) -> Self:
        if self.due_on < self.opened_on:
            raise ValueError(
                "A case is due on the day it was opened or later; correct one of the two days.\n"
                "答复期限不得早于受理日期，请更正。"
            )
        return self


class OpensInFuture(Invalid):
    """The day of opening {opened_on} has not come; correct it.
    受理日期 {opened_on} 尚未到来，请更正。"""


class DayTooFar(Invalid):
    """The day {day} is too far from today to be right for a case that is open; correct it.
    日期 {day} 距今过久，与在办诉求不符，请更正。"""


class ImportedOtherwise(Conflict):
    """A case with this number was taken over from {org_id} with other contents; correct it by the steps of a case.
    该编号的诉求已按其他内容从 {org_id} 导入，请通过诉求办理环节更正。"""


def case_id_of(org_id: str, source_ref: str) -> Id:
    return str(uuid5(NAMESPACE_URL, f"gonghui:case:{org_id}:{source_ref}"))


def take_over(
    new: Case, command: ImportCase, membership: Membership | None, path_of: PathOf, by: str, on: date
) -> Iterator[CaseOpened]:
    if {by, command.member_id} & set(command.about):
        raise AboutYourself()
    if command.opened_on > on:
        raise OpensInFuture(opened_on=command.opened_on.isoformat())
    _must_be_near(command, on)
    opened = CaseOpened(
        case_id=new.id,
        escalates_on=term_ends(command.due_on, 1),
        guarded=bool(command.about),
        **command.model_dump(exclude={"handler_id", "about"}),
    )
    if new.status == "new":
        if command.member_id is not None:
            must_be_below(command.org_id, membership, path_of)
        yield opened
    elif new.origin != opened:
        raise ImportedOtherwise(org_id=command.org_id)


def _must_be_near(command: ImportCase, on: date) -> None:
    """A slip in a year is told as what it is, before anything is counted from it."""
    if on - command.opened_on > OLDEST:
        raise DayTooFar(day=command.opened_on.isoformat())
    if command.due_on - on > FURTHEST:
        raise DayTooFar(day=command.due_on.isoformat())


def go_on(case: Case, command: ImportCase, about: CaseAbout, in_office: bool, on: date) -> Iterator[CaseAssigned]:
    """What has gone further since stays as it is."""
    if command.handler_id and case.status == "opened":
        yield from assign(case, AssignCase(handler_id=command.handler_id), about, in_office, on)


@service.post("/cases/imports", role=Role.ADMIN | Role.CHAIR, org="org_id", sensitive=True)
async def post(command: ImportCase, work: Work) -> None:
    case_id = case_id_of(command.org_id, command.source_ref)
    membership = await work.directory.membership(command.member_id) if command.member_id else None
    path_of, by = work.directory.path, work.actor.id
    await work.change(Case, case_id, lambda new: take_over(new, command, membership, path_of, by, work.today))
    about = await work.change(CaseAbout, case_id, lambda about: name_people(about, command.org_id, command.about))
    path, handler = work.directory.path(command.org_id), command.handler_id
    in_office = bool(handler) and work.directory.may(handler, Role.UNION, path, work.today)
    await work.change(Case, case_id, lambda case: go_on(case, command, about, in_office, work.today))
