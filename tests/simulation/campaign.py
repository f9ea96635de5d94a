"""Many seeds one after the other, and the account of the first one that breaks something."""

import time
from collections import Counter

from tests.simulation.planted import Plant
from tests.simulation.world import Story, play

SHOWN = 400
"""Lines of a failing seed's trace, from its end; `--seed X --trace` prints all of it."""


class Campaign:
    def __init__(self, first: int = 0, seeds: int | None = None, seconds: float | None = None) -> None:
        self._first, self._seeds, self._seconds = first, seeds, seconds
        self.played = 0
        self.failed: Story | None = None
        self._imagined = self._took = 0.0
        self._counts: Counter[str] = Counter()

    def run(self) -> None:
        """Until the seeds or the seconds are used up, or something is broken."""
        began = time.monotonic()
        try:
            while self.played != self._seeds and not (self._seconds and time.monotonic() - began >= self._seconds):
                story = play(self._first + self.played)
                self.played += 1
                self._imagined += story.seconds
                self._counts.update(story.counts)
                if story.broken:
                    self.failed = story
                    break
        finally:
            self._took = time.monotonic() - began

    def summary(self) -> str:
        each = 1000 * self._took / max(self.played, 1)
        what = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(self._counts.items()))
        return (
            f"{self.played} seeds from {self._first} in {self._took:.1f} s ({each:.0f} ms each), "
            f"{self._imagined:.0f} s of imagined time: {what}"
        )

    def account(self) -> str:
        """What happened in the seed that failed: it is played again, exactly."""
        assert self.failed is not None
        again = play(self.failed.seed, tracing=True)
        same = "" if again.broken == self.failed.broken else "\nIT DID NOT FAIL THE SAME WAY AGAIN"
        broken = "\n".join(f"BROKEN: {what}" for what in self.failed.broken)
        trace = "\n".join(line[:300] for line in again.trace[-SHOWN:])
        replay = f"python -m tests.simulation --seed {self.failed.seed} --trace"
        return f"{trace}\nseed {self.failed.seed}\n{broken}{same}\n{replay}"


def search(plant: Plant, seeds: int, seconds: float, first: int = 0) -> tuple[int | None, str]:
    """The first seed that finds a planted bug, and what it says."""
    parts, until = plant.parts(), time.monotonic() + seconds
    for seed in range(first, first + seeds):
        if time.monotonic() > until:
            break
        if (story := play(seed, parts)).broken:
            return seed, story.broken[0]
    return None, ""
