"""A founding 批量建会: many organisations, proposed by one administrator and confirmed by another."""

from dataclasses import dataclass, replace
from typing import Literal, Self, assert_never

from shared.events.members.organisation import FoundingConfirmed, FoundingProposed, ProposedUnit
from shared.kernel.aggregate import Aggregate


@dataclass(frozen=True)
class Founding(Aggregate):
    """`org_id` is the established organisation below which all of them stand."""

    status: Literal["new", "proposed", "confirmed"] = "new"
    units: tuple[ProposedUnit, ...] = ()
    """Parents before what stands below them."""
    proposed_by: str = ""

    def evolve(self, event: FoundingProposed | FoundingConfirmed) -> Self:
        match event:
            case FoundingProposed():
                return replace(
                    self,
                    status="proposed",
                    org_id=event.org_id,
                    units=event.units,
                    proposed_by=event.proposed_by,
                )
            case FoundingConfirmed():
                return replace(self, status="confirmed")
            case _:
                assert_never(event)
