"""A batch of persons admitted at once 批量入会, and what became of each row."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Self

from services.members.membership.member import Eligibility, Member
from shared.events.members.application import AdmittedRow, MembersAdmitted
from shared.kernel.aggregate import Aggregate
from shared.values.words import AdmissionOutcome


@dataclass(frozen=True)
class Admitted:
    """What is answered about a batch."""

    id: str
    org_id: str
    """Below which all of them are."""
    on: date
    rows: tuple[AdmittedRow, ...]


@dataclass(frozen=True)
class Admission(Aggregate):
    told: bytes = b""
    """The event as it was, since hundreds of batches are remembered and few are asked for."""

    def evolve(self, event: MembersAdmitted) -> Self:
        return replace(self, org_id=event.org_id, told=event.model_dump_json(exclude_none=True).encode())

    @property
    def answer(self) -> Admitted:
        event = MembersAdmitted.model_validate_json(self.told)
        return Admitted(self.id, self.org_id, event.on, event.rows)


def as_it_is(member: Member, org_id: str, said: Eligibility) -> AdmissionOutcome | None:
    """What a row says of one who is a member already; None if the person is not."""
    if member.status not in ("active", "transferring"):
        return None
    if member.org_id != org_id:
        return "elsewhere"
    return "unchanged" if says_the_same(said, member.eligibility) else "differs"


def says_the_same(said: Eligibility, known: Eligibility | None) -> bool:
    """A trade or a grade that a row does not name stays as it is."""
    if known is None:
        return False
    said = replace(
        said, trade_code=said.trade_code or known.trade_code, skill_grade=said.skill_grade or known.skill_grade
    )
    return said == known
