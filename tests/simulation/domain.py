"""Two small services to be simulated: halls sell seats, funds pay for each one sold.

Nothing here forgives a repetition that the kernel ought to prevent: a payment is made whenever the reaction runs, a
history grows whenever an event is folded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self, assert_never

from shared.kernel.aggregate import Aggregate
from shared.kernel.event import Event, Meta
from shared.kernel.refusal import Conflict
from shared.kernel.service import Service
from shared.kernel.work import NotYet, Work

HALLS, FUNDS = "simulated-halls", "simulated-funds"


class HallOpened(Event, owner=HALLS):
    """A hall opened. 场馆开放。"""

    hall_id: str
    seats: int


class SeatTaken(Event, owner=HALLS):
    """A seat was taken. 座位已占。"""

    hall_id: str
    ticket: str
    guest: str


class SeatFreed(Event, owner=HALLS):
    """A seat is free again. 座位释放。"""

    hall_id: str
    ticket: str
    guest: str


class FundOpened(Event, owner=FUNDS):
    """A fund opened. 基金设立。"""

    fund_id: str
    budget: int


class Paid(Event, owner=FUNDS):
    """A ticket was paid for. 已支付票款。"""

    fund_id: str
    ticket: str


class NotPaid(Event, owner=FUNDS):
    """There was no money left for a ticket. 余额不足，未支付。"""

    fund_id: str
    ticket: str


class Full(Conflict):
    """There are not so many seats left.
    余座不足。"""


class NotThere(Conflict):
    """This ticket is not one of this hall.
    该票不属于本场馆。"""


class NameTaken(Conflict):
    """Another hall has this guest's name.
    该姓名已被其他场馆登记。"""


@dataclass(frozen=True)
class Hall(Aggregate):
    seats: int = 0
    taken: tuple[tuple[str, str], ...] = ()
    """Tickets and their guests."""

    def evolve(self, event: HallOpened | SeatTaken | SeatFreed) -> Self:
        match event:
            case HallOpened():
                return replace(self, seats=event.seats)
            case SeatTaken():
                return replace(self, taken=(*self.taken, (event.ticket, event.guest)))
            case SeatFreed():
                return replace(self, taken=tuple(one for one in self.taken if one[0] != event.ticket))
            case _:
                assert_never(event)


@dataclass(frozen=True)
class Fund(Aggregate):
    budget: int = 0
    paid: int = 0

    def evolve(self, event: FundOpened | Paid | NotPaid) -> Self:
        match event:
            case FundOpened():
                return replace(self, budget=event.budget)
            case Paid():
                return replace(self, paid=self.paid + 1)
            case NotPaid():
                return self
            case _:
                assert_never(event)


def open_hall(hall: Hall, seats: int) -> Iterator[HallOpened]:
    if not hall.seats:
        yield HallOpened(hall_id=hall.id, seats=seats)


def take(hall: Hall, tickets: Sequence[str], guest: str) -> Iterator[SeatTaken]:
    if len(hall.taken) + len(tickets) > hall.seats:
        raise Full()
    for ticket in tickets:
        yield SeatTaken(hall_id=hall.id, ticket=ticket, guest=guest)


def free(hall: Hall, ticket: str) -> Iterator[SeatFreed]:
    for known, guest in hall.taken:
        if known == ticket:
            yield SeatFreed(hall_id=hall.id, ticket=ticket, guest=guest)
            return
    raise NotThere()


def open_fund(fund: Fund, budget: int) -> Iterator[FundOpened]:
    if not fund.budget:
        yield FundOpened(fund_id=fund.id, budget=budget)


def pay(fund: Fund, ticket: str) -> Iterator[Paid | NotPaid]:
    if not fund.budget:
        raise NotYet(fund.id)
    kind = Paid if fund.paid < fund.budget else NotPaid
    yield kind(fund_id=fund.id, ticket=ticket)


@dataclass(frozen=True)
class HallCard:
    """Of each hall, everything that happened in its order."""

    id: str
    history: str = ""


@dataclass(frozen=True)
class Guest:
    """Of each guest, over all halls: two processes may write it."""

    id: str
    seats: int = 0
    changes: int = 0


@dataclass(frozen=True)
class Sales:
    """Of everything, by source partition."""

    id: str
    taken: int = 0
    freed: int = 0


@dataclass(frozen=True)
class FundCard:
    """Of each fund, everything that happened in its order."""

    id: str
    history: str = ""


@dataclass(frozen=True)
class Account:
    """Of each guest, what was taken and what was answered: fed by the topics of both services."""

    id: str
    taken: int = 0
    answered: int = 0


def fund_of(guest: str) -> str:
    return f"fund-{guest}"


def halls() -> Service:
    service = Service(HALLS, views_version=1)

    @service.view(HallCard, key="hall_id", by_subject=True)
    def hall_card(view: HallCard | None, event: HallOpened | SeatTaken | SeatFreed, meta: Meta) -> HallCard:
        view = view or HallCard(event.hall_id)
        match event:
            case HallOpened():
                what = "opened"
            case SeatTaken():
                what = f"+{event.ticket}"
            case SeatFreed():
                what = f"-{event.ticket}"
        return replace(view, history=f"{view.history} {meta.sequence}:{what}")

    @service.view(Guest, key="guest")
    def guest(view: Guest | None, event: SeatTaken | SeatFreed) -> Guest:
        view = view or Guest(event.guest)
        return replace(view, seats=view.seats + (1 if isinstance(event, SeatTaken) else -1), changes=view.changes + 1)

    @service.tally(Sales, key=lambda event: "all")
    def sales(view: Sales | None, event: SeatTaken | SeatFreed) -> Sales:
        view = view or Sales("all")
        if isinstance(event, SeatTaken):
            return replace(view, taken=view.taken + 1)
        return replace(view, freed=view.freed + 1)

    return service


def funds() -> Service:
    service = Service(FUNDS, views_version=1)

    @service.view(FundCard, key="fund_id", by_subject=True)
    def fund_card(view: FundCard | None, event: FundOpened | Paid | NotPaid, meta: Meta) -> FundCard:
        view = view or FundCard(event.fund_id)
        match event:
            case FundOpened():
                what = "opened"
            case Paid():
                what = f"+{event.ticket}"
            case NotPaid():
                what = f"!{event.ticket}"
        return replace(view, history=f"{view.history} {meta.sequence}:{what}")

    @service.view(Account, key=lambda event: event.guest if isinstance(event, SeatTaken) else event.fund_id[5:])
    def account(view: Account | None, event: SeatTaken | Paid | NotPaid) -> Account:
        if isinstance(event, SeatTaken):
            view = view or Account(event.guest)
            return replace(view, taken=view.taken + 1)
        view = view or Account(event.fund_id[5:])
        return replace(view, answered=view.answered + 1)

    @service.reaction
    async def pay_for_seat(event: SeatTaken, work: Work) -> None:
        await work.change(Fund, fund_of(event.guest), lambda fund: pay(fund, event.ticket))

    return service
