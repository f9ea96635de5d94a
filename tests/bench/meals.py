"""Meals charged to cards: the events that projector and relay are measured with, and the view folded from them.

A body has 337 bytes as in the trials; the headers are those of the kernel.
"""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from shared.kernel.cloudevents import encode
from shared.kernel.event import Event
from shared.kernel.ports import Commit
from shared.kernel.service import Service

BODY = 337
"""Bytes."""


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


def canteen(name: str) -> Service:
    service = Service(name, views_version=1)

    @service.view(Card, key="card_id", by_subject=True)
    def card(view: Card | None, event: MealCharged) -> Card:
        view = view or Card(event.card_id)
        return replace(view, charges=view.charges + 1, spent=view.spent + event.amount, last=event.amount)

    return service


def charges(count: int, cards: int, topic: str, source: str) -> Iterator[Commit]:
    """Commits of one event each, un-numbered, with cards in random order: always the same ones."""
    chance = random.Random(337)
    ids = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(cards)]
    versions = dict.fromkeys(ids, 0)
    for _ in range(count):
        card_id = chance.choice(ids)
        versions[card_id] += 1
        yield _charge(card_id, versions[card_id], chance.randrange(100, 3_000), topic, source)


def _charge(card_id: str, version: int, amount: int, topic: str, source: str) -> Commit:
    commit_id, event_id, at = str(uuid.uuid4()), str(uuid.uuid4()), datetime.now(UTC).isoformat()
    event = MealCharged(
        card_id=card_id,
        meal_id=event_id,
        org_id="S07-B3",
        canteen="C-03",
        terminal="T-0117",
        amount=amount,
        subsidy=500,
        on=date(2026, 11, 23),
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
        org_path="/G/S07/S07-B3/",
        actor="till:T-0117",
        correlation=commit_id,
        causation="",
        trace=None,
    )
    return Commit(commit_id, f"Card:{card_id}", version, (wire,), at, "till:T-0117", commit_id)
