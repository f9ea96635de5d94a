"""What there is to judge a campaign by: the driver's own file, the topics, and the world as it stands."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.book import Command
from tests.faults.facts import Fact, Facts
from tests.faults.world import World


@dataclass
class Found:
    """Numbers for the table."""

    lost: int = 0
    twice: int = 0
    out_of_order: int = 0
    quiet_after: float = 0.0
    events: int = 0


@dataclass
class Evidence:
    """What there is to judge by."""

    world: World
    file: Path
    found: Found = field(default_factory=Found)
    book: list[Command] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)

    def happened(self, kind: str) -> Iterator[tuple[Command, list[Fact]]]:
        """Commands of a kind that took effect, as the topics tell; for certain ones that is checked apart."""
        for command in self.book:
            facts = self.facts.direct.get(command.intent.correlation)
            if command.intent.kind == kind and facts:
                yield command, facts
