"""Say whom a case is about, when that shows later:  POST /cases/{case_id}/about  ->  CaseAboutSomebody, CaseGuarded

Also by the one who has it, of itself: the case is then to be assigned to somebody else.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from pydantic import Field

from services.welfare.service import service
from services.welfare.voice.case import Case
from services.welfare.voice.case_about import CaseAbout, about_of, name_people
from services.welfare.voice.open_case import AboutYourself
from shared.events.welfare.voice import CaseGuarded
from shared.kernel.work import Command, Work
from shared.values.ids import Id
from shared.values.roles import Role
from shared.values.voice import About


class NamePerson(Command):
    about: Annotated[About, Field(min_length=1)]


def guard(case: Case, command: NamePerson, about: CaseAbout, on: date) -> Iterator[CaseGuarded]:
    """Whenever somebody new is named, for who decides on the case meanwhile has to look again (`about_of`)."""
    if case.member_id in command.about:
        raise AboutYourself()
    taken_away = case.status == "assigned" and case.handler in command.about
    if taken_away or not about.people.issuperset(command.about):
        yield CaseGuarded(case_id=case.id, org_id=case.org_id, taken_away=taken_away, on=on)


@service.post("/cases/{case_id}/about", role=Role.UNION, org=(Case, "case_id"), sensitive=True)
async def post(case_id: Id, command: NamePerson, work: Work) -> None:
    known = await about_of(case_id, work)
    case = await work.change(Case, case_id, lambda case: guard(case, command, known, work.today))
    await work.change(CaseAbout, case_id, lambda about: name_people(about, case.org_id, command.about))
