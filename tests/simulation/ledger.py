"""The driver's list of what was asked and answered, and what follows from it alone.

Expected values come from here, never from the event stream: who was told that a seat is theirs has it, once; who was
told that the hall is full was told so while it could have been.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.kernel.refusal import Refused
from shared.kernel.work import Outcome, reply
from tests.simulation.domain import HALLS, Full, NameTaken, NotThere


@dataclass
class Order:
    """One command, however often it is sent."""

    id: str
    kind: str
    """open, fund, take, name, free or move."""
    hall: str
    """The fund for `fund`; where a move begins."""
    tickets: tuple[str, ...] = ()
    """Taken by it; of a move the one taken in `to`."""
    guest: str = ""
    freed: str = ""
    """Ticket freed by it."""
    to: str = ""
    amount: int = 0
    began: int = 0
    ended: int = 0
    """When it was answered for good; 0: not yet."""
    accepted: dict[str, Any] | None = None
    """The reply."""
    commits: tuple[str, ...] = ()
    refused: bool = False
    unsure: bool = False
    """An attempt at it was not answered."""

    @property
    def into(self) -> str:
        """The hall that its tickets are for."""
        return self.to or self.hall


@dataclass
class Ledger:
    now: Callable[[], int]
    broken: Callable[[str], None]
    orders: list[Order] = field(default_factory=list)
    seats: dict[str, int] = field(default_factory=dict)
    budgets: dict[str, int] = field(default_factory=dict)

    def place(self, order: Order) -> Order:
        order.began = self.now()
        self.orders.append(order)
        return order

    # -- answers --------------------------------------------------------------------------------------------------

    def accepted(self, order: Order, outcome: Outcome) -> None:
        if not outcome.commits:
            if order.kind not in ("open", "fund"):
                self.broken(f"{order.id} was answered without any effect")
            return
        order.unsure = False
        told = reply(outcome.commits[0])
        if order.accepted is None:
            order.accepted, order.ended = told, self.now()
        elif order.accepted != told:
            self.broken(f"{order.id} was answered twice, differently: {order.accepted} and {told}")
        if not outcome.replayed and len(outcome.commits) > len(order.commits):
            order.commits = tuple(commit.id for commit in outcome.commits)
        elif not order.commits:
            order.commits = (outcome.commits[0].id,)
        self._within_seats(order)

    def _within_seats(self, order: Order) -> None:
        """Seats that are surely taken now; those that somebody tries to free may be free."""
        hall = order.into
        if hall in self.seats:
            tried = {one.freed for one in self.orders if one.freed and not one.refused}
            surely = [t for one in self._takers(hall) if one.accepted for t in one.tickets if t not in tried]
            if len(surely) > self.seats[hall]:
                self.broken(f"{hall} has {self.seats[hall]} seats and sold {sorted(surely)}")

    def refused(self, order: Order, refusal: Refused, began: int) -> None:
        """An attempt that began then was refused: that must have been true at some time until now."""
        match refusal:
            case Full():
                taken = [t for one in self._takers(order.into) if one is not order for t in one.tickets]
                gone = {one.freed for one in self.orders if one.accepted and one.ended < began}
                possibly = [ticket for ticket in taken if ticket not in gone]
                lawful = len(possibly) + len(order.tickets) > self.seats[order.into]
            case NotThere():
                lawful = any(one.freed == order.freed and one is not order and not one.refused for one in self.orders)
            case NameTaken():
                lawful = any(
                    one.kind == "name" and one.guest == order.guest and one.hall != order.hall and not one.refused
                    for one in self.orders
                )
            case _:
                lawful = False
        if not lawful:
            self.broken(
                f"{order.id} ({order.kind} {order.into} {order.tickets or order.freed}) was refused {refusal!r}"
            )

    def _takers(self, hall: str) -> list[Order]:
        return [one for one in self.orders if one.tickets and one.into == hall and not one.refused]

    # -- in the end -----------------------------------------------------------------------------------------------

    def compare(self, views: Callable[[str, str], dict[str, Any]]) -> None:
        """What the views must show, given what was answered. `views` gives a collection's documents by service."""
        done = [order for order in self.orders if order.accepted]
        cards = views(HALLS, "v1_hall_card")
        guests: Counter[str] = Counter()
        changes: Counter[str] = Counter()
        taken = freed = 0
        of_ticket = {ticket: order.guest for order in self.orders for ticket in order.tickets}
        for hall, seats in self.seats.items():
            expected = Counter(f"+{t}" for order in done if order.into == hall for t in order.tickets)
            expected.update(f"-{order.freed}" for order in done if order.freed and order.hall == hall)
            expected["opened"] += 1
            self._card(hall, seats, expected, history_of(cards.get(hall)))
            taken += sum(count for what, count in expected.items() if what[0] == "+")
            freed += sum(count for what, count in expected.items() if what[0] == "-")
        for order in done:
            for ticket in order.tickets:
                guests[of_ticket[ticket]] += 1
                changes[of_ticket[ticket]] += 1
            if order.freed:
                guests[of_ticket[order.freed]] -= 1
                changes[of_ticket[order.freed]] += 1
        for hall, number, what in self._known_places(done):
            if history_of(cards.get(hall))[number - 1 :][:1] != [what]:
                self.broken(f"{what} was told to be event {number} of {hall}: {history_of(cards.get(hall))}")
        shown = {name: (one["seats"], one["changes"]) for name, one in views(HALLS, "v1_guest").items()}
        self._same("guests", shown, {name: (guests[name], changes[name]) for name in changes})
        sales = views(HALLS, "v1_sales").values()
        self._same("sales", (sum(s["taken"] for s in sales), sum(s["freed"] for s in sales)), (taken, freed))
        self._names(done)

    def paid(self, views: Callable[[str, str], dict[str, Any]], service: str) -> None:
        """The same for those who react: each ticket is answered once, by money or by the lack of it."""
        done = [order for order in self.orders if order.accepted]
        tickets = {ticket: order.guest for order in done for ticket in order.tickets}
        cards = views(service, "v1_fund_card")
        for fund, budget in self.budgets.items():
            history = history_of(cards.get(fund))
            wanted = sorted(ticket for ticket, guest in tickets.items() if f"fund-{guest}" == fund)
            self._same(fund, sorted(what[1:] for what in history[1:]), wanted)
            paid = [what for what in history[1:] if what[0] == "+"]
            if len(paid) > budget or any(what[0] == "!" for what in history[1 : budget + 1]):
                self.broken(f"{fund} has {budget}: {history}")
        asked = Counter(tickets.values())
        shown = {name: (one["taken"], one["answered"]) for name, one in views(service, "v1_account").items()}
        self._same("accounts", shown, {guest: (count, count) for guest, count in asked.items()})

    def in_order(self, position: Callable[[str], int]) -> None:
        """Who began after another was answered comes after it in the log."""
        done = [order for order in self.orders if order.accepted and order.commits]
        for service in (True, False):
            ours = [order for order in done if (order.kind == "fund") is service]
            latest, name = 0, ""
            events = [(order.began, 1, order) for order in ours] + [(order.ended, 0, order) for order in ours]
            for _, begins, order in sorted(events, key=lambda event: event[:2]):
                first = min(position(commit) for commit in order.commits)
                if begins and first < latest:
                    self.broken(f"{order.id} began after {name} was answered and has position {first} < {latest}")
                if not begins and max(position(commit) for commit in order.commits) > latest:
                    latest, name = max(position(commit) for commit in order.commits), order.id

    def _card(self, hall: str, seats: int, expected: Counter[str], history: Sequence[str]) -> None:
        self._same(hall, sorted(history), sorted(expected.elements()))
        occupied = 0
        for what in history:
            occupied += (what[0] == "+") - (what[0] == "-")
            if not 0 <= occupied <= seats:
                self.broken(f"{hall} has {seats} seats: {history}")
                return

    def _known_places(self, done: Sequence[Order]) -> list[tuple[str, int, str]]:
        """Hall, number and content of the events that the replies tell of."""
        found = []
        for order in done:
            if order.kind != "fund" and order.accepted is not None:
                for number, event in enumerate(order.accepted["events"]):
                    kind = event["type"].rpartition(".")[2]
                    ticket = f"-{order.freed}" if kind == "SeatFreed" else ""
                    what = ticket or (f"+{order.tickets[number]}" if order.tickets else "opened")
                    found.append((event["subject"], event["sequence"], what))
        return found

    def _names(self, done: Sequence[Order]) -> None:
        for guest in {order.guest for order in done if order.kind == "name"}:
            halls = {order.hall for order in done if order.kind == "name" and order.guest == guest}
            if len(halls) > 1:
                self.broken(f"the name {guest} belongs to {sorted(halls)}")

    def _same(self, what: str, shown: Any, wanted: Any) -> None:
        if shown != wanted:
            self.broken(f"{what}: {shown} is shown, {wanted} was answered")


def history_of(card: Any) -> list[str]:
    return [entry.partition(":")[2] for entry in card["history"].split()] if card else []
