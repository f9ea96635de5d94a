"""What the players know: the commands that were accepted, and what must follow from them.

Nothing here is taken from events or views; the checks compare those with this.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.demo.contest import Contest
    from deploy.demo.voices import Voice


@dataclass
class Activity:
    id: str
    org_id: str
    capacity: int
    account_id: str
    enrolled: dict[str, bool] = field(default_factory=dict)
    """Members whose enrolment was accepted, and whether there was a seat at once."""
    left: set[str] = field(default_factory=set)
    """Those of them who cancelled, or whose membership ended before it began."""
    attended: set[str] = field(default_factory=set)
    budget_fen: int = 0
    """What was approved; 0 if nobody did."""
    cost_fen: int = 0

    @property
    def borne(self) -> bool:
        """Whether the cost comes out of an approved budget."""
        return self.cost_fen <= self.budget_fen

    @property
    def seated(self) -> list[str]:
        """Members of whom it is known that they have a seat; those who moved up are not among them."""
        return [member for member, seat in self.enrolled.items() if seat and member not in self.left]

    @property
    def seats_taken(self) -> int:
        return min(self.capacity, len(self.enrolled) - len(self.left))

    @property
    def waiting(self) -> int:
        return max(0, len(self.enrolled) - len(self.left) - self.capacity)


@dataclass
class Account:
    """Amounts in fen."""

    id: str
    org_id: str
    allocated: int = 0
    granted: dict[str, int] = field(default_factory=dict)
    """By request, as long as it was not taken back."""
    paid: set[str] = field(default_factory=set)
    budgets: dict[str, int] = field(default_factory=dict)
    """Approved for activities that are not over."""
    costs: int = 0
    """Of activities."""

    @property
    def captured(self) -> int:
        return self.costs + sum(self.granted[request] for request in self.paid)

    @property
    def reserved(self) -> int:
        granted = sum(amount for request, amount in self.granted.items() if request not in self.paid)
        return granted + sum(self.budgets.values())

    @property
    def available(self) -> int:
        return self.allocated - self.captured - self.reserved


@dataclass
class Ledger:
    homes: dict[str, str] = field(default_factory=dict)
    """Organisation of each member now."""
    activities: dict[str, Activity] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    """New organisation of those who were transferred."""
    ended: dict[str, list[str]] = field(default_factory=dict)
    """Members whose membership ended, with the activities in which they were enrolled then."""
    came_from: dict[tuple[str, str], str] = field(default_factory=dict)
    """By activity and member, the organisation in which attendance counts."""
    statuses: dict[str, str] = field(default_factory=dict)
    """Of each aid request."""
    voices: dict[str, "Voice"] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    """Member by hardship file."""
    contest: "Contest" = field(init=False)

    @property
    def active(self) -> Counter[str]:
        """Members by organisation."""
        return Counter(org for member, org in self.homes.items() if member not in self.ended)

    @property
    def participants(self) -> Counter[str]:
        """Distinct members who came to anything, by the organisation they came from."""
        return Counter(org for _, org in {(member, org) for (_, member), org in self.came_from.items()})
