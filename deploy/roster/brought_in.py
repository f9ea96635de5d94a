"""What became of the rows of a roster."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from deploy.roster.fault import Fault
from deploy.roster.sheets import MEMBERS, ORGANISATIONS, Sheet

Outcome = Literal["created", "unchanged", "changed", "rejected"]


@dataclass
class BroughtIn:
    organisations: Counter[Outcome] = field(default_factory=Counter)
    members: Counter[Outcome] = field(default_factory=Counter)
    rejected: list[Fault] = field(default_factory=list)

    def counts(self, sheet: Sheet) -> dict[Outcome, int]:
        """A rejected row counts once, however many of its cells are wrong."""
        counted = self.organisations if sheet is ORGANISATIONS else self.members
        rejected = len({fault.row for fault in self.rejected if fault.sheet == sheet.name})
        return {
            "created": counted["created"],
            "unchanged": counted["unchanged"],
            "changed": counted["changed"],
            "rejected": rejected,
        }

    def sorted(self) -> "BroughtIn":
        self.rejected.sort(key=lambda fault: (fault.sheet != ORGANISATIONS.name, fault.row))
        return self

    def document(self) -> dict[str, Any]:
        """The report: counts and reasons, nothing about a person."""
        return {
            "organisations": self.counts(ORGANISATIONS),
            "members": self.counts(MEMBERS),
            "rejected": [fault.document() for fault in self.rejected],
        }
