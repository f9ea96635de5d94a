"""What became of every event after a peer was killed and started again."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.kernel.ports import Document
from tests.bench.peers.cards import History
from tests.bench.peers.charged import Meals
from tests.bench.peers.peer import Peer


@dataclass(frozen=True)
class Account:
    killed_at: int
    """Events whose effect could be seen just before."""
    lost: int
    twice: int | None
    """None for one that keeps no count."""
    rewritten: int
    """Writes of what had been written before."""
    back: int
    """Writes that took a card back to an earlier meal, or meals folded that were not the next one."""

    @property
    def clean(self) -> bool:
        return not (self.lost or self.twice or self.rewritten or self.back)


def account(
    peer: Peer, meals: Meals, killed_at: int, cards: Mapping[str, Document], history: History, updates: int
) -> Account:
    """`updates` is how many the server was asked for: one that writes the same again leaves no other trace."""
    disorder = sum(card.get("disorder", 0) for card in cards.values())
    back = max(history.back, disorder)
    if not peer.folds:
        missing = sum(count - len(history.shown.get(card_id, ())) for card_id, count in meals.numbers.items())
        return Account(killed_at, missing, None, max(history.rewritten, updates - meals.count), back)
    lost = twice = 0
    for card_id, count in meals.numbers.items():
        card = cards.get(card_id, {})
        more = card.get("charges", 0) - count
        swapped = not more and card.get("spent") != meals.spent[card_id]
        lost += max(0, -more) + swapped
        twice += max(0, more) + swapped
    return Account(killed_at, lost, twice, history.rewritten, back)
