"""Meals charged to cards: the events that projector and relay are measured with, and the view folded from them.

A body has 337 bytes as in the trials; the headers are those of the kernel.
"""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Literal

from shared.kernel.cloudevents import encode
from shared.kernel.event import Event
from shared.kernel.ports import Commit
from shared.kernel.service import Service

BODY = 337
"""Bytes."""
ORGANISATIONS = 200


class MealCharged(Event, owner="bench"):
    """A meal was charged to a card. 刷卡就餐。"""

    card_id: str
    meal_id: str
    org_id: str
    canteen: str
    terminal: str
    amount: int
    subsidy: int
    on: date
    receipt: str


@dataclass(frozen=True)
class Card:
    id: str
    charges: int = 0
    spent: int = 0
    last: int = 0


@dataclass(frozen=True)
class Subsidy:
    """What a card was given towards its meals."""

    id: str
    given: int = 0
    until: date | None = None


@dataclass(frozen=True)
class Takings:
    """Of an organisation, or of a canteen on a day."""

    id: str
    meals: int = 0
    amount: int = 0


@dataclass(frozen=True)
class Terminal:
    """The last charge that a terminal has seen, whatever the card."""

    id: str
    card_id: str = ""
    charges: int = 0


Kept = Literal["one", "five", "tally"]


def canteen(name: str, kept: Kept = "one") -> Service:
    """A service that keeps one view by card; the tally of two hundred organisations; or five views: two by card, two
    tallies, and one of terminals, to which all partitions contribute."""
    service = Service(name, views_version=1)

    def card(view: Card | None, event: MealCharged) -> Card:
        view = view or Card(event.card_id)
        return replace(view, charges=view.charges + 1, spent=view.spent + event.amount, last=event.amount)

    def subsidy(view: Subsidy | None, event: MealCharged) -> Subsidy:
        view = view or Subsidy(event.card_id)
        return replace(view, given=view.given + event.subsidy, until=event.on)

    def takings(view: Takings, event: MealCharged) -> Takings:
        return replace(view, meals=view.meals + 1, amount=view.amount + event.amount)

    def days(view: Takings, event: MealCharged) -> Takings:
        return replace(view, meals=view.meals + 1, amount=view.amount + event.amount)

    def terminal(view: Terminal | None, event: MealCharged) -> Terminal:
        view = view or Terminal(event.terminal)
        return replace(view, card_id=event.card_id, charges=view.charges + 1)

    if kept != "tally":
        service.view(Card, key="card_id", by_subject=True)(card)
    if kept != "one":
        service.tally(Takings, key="org_id")(takings)
    if kept == "five":
        service.view(Subsidy, key="card_id", by_subject=True)(subsidy)
        service.tally(Takings, key=lambda event: f"{event.canteen}:{event.on}")(days)
        service.view(Terminal, key="terminal")(terminal)
    return service


def charges(count: int, cards: int, topic: str, source: str) -> Iterator[Commit]:
    """Commits of one event each, un-numbered, with cards in random order: always the same ones."""
    chance = random.Random(337)
    ids = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(cards)]
    versions = dict.fromkeys(ids, 0)
    for _ in range(count):
        card_id = chance.choice(ids)
        versions[card_id] += 1
        yield _charge(
            card_id, versions[card_id], chance.randrange(100, 3_000), chance.randrange(ORGANISATIONS), topic, source
        )


def _charge(card_id: str, version: int, amount: int, place: int, topic: str, source: str) -> Commit:
    commit_id, event_id, at = str(uuid.uuid4()), str(uuid.uuid4()), datetime.now(UTC).isoformat()
    event = MealCharged(
        card_id=card_id,
        meal_id=event_id,
        org_id=f"S{place // 10:02}-B{place % 10}",
        canteen=f"C-{place % 50:02}",
        terminal=f"T-{place * 2 + version % 2:04}",
        amount=amount,
        subsidy=500,
        on=date(2026, 11, 1 + version % 30),
        receipt="",
    )
    event = event.model_copy(update={"receipt": "r" * (BODY - len(event.model_dump_json()))})
    wire = encode(
        event,
        event_id=event_id,
        topic=topic,
        source=source,
        subject=card_id,
        at=at,
        sequence=version,
        commit_id=commit_id,
        org_path=f"/G/S{place // 10:02}/{event.org_id}/",
        actor=f"till:{event.terminal}",
        correlation=commit_id,
        causation="",
        trace=None,
    )
    return Commit(commit_id, f"Card:{card_id}", version, (wire,), at, f"till:{event.terminal}", commit_id)
