"""Many seeds one after the other, and the account of the first one that breaks something."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import suppress
from itertools import count
from multiprocessing import get_context

from tests.simulation.planted import Plant
from tests.simulation.world import Story, play

SHOWN = 400
"""Lines of a failing seed's trace, from its end; `--seed X --trace` prints all of it."""
CHUNK = 50
"""Seeds that a process is given at once."""


class Campaign:
    def __init__(
        self, first: int = 0, seeds: int | None = None, seconds: float | None = None, processes: int = 1
    ) -> None:
        self._first, self._seeds, self._seconds, self._processes = first, seeds, seconds, processes
        self.played = 0
        self.failed: Story | None = None
        self._imagined = self._took = 0.0
        self._counts: Counter[str] = Counter()

    def run(self) -> None:
        """Until the seeds or the seconds are used up, or something is broken."""
        began = time.monotonic()
        ends = None if self._seconds is None else began + self._seconds
        try:
            if self._processes > 1:
                self._together(ends)
            else:
                self._alone(ends)
        finally:
            self._took = time.monotonic() - began

    def _all(self) -> Iterator[int]:
        return iter(count(self._first) if self._seeds is None else range(self._first, self._first + self._seeds))

    def _alone(self, ends: float | None) -> None:
        for seed in self._all():
            self._note(play(seed))
            if self.failed or _over(ends):
                return

    def _together(self, ends: float | None) -> None:
        seeds, running = self._all(), set[Future[list[Story]]]()
        with ProcessPoolExecutor(self._processes, get_context("spawn")) as pool:
            while not (self.failed or _over(ends)):
                while len(running) < 2 * self._processes and (
                    chunk := [seed for _, seed in zip(range(CHUNK), seeds, strict=False)]
                ):
                    running.add(pool.submit(_played, chunk, ends))
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for one in done:
                    self._take(one)
            for one in running:
                one.cancel()
            for one in running:
                if not one.cancelled():
                    self._take(one)

    def _take(self, one: "Future[list[Story]]") -> None:
        for story in one.result():
            self._note(story)

    def _note(self, story: Story) -> None:
        self.played += 1
        self._imagined += story.seconds
        self._counts.update(story.counts)
        if story.broken and (self.failed is None or story.seed < self.failed.seed):
            self.failed = story

    def summary(self) -> str:
        each = 1000 * self._took * self._processes / max(self.played, 1)
        what = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in sorted(self._counts.items()))
        return (
            f"{self.played} seeds from {self._first} in {self._took:.0f} s ({each:.0f} ms each), "
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


def _played(seeds: list[int], ends: float | None) -> list[Story]:
    """A process's part of it; `monotonic` is the machine's, so that all end together."""
    stories: list[Story] = []
    with suppress(KeyboardInterrupt):
        for seed in seeds:
            if _over(ends):
                break
            stories.append(play(seed))
            if stories[-1].broken:
                break
    return stories


def _over(ends: float | None) -> bool:
    return ends is not None and time.monotonic() >= ends


def search(plant: Plant, seeds: int, seconds: float, first: int = 0) -> tuple[int | None, str]:
    """The first seed that finds a planted bug, and what it says."""
    parts, ends = plant.parts(), time.monotonic() + seconds
    for seed in range(first, first + seeds):
        if _over(ends):
            break
        if (story := play(seed, parts)).broken:
            return seed, story.broken[0]
    return None, ""
