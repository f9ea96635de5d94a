"""How many working days a case may take 诉求时限, by class: what an organisation or one above it has set, else DEFAULT.

Policy data: the three classes of 12351 and the four of State Grid Nantong have limits of their own, and no source read
so far gives the days; the defaults are ours, to be confirmed with the customer (DOMAIN 9.2 d).

In a year whose calendar is not known yet the days are Monday to Friday: a worker is heard at the end of December too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import NamedTuple, Self, get_args

from shared.events.welfare.voice import CaseTermSet
from shared.kernel.aggregate import Aggregate
from shared.kernel.authority import OrganisationUnknownHere
from shared.kernel.work import Work
from shared.values.org_path import OrgPath
from shared.values.voice import CaseTerm
from shared.values.working_days import after_working_days

DEFAULT: Mapping[CaseTerm, int] = MappingProxyType(
    {"urgent": 1, "general": 5, "difficult": 15, "complex": 20, "rating": 5}
)
TERMS: tuple[CaseTerm, ...] = get_args(CaseTerm)


class Version(NamedTuple):
    valid_from: date
    working_days: int


@dataclass(frozen=True)
class CaseTerms(Aggregate):
    """Its id is the organisation's. Versions are never changed; a later one of the same day counts."""

    versions: tuple[tuple[CaseTerm, Version], ...] = ()

    def evolve(self, event: CaseTermSet) -> Self:
        version = (event.term, Version(event.valid_from, event.working_days))
        return replace(self, org_id=event.org_id, versions=(*self.versions, version))

    def on(self, term: CaseTerm, day: date) -> int | None:
        """The working days that hold on a day; None if nothing has been set by then."""
        begun = [(version.valid_from, place) for place, (of, version) in self._of(term) if version.valid_from <= day]
        return self.versions[max(begun)[1]][1].working_days if begun else None

    def _of(self, term: CaseTerm) -> Iterator[tuple[int, tuple[CaseTerm, Version]]]:
        return ((place, one) for place, one in enumerate(self.versions) if one[0] == term)


def upwards(path: OrgPath) -> list[str]:
    """An organisation and those above it, nearest first."""
    return path.strip("/").split("/")[::-1]


async def term_of(org_id: str, term: CaseTerm, work: Work, on: date | None = None) -> int:
    """The working days that hold in an organisation on a day (today)."""
    path = work.directory.path(org_id)
    if path is None:
        raise OrganisationUnknownHere(org_id=org_id)
    for one in upwards(path):
        terms = await work.state(CaseTerms, one)
        if days := terms.on(term, on or work.today):
            return days
    return DEFAULT[term]


def term_ends(start: date, working_days: int) -> date:
    """The last day of a term, as it is promised on the day that it begins: it does not move when a calendar comes."""
    return after_working_days(start, working_days, provisional=True)
