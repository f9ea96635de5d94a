"""A campaign: rounds of faults on a seeded schedule while commands go on; then peace, and what must hold."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median

from rich.console import Console
from rich.table import Table

from deploy.demo.checks import Check
from deploy.roster.api import signer
from tests.faults.book import Book
from tests.faults.checks import checks
from tests.faults.driver import Driver
from tests.faults.evidence import Found
from tests.faults.faults import FAULTS, Times
from tests.faults.world import World

SHOWN = 8
"""Of what is wrong, for each check."""
WARM = 5.0
"""Seconds of commands before the first fault."""
STOPPED_WITHIN = 150.0


@dataclass(frozen=True)
class Plan:
    seed: int
    rounds: int = 1
    minutes: float | None = None
    """No new round begins after so long; rounds do not count then."""
    kinds: Sequence[str] = tuple(FAULTS)
    times: Times = field(default_factory=Times)

    def schedule(self) -> Iterator[tuple[int, str]]:
        """Every kind once in a round, in an order that the seed gives."""
        began, number = time.monotonic(), 0
        while number < self.rounds if self.minutes is None else time.monotonic() - began < 60 * self.minutes:
            number += 1
            kinds = list(self.kinds)
            Random(f"{self.seed} {number}").shuffle(kinds)
            for kind in kinds:
                yield number, kind


@dataclass
class Outcome:
    faults: Counter[str] = field(default_factory=Counter)
    rounds: int = 0
    recoveries: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Seconds from the end of each fault, by kind."""
    known: Counter[str] = field(default_factory=Counter)
    found: Found = field(default_factory=Found)
    checks: list[Check] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        return bool(self.checks) and all(check.holds for check in self.checks)


async def campaign(plan: Plan, folder: Path, say: Callable[[str], None]) -> Outcome:
    """Raises NotRecovered, if the world does not come back from a fault."""
    began, outcome = time.monotonic(), Outcome()
    async with World.made(folder, plan.seed, say) as world:
        say(f"the stack is up: {len(world.processes)} processes, {sum(map(len, world.cast.members.values()))} members")
        book = Book(folder / "commands.jsonl")
        driver = Driver(world.stack.service_urls, signer(world.stack.state), book, world.cast, plan.seed)
        driving = asyncio.create_task(driver.run())
        try:
            await asyncio.sleep(WARM)
            for number, kind in plan.schedule():
                await _one(world, kind, Random(f"{plan.seed} {number} {kind}"), plan.times, outcome)
                outcome.rounds = number
                say(f"  recovered after {outcome.recoveries[kind][-1]:.1f} s; {_commands(book)}")
                await asyncio.wait([driving], timeout=plan.times.calm)
                if driving.done():
                    driving.result()
            driver.stop()
            async with asyncio.timeout(STOPPED_WITHIN):
                await driving
        finally:
            driving.cancel()
            await asyncio.gather(driving, return_exceptions=True)
            book.close()
        say(f"peace: {_commands(book)}")
        outcome.known.update(book.known)
        async for check in checks(world, book.file, outcome.found):
            outcome.checks.append(check)
            for line in told(check):
                say(line)
    outcome.seconds = time.monotonic() - began
    return outcome


async def _one(world: World, kind: str, chance: Random, times: Times, outcome: Outcome) -> None:
    await FAULTS[kind](world, chance, times)
    outcome.faults[kind] += 1
    outcome.recoveries[kind].append(await world.recovered())


def _commands(book: Book) -> str:
    return f"{book.written} commands: " + ", ".join(f"{count} {known}" for known, count in sorted(book.known.items()))


def told(check: Check) -> list[str]:
    wrong = [f"        {line}" for line in check.wrong[:SHOWN]]
    more = [f"        and {len(check.wrong) - SHOWN} more"] if len(check.wrong) > SHOWN else []
    return [f"{'ok    ' if check.holds else 'WRONG '}  {check.what}", *wrong, *more]


def show(outcome: Outcome, plan: Plan, console: Console) -> None:
    """The table of a campaign."""
    table = Table(box=None, pad_edge=False)
    for heading in ("fault", "times", "recovered after p50, s", "at most, s"):
        table.add_column(heading, justify="left" if heading == "fault" else "right")
    for kind, times in outcome.faults.items():
        seconds = outcome.recoveries[kind]
        table.add_row(kind, str(times), f"{median(seconds):.1f}", f"{max(seconds):.1f}")
    every = [second for seconds in outcome.recoveries.values() for second in seconds] or [0.0]
    total = outcome.faults.total()
    table.add_row(f"all, seed {plan.seed}", str(total), f"{median(every):.1f}", f"{max(every):.1f}")
    console.print(table)
    known, found = outcome.known, outcome.found
    console.print(
        f"{outcome.rounds} rounds, {total} faults, {outcome.seconds / 60:.1f} minutes; "
        f"commands: {known['accepted']:,} accepted, {known['ambiguous']:,} ambiguous, {known['refused']:,} refused; "
        f"{found.events:,} events: {found.lost} lost, {found.twice} twice, {found.out_of_order} out of order; "
        f"quiet {found.quiet_after:.1f} s after the last command"
    )
