"""A small service for proofs about the kernel: a till of tickets, with a view of each kind."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self, assert_never

from shared.kernel.aggregate import Aggregate
from shared.kernel.event import Event
from shared.kernel.refusal import Conflict
from shared.kernel.service import Service


class TillOpened(Event, owner="toy"):
    """A till opened. 柜台开放。"""

    till_id: str
    tickets: int


class TicketSold(Event, owner="toy"):
    """A ticket was sold. 售出一张票。"""

    till_id: str
    buyer: str
    number: int


class TicketReturned(Event, owner="toy"):
    """A ticket came back. 退回一张票。"""

    till_id: str
    buyer: str


class SoldOut(Conflict):
    """All tickets are sold.
    票已售完。"""


class NotSold(Conflict):
    """This buyer has no ticket.
    该购票人没有票。"""


@dataclass(frozen=True)
class Till(Aggregate):
    tickets: int = 0
    buyers: frozenset[str] = frozenset()
    sold: int = 0

    def evolve(self, event: TillOpened | TicketSold | TicketReturned) -> Self:
        match event:
            case TillOpened():
                return replace(self, tickets=event.tickets)
            case TicketSold():
                return replace(self, buyers=self.buyers | {event.buyer}, sold=event.number)
            case TicketReturned():
                return replace(self, buyers=self.buyers - {event.buyer})
            case _:
                assert_never(event)


def open_till(till: Till, tickets: int) -> Iterator[TillOpened]:
    if not till.tickets:
        yield TillOpened(till_id=till.id, tickets=tickets)


def sell(till: Till, *buyers: str) -> Iterator[TicketSold]:
    new = [buyer for buyer in buyers if buyer not in till.buyers]
    if len(till.buyers) + len(new) > till.tickets:
        raise SoldOut()
    for number, buyer in enumerate(new, till.sold + 1):
        yield TicketSold(till_id=till.id, buyer=buyer, number=number)


def take_back(till: Till, buyer: str) -> Iterator[TicketReturned]:
    if buyer not in till.buyers:
        raise NotSold()
    yield TicketReturned(till_id=till.id, buyer=buyer)


@dataclass(frozen=True)
class TillCard:
    """Of each till, in the order of its events: what a wrong order or a repetition would spoil."""

    id: str
    tickets: int = 0
    history: str = ""


@dataclass(frozen=True)
class Bought:
    """Of each buyer, over all tills."""

    id: str
    tickets: int = 0


@dataclass(frozen=True)
class Sales:
    """Of everything."""

    id: str
    sold: int = 0
    returned: int = 0


def toy(name: str, views_version: int = 1) -> Service:
    service = Service(name, views_version=views_version)

    @service.view(TillCard, key="till_id")
    def till_card(view: TillCard | None, event: TillOpened | TicketSold | TicketReturned) -> TillCard:
        view = view or TillCard(event.till_id)
        match event:
            case TillOpened():
                return replace(view, tickets=event.tickets, history=f"{view.history}o")
            case TicketSold():
                if event.buyer == "poison":
                    raise ValueError("this buyer is poison")
                return replace(view, history=f"{view.history} +{event.number}")
            case TicketReturned():
                return replace(view, history=f"{view.history} -")

    @service.view(Bought, key="buyer")
    def bought(view: Bought | None, event: TicketSold | TicketReturned) -> Bought:
        view = view or Bought(event.buyer)
        return replace(view, tickets=view.tickets + (1 if isinstance(event, TicketSold) else -1))

    @service.tally(Sales, key=lambda event: "all")
    def sales(view: Sales | None, event: TicketSold | TicketReturned) -> Sales:
        view = view or Sales("all")
        if isinstance(event, TicketSold):
            return replace(view, sold=view.sold + 1)
        return replace(view, returned=view.returned + 1)

    return service
