"""Take on a worker's concern:  POST /cases  ->  CaseOpened, CaseAboutSomebody

What was said stays where it was said (the hotline's own system): here are its class and its time, no text.
"""

from collections.abc import Callable, Iterator
from datetime import date

from services.welfare.aid.aid import MemberUnknownHere
from services.welfare.service import service
from services.welfare.voice.case import Case
from services.welfare.voice.case_about import CaseAbout, name_people
from services.welfare.voice.case_terms import term_ends, term_of
from shared.directory.entries import Membership
from shared.events.welfare.voice import CaseOpened
from shared.kernel.authority import OrganisationUnknownHere
from shared.kernel.refusal import Conflict
from shared.kernel.work import Command, Work
from shared.values.ids import MemberId, OrgId
from shared.values.org_path import OrgPath, contains
from shared.values.roles import Role
from shared.values.voice import About, CaseCategory, Urgency

PathOf = Callable[[str], OrgPath | None]


class OpenCase(Command):
    org_id: OrgId
    """The member's organisation, or one above it: who is to answer."""
    category: CaseCategory
    urgency: Urgency
    member_id: MemberId | None = None
    """Whose concern it is; left out by a cadre for somebody who does not say who it is."""
    about: About = ()


class AboutYourself(Conflict):
    """Nobody takes on a complaint about oneself; leave it to somebody else.
    反映本人的诉求不能由本人受理或提出，请由他人办理。"""


class MembershipOver(Conflict):
    """This person's membership has ended; a cadre can take the case without naming the person.
    该人员会籍已终止；可由经办人以不署名方式受理。"""


class OtherUnion(Conflict):
    """The membership is not in {org_id} or below it; name the member's organisation or one above it.
    该会员的会籍不在 {org_id} 及其下级，请填写会籍所在工会或其上级。"""


def open_case(
    new: Case, command: OpenCase, membership: Membership | None, path_of: PathOf, days: int, by: str, on: date
) -> Iterator[CaseOpened]:
    """`days`: the working days that its class may take here."""
    if new.status != "new":
        return
    if {by, command.member_id} & set(command.about):
        raise AboutYourself()
    if command.member_id is not None:
        must_be_below(command.org_id, membership, path_of)
    due_on = term_ends(on, days)
    yield CaseOpened(
        case_id=new.id,
        org_id=command.org_id,
        category=command.category,
        urgency=command.urgency,
        opened_on=on,
        due_on=due_on,
        escalates_on=term_ends(due_on, 1),
        guarded=bool(command.about),
        member_id=command.member_id,
    )


def must_be_below(org_id: str, membership: Membership | None, path_of: PathOf) -> None:
    if membership is None:
        raise MemberUnknownHere()
    if not membership.active:
        raise MembershipOver()
    scope, place = path_of(org_id), path_of(membership.org_id)
    if scope is None or place is None:
        raise OrganisationUnknownHere(org_id=org_id if scope is None else membership.org_id)
    if not contains(scope, place):
        raise OtherUnion(org_id=org_id)


async def take_on(command: OpenCase, work: Work) -> None:
    membership = await work.directory.membership(command.member_id) if command.member_id else None
    days, path_of = await term_of(command.org_id, command.urgency, work), work.directory.path
    case = await work.change(
        Case,
        work.new_id(),
        lambda new: open_case(new, command, membership, path_of, days, work.actor.id, work.today),
    )
    if command.about:
        await work.change(CaseAbout, case.id, lambda about: name_people(about, case.org_id, command.about))


@service.post("/cases", role=Role.UNION | Role.SELF, org="org_id", sensitive=True)
async def post(command: OpenCase, work: Work) -> None:
    await take_on(command, work)
