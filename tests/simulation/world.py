"""One seed is one story: services, their servers, their clients, and what befalls them; then calm, and a reckoning."""

import asyncio
import math
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog

from shared.kernel.cloudevents import partition_of, read_position
from shared.kernel.continuity import Verdict, judge
from shared.kernel.ports import Partition, Sequence_, StoreFault
from shared.kernel.refusal import Refused, Unavailable
from shared.kernel.topics import partitions_of
from shared.kernel.work import Outcome, Work
from tests.simulation.broker import Topics, position_of
from tests.simulation.database import Database
from tests.simulation.domain import (
    FUNDS,
    HALLS,
    Fund,
    Hall,
    NameTaken,
    free,
    fund_of,
    funds,
    halls,
    open_fund,
    open_hall,
    take,
)
from tests.simulation.ledger import Ledger, Order
from tests.simulation.loop import ImaginaryLoop, Stalled, Steps
from tests.simulation.network import Network, Weather
from tests.simulation.replica import Parts, Replica, Site
from tests.simulation.watch import Watch

FOUND_WITHIN = 30.0
"""Seconds after a restoration within which a fork must be found."""
CALM_WITHIN = 150.0
"""Seconds after the last fault within which everything must be answered, published and applied."""
SERVICES = {HALLS: halls(), FUNDS: funds()}
ROLES = ("api", "relay", "views", "reactions")
RELAYING = ("plan", "stamp", "published", "send", "take over", "pending")
DANGEROUS = (
    *RELAYING,
    "append",
    "insert",
    "commit",
    "tail",
    "keyed",
    "read",
    "load",
    "save",
    "move",
    "claim",
    "checkpoints",
)
"""Requests at which something may befall a process."""


class Over(Exception):
    """Something was found that must not be."""


@dataclass
class Story:
    """What became of one seed."""

    seed: int
    broken: list[str]
    trace: list[str]
    steps: int
    seconds: float
    counts: dict[str, int] = field(default_factory=dict)


@dataclass
class Doom:
    """What is to befall a process at its n-th request of a kind, before it leaves, after, or once it has arrived."""

    at: str
    left: int
    how: str
    asleep: float = 0.0
    """Seconds for which it stands still then; 0: it dies."""


