"""Every row of a book becomes a command, or is told why not. The same file again changes nothing."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from deploy.roster.api import each
from deploy.roster.fault import Fault
from deploy.takeover.book import Book
from deploy.takeover.clerk import Clerk, Declined, Outcome

AT_ONCE = 8
"""Rows on their way."""


@dataclass
class Brought:
    """What became of the rows."""

    name: str
    counted: Counter[Outcome] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def counts(self) -> dict[Outcome, int]:
        """A rejected row counts once, however many of its cells are wrong."""
        rejected = len({fault.row for fault in self.faults})
        return {"created": self.counted["created"], "unchanged": self.counted["unchanged"], "rejected": rejected}

    def document(self) -> dict[str, Any]:
        """The report: counts and reasons, nothing about a person."""
        return {self.name: self.counts(), "rejected": [fault.document() for fault in self.faults]}


def foreseen(book: Book[Any], today: date, known: set[str]) -> Brought:
    """As far as it shows from here: what a service would say is not told."""
    brought = Brought(book.kind.name)
    for _, line in book.lines(today, known):
        if isinstance(line, tuple):
            brought.faults.extend(line)
        else:
            brought.counted["created"] += 1
    return brought


async def bring_in(
    book: Book[Any], clerk: Clerk, today: date, known: set[str], done: Callable[[], None] = lambda: None
) -> Brought:
    """`done` is called after each row."""
    brought = Brought(book.kind.name)

    async def one(item: tuple[int, Any]) -> None:
        number, line = item
        try:
            if isinstance(line, tuple):
                brought.faults.extend(line)
            else:
                brought.counted[await book.kind.bring(clerk, number, line)] += 1
        except Declined as declined:
            brought.faults.append(declined.fault(book.kind.sheet, number))
        done()

    await each(book.lines(today, known), one, AT_ONCE)
    brought.faults.sort(key=lambda fault: fault.row)
    return brought
