"""Who is complained about 被反映人: neither handles nor sees the case (INV-W13). Read from the log, which never trails,
and published on the confidential topic alone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from services.welfare.voice.case import Case
from shared.events.welfare.voice import CaseAboutSomebody
from shared.kernel.aggregate import Aggregate
from shared.kernel.refusal import Conflict, NotFound
from shared.kernel.work import Work


class MayNotHandle(Conflict):
    """{handler_id} cannot handle this case; name somebody else.
    {handler_id} 不能经办该诉求，请另行指定经办人。"""


@dataclass(frozen=True)
class CaseAbout(Aggregate):
    """Its id is the case's."""

    people: frozenset[str] = frozenset()

    def evolve(self, event: CaseAboutSomebody) -> Self:
        return replace(self, org_id=event.org_id, people=self.people | set(event.about))

    def must_not_be(self, actor_id: str) -> None:
        """For whoever is complained about there is no such case."""
        if actor_id in self.people:
            raise NotFound()

    def must_not_handle(self, handler_id: str) -> None:
        if handler_id in self.people:
            raise MayNotHandle(handler_id=handler_id)


def name_people(about: CaseAbout, org_id: str, people: tuple[str, ...]) -> Iterator[CaseAboutSomebody]:
    new = [person for person in dict.fromkeys(people) if person not in about.people]
    if new:
        yield CaseAboutSomebody(case_id=about.id, org_id=org_id, about=tuple(new))


async def people_of(case_id: str, work: Work) -> CaseAbout:
    """As it is in the log, never as a process remembers it."""
    return await work.change(CaseAbout, case_id, lambda _: ())


async def about_of(case_id: str, work: Work) -> CaseAbout:
    """Refused to those people themselves: NotFound.

    The case is opened before: whoever is named from here on is named in its stream too (`CaseGuarded`), so a step that
    was decided without that person conflicts."""
    await work.state(Case, case_id)
    about = await people_of(case_id, work)
    about.must_not_be(work.actor.id)
    return about