class World:
    def __init__(self, seed: int, parts: Parts, *, tracing: bool = False) -> None:
        self.seed, self.parts = seed, parts
        self.chance = random.Random(seed)
        self.loop = ImaginaryLoop()  # type: ignore[abstract]
        self.trace: list[str] = []
        self._tracing = tracing
        self.broken: list[str] = []
        self.counts: dict[str, int] = {}
        self.watch = Watch(self.break_)
        self.network = Network(self.loop, self.chance, self.note if tracing else _nothing)
        self.network.peril, self.network.strike = self._peril, self._strike
        self.topics = Topics(self.network, self.chance.choice((1, 2, 2, 3)), self.watch.appended)
        self.ledger = Ledger(lambda: self.loop.steps, self._answered_wrongly)
        self.sites: dict[str, Site] = {}
        self.replicas: list[Replica] = []
        self._dooms: dict[Replica, Doom] = {}
        self._tickets: list[tuple[str, str]] = []
        self._number = 0
        self._rush = self.chance.random() < 0.2
        """Everybody at once, and much that concerns two halls."""
        self._batch = self.chance.choice((1, 2, 2, 3, 5, 50))
        self._calm = False
        self._republished = 0.0
        self._alarmed: list[tuple[str, int]] = []
        """Topics of which a consumer missed something, and the position after the last one that it had applied."""

    # -- the story --------------------------------------------------------------------------------------------------

    def run(self) -> Story:
        with _quiet():
            try:
                self.loop.run(self._story())
            except (Over, Stalled) as over:
                if isinstance(over, Stalled):
                    self.broken.append("nothing will ever happen again")
            finally:
                self.network.ended = True
                seconds, steps = self.loop.time(), self.loop.steps
                self.loop.end([*self.replicas])
        return Story(self.seed, self.broken, self.trace, steps, seconds, self.counts)

    async def _story(self) -> None:
        chance = self.chance
        self._found(HALLS)
        if chance.random() < 0.6:
            self._found(FUNDS)
        self._stir()
        clients = [asyncio.create_task(self._open_everything())]
        count = 6 if self._rush else chance.randint(2, 4)
        clients += [asyncio.create_task(self._client(number)) for number in range(count)]
        await self._befall()
        if chance.random() < 0.06 and not self.watch.cut:  # what both have lost, nobody can know
            await self._restore(clients)
            return
        self._calm_down()
        while any(replica.stopped and not replica.gone for replica in self.replicas):
            await self._pass(0.5)
        await self._settle(clients)
        unsure = [order for order in self.ledger.orders if order.unsure]
        if unsure:
            await asyncio.gather(*map(self._ask_again, unsure))
            await self._settle([])
        self._reckon()

    def _found(self, name: str) -> None:
        database = Database(name, self.loop.time, lambda c, i, before, after: self._wrote(name, c, i, before, after))

        def replicate(moment: int) -> None:
            lag = self.network.weather.lag
            if lag:
                self.network.later(lag * self.chance.random(), database.replicated, moment)
            else:
                database.replicated(moment)

        def unblock() -> None:
            blocked, database.blocked = database.blocked, []
            for again in blocked:
                self.network.later(0.0, again)

        database.replicate, database.unblock = replicate, unblock
        self.sites[name] = Site(SERVICES[name], database)
        count = self.chance.choice((2, 2, 2, 3))
        spared = self.chance.choice(ROLES) if self.chance.random() < 0.3 else ""
        for number in range(count):
            self._start(name, [role for role in ROLES if role != spared or number])

    def _start(self, name: str, roles: Iterable[str]) -> None:
        self._number += 1
        owner = f"{name.rpartition('-')[2]}-{self._number}"
        replica = Replica(
            self.network, self.sites[name], self.topics, self.parts, owner, list(roles), self._alarm, self._batch
        )
        self.replicas.append(replica)
        replica.start()
        self.note(None, f"{owner} starts as {' '.join(replica.roles)}")

    # -- what is watched --------------------------------------------------------------------------------------------

    def note(self, process: Steps | None, text: str) -> None:
        if self._tracing:
            who = process.owner if isinstance(process, Replica) else ""
            self.trace.append(f"{self.loop.time():9.4f} {who:9} {text}")

    def break_(self, what: str) -> None:
        self.note(None, f"BROKEN: {what}")
        self.broken.append(what)

    def _answered_wrongly(self, what: str) -> None:
        if not self.watch.restored:  # who lost answers to a restoration is told so, and nothing more can be asked
            self.break_(what)

    def _wrote(self, database: str, collection: str, name: str, before: Any, after: Any) -> None:
        if not self.network.ended:
            self.watch.wrote(database, collection, name, before, after)

    def _alarm(self, replica: Replica, name: str, where: Any) -> None:
        if not self.network.ended and not replica.gone and not self._led_before(replica, where):
            self.note(replica, f"alarm {name} {where}")
            self.watch.alarm(replica.owner, name, where)
            if name == "continuity_losses":
                follower = next(one.follower for one in replica.runners if one.name == where["runner"])
                standing = follower.standing.get((where["topic"], int(where["partition"])))
                self._alarmed.append((where["topic"], 1 + ((standing and standing.done.last) or 0)))

    def _led_before(self, replica: Replica, where: Any) -> bool:
        """A relay that has slept may look at what its successor has numbered meanwhile, and wonder."""
        sequence: Sequence_ = replica.site.database.latest("sequence", "sequence") or Sequence_()
        return where == "relay" and replica.relay is not None and sequence.epoch != replica.relay.observed.epoch

    def _look(self) -> None:
        """Over as soon as something is broken: what follows would only blur it."""
        self.broken += [f"a part of a process ended: {one}" for replica in self.replicas for one in replica.defects]
        self.broken += [f"a callback raised: {one}" for one in self.loop.defects]
        if self.broken:
            raise Over

    async def _pass(self, seconds: float) -> None:
        until = self.loop.time() + seconds
        while (left := until - self.loop.time()) > 0:
            await asyncio.sleep(min(0.5, left))
            for group in self.topics.groups.values():
                group.look()
            self._look()

    # -- trouble ----------------------------------------------------------------------------------------------------

    def _stir(self) -> None:
        """The weather of this seed: every kind of trouble has seeds without it, so that the others get room."""
        chance, weather = self.chance, self.network.weather

        def maybe(most: float) -> float:
            return most * chance.random() if chance.random() < 0.5 else 0.0

        weather.trouble, weather.conflict = maybe(0.06), maybe(0.04)
        weather.broker, weather.offsets = maybe(0.3), maybe(0.5)
        weather.lag, weather.drag = maybe(0.4), maybe(0.3)
        weather.slow = chance.choice((0.02, 0.1, 0.3))

    async def _befall(self) -> None:
        """Some events, one after the other."""
        chance = self.chance
        happenings: list[Callable[[], None]] = [
            self._kill,
            self._doom_to_die,
            self._doom_to_die,
            self._doom_to_sleep,
            self._doom_to_sleep,
            self._fall_asleep,
            self._fail_over,
            self._divide,
            self._skew,
            self._stop,
            self._cut,
        ]
        happenings = [one for one in happenings if chance.random() < 0.6]
        for _ in range(chance.randint(2, 7) if happenings else 0):
            await self._pass(1.5 * chance.random())
            happening = chance.choice(happenings)
            self.counts[happening.__name__[1:]] = self.counts.get(happening.__name__[1:], 0) + 1
            happening()
        await self._pass(1.0)

    def _living(self, role: str = "") -> list[Replica]:
        return [one for one in self.replicas if not one.gone and (not role or role in one.roles)]

    def _any(self) -> Replica | None:
        living = [one for one in self._living() if not one.stopped]
        return self.chance.choice(living) if living else None

    def _kill(self) -> None:
        if (replica := self._any()) is not None:
            self._dies(replica)

    def _dies(self, replica: Replica) -> None:
        self.note(replica, "is killed")
        replica.die()
        name = replica.site.service.name
        self.network.later(0.1 + 1.5 * self.chance.random(), self._start, name, replica.roles)

    def _doom_to_die(self) -> None:
        self._doom(0.0)

    def _doom_to_sleep(self) -> None:
        self._doom(0.5 + 8.0 * self.chance.random())

    def _doom(self, asleep: float) -> None:
        at = self.chance.choice(DANGEROUS)
        leaders = [one for one in self._living() if one.relay and one.relay.observed.leader and not one.stopped]
        replica = self.chance.choice(leaders) if leaders and at in RELAYING else self._any()
        if replica is not None:
            how = self.chance.choice(("before", "after", "there"))
            self._dooms[replica] = Doom(at, self.chance.choice((1, 1, 2, 3, 5)), how, asleep)

    def _peril(self, replica: Replica, what: str) -> str | None:
        doom = self._dooms.get(replica)
        if doom is None or what != doom.at or self._calm:
            return None
        doom.left -= 1
        return doom.how if doom.left == 0 else None

    def _strike(self, replica: Replica) -> None:
        doom = self._dooms.pop(replica, None)
        if doom is None or replica.stopped:
            return
        if doom.asleep:
            self._sleeps(replica, doom.asleep)
        else:
            self._dies(replica)

    def _fall_asleep(self) -> None:
        if (replica := self._any()) is not None:
            self._sleeps(replica, 0.5 + 8.0 * self.chance.random())

    def _sleeps(self, replica: Replica, seconds: float) -> None:
        self.note(replica, f"stands still for {seconds:.1f} s")
        replica.stopped = True
        replica.hang_up()
        self.network.later(seconds, self._wakes, replica)

    def _wakes(self, replica: Replica) -> None:
        if replica.stopped and not replica.gone:
            self.note(replica, "wakes")
            self.loop.wake(replica)

    def _fail_over(self) -> None:
        site = self.chance.choice(list(self.sites.values()))
        gone = site.database.fail_over()
        self.note(None, f"{site.database.name} fails over, {gone} versions are lost")

    def _divide(self) -> None:
        if self.topics.groups:
            name = self.chance.choice(sorted(self.topics.groups))
            self.note(None, f"group {name} is divided anew")
            self.topics.groups[name].divide()

    def _skew(self) -> None:
        if (replica := self._any()) is not None:
            replica.clock.skew = self.chance.choice((-600.0, 600.0))

    def _stop(self) -> None:
        if (replica := self._any()) is not None:
            self.note(replica, "is asked to stop")
            name, roles = replica.site.service.name, replica.roles
            replica.spawn(replica.stop())
            self.network.later(1.0 + self.chance.random(), self._start, name, roles)

    def _cut(self) -> None:
        """An unclean election: a partition ends earlier than it did."""
        held = sorted(partition for partition, records in self.topics.records.items() if records)
        if held:
            partition = self.chance.choice(held)
            gone = self.topics.cut(partition, self.chance.randint(1, 4))
            self.watch.cut = True
            self.note(None, f"{partition} has lost {[position_of(one) for one in gone]}")

    async def _restore(self, clients: list["asyncio.Task[None]"]) -> None:
        """An older copy of a database is put in place, while its processes are stopped or, worse, go on. Where the
        topic holds what this copy never numbered, that must be found; no position may get a second meaning."""
        chance = self.chance
        site = chance.choice(list(self.sites.values()))
        name, database = site.service.name, site.database
        self.watch.restored, self._calm = True, True
        self.network.weather = Weather()
        stopped = chance.random() < 0.7
        concerned = [replica for replica in self._living() if replica.site is site]
        for replica in concerned:
            if stopped or replica.stopped:
                replica.die()
        await self._pass(5.0)  # what these had sent has arrived by now
        moment = chance.randint(database.majority * chance.choice((0, 1, 3)) // 4, database.majority)
        database.restore(moment)
        self.counts["restore"] = 1
        self.note(None, f"{name} is restored to {moment}")
        for replica in concerned:
            if replica.gone:
                self._start(name, replica.roles)
        until = self.loop.time() + FOUND_WITHIN
        while self.loop.time() < until and database.latest("sequence", "closed") is None:
            await self._pass(0.5)
        for client in clients:
            client.cancel()
        sequence: Sequence_ = database.latest("sequence", "sequence") or Sequence_()
        held = [position_of(r) for p, found in self.topics.records.items() if p[0].endswith(name) for r in found]
        if database.latest("sequence", "closed") is None and max(held, default=0) >= sequence.next:
            self.break_(f"position {max(held)} is in the topic, the log has {sequence.next} next and is open")
        self._look()

    # -- calm -------------------------------------------------------------------------------------------------------

    def _calm_down(self) -> None:
        self.note(None, "calm")
        self._calm = True
        self.network.weather = Weather()

    async def _settle(self, clients: list["asyncio.Task[None]"]) -> None:
        until = self.loop.time() + CALM_WITHIN
        while True:
            await self._pass(0.5)
            unsettled = "a client waits" if not all(client.done() for client in clients) else self._unsettled()
            for client in clients:
                if client.done() and client.exception() is not None:
                    self.break_(f"a client failed: {client.exception()!r}")
            self._look()
            if unsettled is None:
                return
            self._republish_what_was_lost()
            if self.loop.time() > until:
                self.break_(f"not settled within {CALM_WITHIN:.0f} s: {unsettled}")
                self._look()

    def _unsettled(self) -> str | None:
        """What is not published and applied yet."""
        for name, site in self.sites.items():
            database = site.database
            sequence: Sequence_ = database.latest("sequence", "sequence") or Sequence_()
            if any(one["pending"] for one in database.commits(database.now)) or sequence.published < sequence.next - 1:
                return f"{name}: commits are not numbered, or not marked as published: {sequence}"
            if rows := [name for name, _ in database.scan("quarantine", database.now)]:
                return f"quarantine {rows}"
        for name, site in self.sites.items():
            for partition in partitions_of(self._followed(name), self.topics.partitions):
                last = self._last(partition)
                if (read := self._read_by_a_stranger(partition)) != last:
                    return f"a stranger reads {partition} to {read}, not to {last}"
                for kept in ("v1", "reactions") if name == FUNDS and partition[0].endswith(HALLS) else ("v1",):
                    found = site.database.latest("checkpoints", f"{kept}:{partition[0]}:{partition[1]}")
                    if found is None or (found["last_position"] or 0) != last:
                        return f"{name}: {kept} of {partition} is at {found}, not at {last}"
        runners = ((replica, runner) for replica in self._living() for runner in replica.runners)
        ill = [f"{replica.owner} is not ready, {runner.healthy}" for replica, runner in runners if runner.healthy]
        return next(iter(ill), None)

    def _followed(self, name: str) -> list[str]:
        return [f"gonghui.{HALLS}"] if name == HALLS else [f"gonghui.{FUNDS}", f"gonghui.{HALLS}"]

    def _last(self, partition: Partition, until: float = math.inf) -> int:
        """The last position that the log has for a partition, up to one."""
        database = self.sites[partition[0].removeprefix("gonghui.")].database
        last = 0
        numbered = (one["commit"] for one in database.commits(database.now) if not one["pending"])
        for commit in numbered:
            for position, wire in enumerate(commit.events, commit.first_position):
                if position <= until and self._partition(wire) == partition:
                    last = max(last, position)
        return last

    def _read_by_a_stranger(self, partition: Partition) -> int:
        """Whatever a topic went through, two integers are enough to read it once, in order: how far it is whole."""
        last = 0
        for record in self.topics.records[partition]:
            position, previous, source = read_position(record.headers) or (0, 0, "")
            if judge(last, source, position, previous, source) is Verdict.NEXT:
                last = position
        return last

    def _partition(self, wire: Any) -> Partition:
        return wire.topic, partition_of(wire.key, self.topics.partitions)

    def _republish_what_was_lost(self) -> None:
        """What an operator does who hears that a topic has lost its end, or that a consumer waits for what was lost."""
        if not self.watch.cut or self.loop.time() < self._republished + 5.0:
            return
        for name, site in self.sites.items():
            database = site.database
            sequence: Sequence_ = database.latest("sequence", "sequence") or Sequence_()
            whole = {p: self._read_by_a_stranger(p) for p in self.topics.records if p[0].endswith(name)}
            wanted = [1 + read for p, read in whole.items() if read < self._last(p, sequence.published)]
            wanted += [position for topic, position in self._alarmed if topic.endswith(name)]
            if wanted:
                self.note(None, f"operator: republish {name} from {min(wanted)}")
                self._republished = self.loop.time()
                database.write("sequence", "moved back", min(wanted) - 1)
        self._alarmed.clear()

    # -- clients ----------------------------------------------------------------------------------------------------

    async def _open_everything(self) -> None:
        chance, ledger = self.chance, self.ledger
        for number in range(chance.randint(1, 3)):
            order = Order(f"open-{number}", "open", f"hall-{number}", amount=chance.randint(1, 5) + 4 * self._rush)
            ledger.seats[order.hall] = order.amount
            await self._place(order)
        if FUNDS in self.sites:
            for guest in ("ann", "bob", "cat"):
                await asyncio.sleep(2.0 * chance.random())
                order = Order(f"fund-{guest}", "fund", fund_of(guest), amount=chance.randint(1, 6))
                ledger.budgets[order.hall] = order.amount
                await self._place(order)

    async def _client(self, number: int) -> None:
        pace = 100.0 if self._rush else self.chance.choice((0.7, 2.0, 2.0, 10.0))
        for turn in range(self.chance.randint(2, 8)):
            await asyncio.sleep(self.chance.expovariate(pace))
            order = self._think(f"order-{number}-{turn}")
            if order is not None:
                await self._place(order)

    def _think(self, name: str) -> Order | None:
        chance = self.chance
        opened = sorted(order.hall for order in self.ledger.orders if order.kind == "open" and order.accepted)
        if not opened:
            return None
        kind = chance.choices(("take", "free", "move", "name"), (40, 20, 30, 10) if self._rush else (50, 25, 15, 10))[0]
        if kind in ("free", "move"):
            if not self._tickets:
                return None
            freed, hall = chance.choice(self._tickets[-6:])
            guest = next(order.guest for order in self.ledger.orders if freed in order.tickets)
            if kind == "free":
                return Order(name, kind, hall, freed=freed, guest=guest)
            to = chance.choice(opened)
            return Order(name, kind, hall, (f"{name}.t",), guest, freed, to) if to != hall else None
        tickets = tuple(f"{name}.{n}" for n in range(chance.choice((1, 1, 1, 2, 3)) if kind == "take" else 1))
        return Order(name, kind, chance.choice(opened), tickets, chance.choice(("ann", "bob", "cat")))

    async def _place(self, order: Order) -> None:
        """Until there is an answer; sometimes twice at once, sometimes once more afterwards."""
        self.ledger.place(order)
        if self.chance.random() < 0.1:
            await asyncio.gather(self._ask(order), self._ask(order))
        else:
            await self._ask(order)
        if order.accepted:
            if self.chance.random() < 0.15:
                await self._ask(order)
            self._tickets += [(ticket, order.into) for ticket in order.tickets]
        elif not order.unsure:
            order.refused, order.ended = True, self.loop.steps
            if order.kind in ("open", "fund"):
                self._answered_wrongly(f"{order.id} was not done")

    async def _ask_again(self, order: Order) -> None:
        """Refused in the end, but an attempt before that had no answer: it may have taken effect after all."""
        await self._ask(order)
        order.unsure, order.refused = False, order.accepted is None

    async def _ask(self, order: Order) -> None:
        name = FUNDS if order.kind == "fund" else HALLS
        act = _act(order)
        while True:
            serving = [one for one in self._living("api") if one.site.service.name == name and not one.stopped]
            if serving:
                replica, began = self.chance.choice(serving), self.loop.steps
                self.note(replica, f"is asked: {order.id} {order.kind} {order.hall} {order.tickets} {order.freed}")
                try:
                    outcome: Outcome = await asyncio.wait_for(replica.request(act, order.id, order.id), 8.0)
                except Unavailable as reason:
                    self.note(replica, f"cannot answer {order.id}: {reason!r}")
                except Refused as refusal:
                    self.note(replica, f"refuses {order.id}: {refusal!r}")
                    self.ledger.refused(order, refusal, began)
                    return
                except (StoreFault, TimeoutError, asyncio.CancelledError) as fault:
                    self.note(replica, f"does not answer {order.id}: {fault!r}")
                    order.unsure = True
                else:
                    self.note(replica, f"has done {order.id}: {[one.id for one in outcome.commits]}")
                    self.ledger.accepted(order, outcome)
                    return
            await asyncio.sleep(0.1 + 0.5 * self.chance.random())

    # -- the reckoning ----------------------------------------------------------------------------------------------

    def _reckon(self) -> None:
        def views(service: str, collection: str) -> dict[str, Any]:
            database = self.sites[service].database
            return dict(database.scan(collection, database.now))

        self.ledger.compare(views)
        if FUNDS in self.sites:
            self.ledger.paid(views, FUNDS)
        positions: dict[str, int] = {}
        for site in self.sites.values():
            found = [one["commit"] for one in site.database.commits(site.database.now)]
            numbered = sorted(found, key=lambda commit: commit.first_position)
            expected = 1
            for commit in numbered:
                if commit.first_position != expected:
                    self.break_(f"{commit.id} has position {commit.first_position}, not {expected}")
                expected = commit.first_position + len(commit.events)
                positions[commit.id] = commit.first_position
        unknown = [name for order in self.ledger.orders for name in order.commits if name not in positions]
        if unknown:
            self.break_(f"commits that were answered are gone: {unknown}")
        else:
            self.ledger.in_order(positions.__getitem__)
        self.counts["orders"] = len(self.ledger.orders)
        self._look()


def _act(order: Order) -> Callable[[Work], Any]:
    async def act(work: Work) -> None:
        match order.kind:
            case "open":
                await work.change(Hall, order.hall, lambda hall: open_hall(hall, order.amount))
            case "fund":
                await work.change(Fund, order.hall, lambda fund: open_fund(fund, order.amount))
            case "take":
                await work.change(Hall, order.hall, lambda hall: take(hall, order.tickets, order.guest))
            case "name":
                if await work.reserve(f"name:{order.guest}", order.hall) != order.hall:
                    raise NameTaken()
                await work.change(Hall, order.hall, lambda hall: take(hall, order.tickets, order.guest))
            case "free":
                await work.change(Hall, order.hall, lambda hall: free(hall, order.freed))
            case "move":
                await work.change(Hall, order.hall, lambda hall: free(hall, order.freed))
                await work.change(Hall, order.to, lambda hall: take(hall, order.tickets, order.guest))

    return act


@contextmanager
def _quiet() -> Iterator[None]:
    """What the kernel logs is of no interest here."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50), cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before)


def _nothing(*_: object) -> None: ...


def play(seed: int, parts: Parts | None = None, *, tracing: bool = False) -> Story:
    return World(seed, parts or Parts(), tracing=tracing).run()
