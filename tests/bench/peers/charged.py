"""The events that every peer is given, and the view that ours folds from them.

Meals charged to cards as in `tests.bench.meals`, each with its number among the meals of its card: whoever drops one,
applies one twice or goes back to an earlier one can be told by what it has written.
"""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from shared.kernel.cloudevents import encode, partition_of
from shared.kernel.event import Event
from shared.kernel.ports import Commit
from shared.kernel.service import Service
from shared.kernel.topics import PARTITIONS

BODY = 350
"""Bytes."""


class CardCharged(Event, owner="bench"):
    """A meal was charged to a card; its number tells which of the card's meals. 刷卡就餐（该卡第几次）。"""

    card_id: str
    number: int
    """1, 2, 3 … within its card."""
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
    number: int = 0
    """Of the last meal applied."""
    disorder: int = 0
    """Meals applied that were not the next one."""


def canteen() -> Service:
    service = Service("peers", views_version=1)

    @service.view(Card, key="card_id", by_subject=True)
    def card(view: Card | None, event: CardCharged) -> Card:
        view = view or Card(event.card_id)
        return replace(
            view,
            charges=view.charges + 1,
            spent=view.spent + event.amount,
            number=event.number,
            disorder=view.disorder + (event.number != view.number + 1),
        )

    return service


class Meals:
    """`count` events of `cards` cards in random order, always the same ones."""

    def __init__(self, count: int, cards: int) -> None:
        self.count = count
        chance = random.Random(337)
        ids = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(cards)]
        self._charges = [(chance.choice(ids), chance.randrange(100, 3_000)) for _ in range(count)]
        self.numbers, self.spent = dict[str, int](), dict[str, int]()
        """What there is of each card in the end: meals, and what they cost."""
        last_of: dict[int, str] = {}
        for card_id, amount in self._charges:
            self.numbers[card_id] = self.numbers.get(card_id, 0) + 1
            self.spent[card_id] = self.spent.get(card_id, 0) + amount
            last_of[partition_of(card_id, PARTITIONS)] = card_id
        self.last = {card_id: self.numbers[card_id] for card_id in last_of.values()}
        """The last event of each partition, as card and number: where these have been applied, all have been read."""

    def commits(self, topic: str) -> Iterator[Commit]:
        """Of one event each, un-numbered."""
        numbers = dict.fromkeys(self.numbers, 0)
        for card_id, amount in self._charges:
            numbers[card_id] += 1
            yield _commit(card_id, numbers[card_id], amount, topic)


def _commit(card_id: str, number: int, amount: int, topic: str) -> Commit:
    commit_id, event_id, at = str(uuid.uuid4()), str(uuid.uuid4()), datetime.now(UTC).isoformat()
    event = CardCharged(
        card_id=card_id,
        number=number,
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
        source="/gonghui/bench/1",
        subject=card_id,
        at=at,
        sequence=number,
        commit_id=commit_id,
        org_path="/G/S07/S07-B3/",
        actor="till:T-0117",
        correlation=commit_id,
        causation="",
        trace=None,
    )
    return Commit(commit_id, f"Card:{card_id}", number, (wire,), at, "till:T-0117", commit_id)
