"""How far it goes: what a run takes the time and the disk for."""

from dataclasses import dataclass, replace
from typing import Self

from tests.bench.scale.growing_town import Town


@dataclass(frozen=True)
class Sizes:
    events: int = 3_000_000
    """Of a group of a third as many members, folded from a topic; looked at after a tenth, a third and all of them.
    Each needs some 1.2 kB of disk, and 0.3 ms for filling and folding twice."""
    log_events: int = 1_000_000
    """In the log on which the services are started, and whose members are asked for."""
    subsidiaries: int = 200
    large: int = 100_000
    """Members of the subtree that is asked for."""
    large_unions: int = 500
    """Basic unions among which they are spread."""
    stream: int = 100_000
    """Events of a long stream, a fund account."""
    streams: int = 3
    commands: int = 600
    """To long streams that are remembered, and as many to fresh ones."""
    restarts: int = 5
    """Of a process, for its first commands and for the time until it is ready."""
    pages: int = 300
    """Of each query."""

    def quick(self) -> Self:
        """Enough to see that everything works and adds up, and no figure worth a look."""
        few = {"subsidiaries": 4, "large": 300, "large_unions": 220, "stream": 1_200, "streams": 1}
        return replace(self, events=30_000, log_events=2_400, commands=20, restarts=1, pages=10, **few)

    @property
    def town(self) -> Town:
        return Town(self.subsidiaries, self.large, self.large_unions)
