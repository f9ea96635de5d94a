"""What falls due is commanded once for each rule, subject and date, and the business clock moves the day."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Self

import pytest

from shared.kernel import views as documents
from shared.kernel.aggregate import Aggregate
from shared.kernel.clock import ServerClock
from shared.kernel.event import Event
from shared.kernel.log import Busy
from shared.kernel.refusal import Conflict
from shared.kernel.service import Service
from shared.kernel.ticker import AGAIN, Ticker
from shared.kernel.work import Work
from tests.kernel.laboratory import Laboratory, Replica

TODAY = date(2026, 5, 4)


class LoanCalledIn(Event, owner="toy"):
    """A loan that fell due was called in. 借阅到期催还。"""

    loan_id: str
    due: date


class Forbearing(Conflict):
    """Nobody is reminded on this day.
    当日不催还。"""


@dataclass(frozen=True)
class Loan(Aggregate):
    calls: tuple[date, ...] = ()

    def evolve(self, event: LoanCalledIn) -> Self:
        return replace(self, calls=(*self.calls, event.due))


@dataclass(frozen=True)
class DueLoan:
    id: str
    due: date | None = None


@dataclass
class Library:
    """A service with one timer that can be told to misbehave."""

    service: Service
    called: list[tuple[str, date]]
    raises: dict[str, Exception]


def library(name: str) -> Library:
    kept = Library(Service(name, views_version=1), [], {})

    @kept.service.view(DueLoan, key="loan_id")
    def due_loans(view: DueLoan | None, event: LoanCalledIn) -> DueLoan:
        return view or DueLoan(event.loan_id)

    @kept.service.timer(DueLoan, due="due")
    async def call_in(row: DueLoan, due: date, work: Work) -> None:
        kept.called.append((row.id, due))
        if row.id in kept.raises:
            raise kept.raises[row.id]
        await work.change(Loan, row.id, lambda loan: call(loan, due))

    return kept


def call(loan: Loan, due: date) -> Iterator[LoanCalledIn]:
    yield LoanCalledIn(loan_id=loan.id, due=due)


class Calendar(ServerClock):
    """A clock whose day and whose patience a test sets."""

    day = TODAY
    passed = 0.0

    def today(self) -> date:
        return self.day

    def monotonic(self) -> float:
        return self.passed


class Desk:
    """A process of the library that ticks."""

    def __init__(self, replica: Replica, kept: Library) -> None:
        self.replica, self.kept, self.clock = replica, kept, Calendar()
        replica.commands = replica.commands_with(clock=self.clock)
        self.ticker = Ticker(
            service=kept.service,
            commands=replica.commands,
            queries=replica.queries,
            store=replica.relay_store,
            clock=self.clock,
            owner=replica.owner,
        )

    async def lend(self, **due: date | None) -> None:
        """Put the rows where the view would, were its events projected."""
        view = self.kept.service.views["due_loans"]
        rows = self.replica.driver.db[documents.collection_of(self.kept.service.view_set, view)]
        for loan, day in due.items():
            row = documents.to_document(view, loan, DueLoan(loan, day))
            await rows.replace_one({"_id": loan}, row, upsert=True)

    async def calls(self, loan: str) -> tuple[date, ...]:
        return (await self.replica.commands.log.load(Loan, loan, fresh=True)).state.calls


async def open_desk(lab: Laboratory, kept: Library) -> Desk:
    return Desk(await lab.replica(kept.service), kept)


@pytest.mark.stack
async def test_what_is_due_is_commanded_once_and_what_is_not_waits(lab: Laboratory) -> None:
    desk = await open_desk(lab, library(lab.name))
    await desk.lend(late=TODAY - timedelta(3), now=TODAY, later=TODAY + timedelta(1), never=None)
    for _ in range(3):
        await desk.ticker.tick()
    assert await desk.calls("late") == (TODAY - timedelta(3),)
    assert await desk.calls("now") == (TODAY,)
    assert await desk.calls("later") == await desk.calls("never") == ()
    assert len(desk.kept.called) == 2, "a view that trails is not asked about again"


@pytest.mark.stack
async def test_two_tickers_and_one_that_starts_again_command_it_once(lab: Laboratory) -> None:
    kept = library(lab.name)
    one, two = await open_desk(lab, kept), await open_desk(lab, kept)
    await one.lend(loan=TODAY)
    await one.ticker.tick()
    await two.ticker.tick()
    await (await open_desk(lab, kept)).ticker.tick()
    assert await one.calls("loan") == (TODAY,)


@pytest.mark.stack
async def test_missed_dates_are_caught_up_in_order_each_as_of_its_day(lab: Laboratory) -> None:
    desk = await open_desk(lab, library(lab.name))
    for days, loan in enumerate(("c", "a", "b")):
        await desk.lend(**{loan: TODAY - timedelta(10 - days)})
    await desk.ticker.tick()
    assert [loan for loan, _ in desk.kept.called] == ["c", "a", "b"]
    await desk.lend(a=TODAY - timedelta(2))
    await desk.ticker.tick()
    await desk.lend(a=TODAY)
    await desk.ticker.tick()
    assert await desk.calls("a") == (TODAY - timedelta(9), TODAY - timedelta(2), TODAY)


@pytest.mark.stack
async def test_more_than_a_page_is_due(lab: Laboratory) -> None:
    desk = await open_desk(lab, library(lab.name))
    await desk.lend(**{f"loan{n:03}": TODAY for n in range(205)})
    await desk.ticker.tick()
    assert len({loan for loan, _ in desk.kept.called}) == 205


@pytest.mark.stack
async def test_a_refusal_a_defect_and_a_busy_log_keep_no_other_timer_from_running(lab: Laboratory) -> None:
    desk = await open_desk(lab, library(lab.name))
    desk.kept.raises.update(refused=Forbearing(), broken=ZeroDivisionError(), busy=Busy())
    await desk.lend(broken=TODAY - timedelta(3), busy=TODAY - timedelta(2), refused=TODAY - timedelta(1), sound=TODAY)
    await desk.ticker.tick()
    assert await desk.calls("sound") == (TODAY,)
    desk.kept.raises.clear()
    await desk.ticker.tick()
    assert await desk.calls("busy") == (TODAY - timedelta(2),), "what could not be said then is asked again at once"
    assert await desk.calls("refused") == await desk.calls("broken") == ()
    desk.clock.passed += AGAIN + 1
    await desk.ticker.tick()
    assert await desk.calls("refused") == (TODAY - timedelta(1),)
    assert await desk.calls("broken") == (TODAY - timedelta(3),)


@pytest.mark.stack
async def test_one_ticks_at_a_time(lab: Laboratory) -> None:
    one, two = await lab.replica(), await lab.replica()
    assert await one.relay_store.lead("ticker", "one", 5) == 1
    assert await two.relay_store.lead("ticker", "two", 5) is None
    assert await one.relay_store.lead("ticker", "one", 5) == 1
    await one.relay_store.resign("ticker", "one")
    assert await two.relay_store.lead("ticker", "two", 0) == 2
    assert await one.relay_store.lead("ticker", "one", 5) == 3, "a lease that has lapsed"


@pytest.mark.stack
async def test_the_business_clock_moves_the_day_of_all_and_knows_who_trails(lab: Laboratory) -> None:
    one, two = await lab.replica(), await lab.replica()
    for replica in (one, two):
        replica.reads.platform = replica.driver.db  # the day of other tests is none of this one's business
    assert await one.reads.business_days("one") == await two.reads.business_days("two") == 0
    real, today = one.clock.now(), two.clock.today()
    serial = await one.reads.advance_business_clock(30)
    serial = await one.reads.advance_business_clock(10)
    assert await one.reads.behind_business_clock(serial) == ["one", "two"]
    one.clock.business_days = await one.reads.business_days("one")
    assert await one.reads.behind_business_clock(serial) == ["two"]
    assert await two.reads.business_days("two") == 40
    assert await one.reads.behind_business_clock(serial) == []
    assert one.clock.today() == today + timedelta(40)
    assert one.clock.now() - real < timedelta(seconds=20), "only the day moves"


def test_the_day_is_that_of_shanghai() -> None:
    clock = ServerClock()
    clock.sampled(datetime(2026, 5, 3, 15, 59, 59, tzinfo=UTC))
    assert clock.today() == date(2026, 5, 3)
    clock.sampled(datetime(2026, 5, 3, 16, 0, tzinfo=UTC))
    assert clock.today() == TODAY


def test_the_servers_time_is_taken_over_and_never_goes_back() -> None:
    clock = ServerClock()
    clock.now()
    early = datetime(2020, 1, 1, tzinfo=UTC)
    clock.sampled(early)
    assert clock.now() - early < timedelta(seconds=5), "what the machine said before binds nobody"
    clock.sampled(early + timedelta(minutes=10))
    ahead = clock.now()
    clock.sampled(early + timedelta(minutes=5))
    assert clock.now() >= ahead
