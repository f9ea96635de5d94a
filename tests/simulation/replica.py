"""A process of a service, put together as `shared.kernel.process` does it, on simulated servers.

Its log, relay, projector, reactions and runners are the kernel's own; so are the rebalance listener and the handler of
`shared.kernel.runner`. What stands here instead of FastStream and of aiokafka's coordinator is the order in which these
call them.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from shared.kernel.log import Log
from shared.kernel.ports import StoreFault
from shared.kernel.process import followed_topics
from shared.kernel.projector import Projector
from shared.kernel.reactor import Reactor
from shared.kernel.relay import Observed, Relay
from shared.kernel.runner import KafkaConsumer, Runner
from shared.kernel.service import Service
from shared.kernel.work import Actor, Commands, Outcome, Work
from tests.simulation.broker import Consumer, Group, Member, Producer, Topics
from tests.simulation.database import Database
from tests.simulation.loop import SERVER, Steps
from tests.simulation.network import Line, Network
from tests.simulation.stores import Sessions, SimulatedLog, SimulatedRelay, SimulatedViews

NOON = datetime(2026, 5, 4, 4, 0, tzinfo=UTC)
HEARTBEAT = 0.7
CLIENT = Actor("client")


@dataclass
class Parts:
    """What a process is made of; a planted bug is another part."""

    log: type[Log] = Log
    commands: type[Commands] = Commands
    relay: type[Relay] = Relay
    projector: type[Projector] = Projector
    reactor: type[Reactor] = Reactor
    runner: type[Runner] = Runner
    log_store: type[SimulatedLog] = SimulatedLog
    relay_store: type[SimulatedRelay] = SimulatedRelay
    view_store: type[SimulatedViews] = SimulatedViews
    consumer: type[KafkaConsumer] = KafkaConsumer


@dataclass
class Site:
    """What all processes of one service share."""

    service: Service
    database: Database


class ReplicaClock:
    """`Clock`: real time may be wrong by minutes, but in one process it never goes back."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.skew = 0.0
        self._latest = NOON

    def now(self) -> datetime:
        self._latest = max(self._latest, NOON + timedelta(seconds=self._network.loop.time() + self.skew))
        return self._latest

    def today(self) -> date:
        return NOON.date()

    def monotonic(self) -> float:
        return self._network.loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Numbers:
    """`Ids`."""

    def __init__(self, owner: str) -> None:
        self._owner, self._given = owner, 0

    def new(self) -> str:
        self._given += 1
        return f"{self._owner}.{self._given}"


class Nobody:
    """A directory and views of nobody."""

    def path(self, org_id: str) -> str | None:
        return None

    def age(self) -> float:
        return 0.0

    async def settled(self, model: type) -> bool:
        return True


class Instruments:
    """`Metrics`, of which only the alarms are heard."""

    ALARMS = ("continuity_losses", "continuity_forks", "fuse_blown")

    def __init__(self, alarm: Callable[[str, Any], None]) -> None:
        self._alarm = alarm
        self._quiet = Instrument(None)

    def __getattr__(self, name: str) -> "Instrument":
        return Instrument(lambda where: self._alarm(name, where)) if name in self.ALARMS else self._quiet


class Instrument:
    def __init__(self, alarm: Callable[[Any], None] | None) -> None:
        self._alarm = alarm
        self._where: Any = None

    def labels(self, *names: str, **labels: str) -> "Instrument":
        self._where = names or labels
        return self

    def inc(self, by: float = 1) -> None:
        if by and self._alarm is not None:
            self._alarm(self._where)

    set = inc

    def observe(self, amount: float) -> None: ...


class Heard(Observed):
    """What a relay tells; a stream that it holds back is an alarm."""

    def __init__(self, alarm: Callable[[str], None]) -> None:
        self._alarm = alarm
        super().__init__()

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "held_back" and value:
            self._alarm("held_back_streams")
        super().__setattr__(name, value)


class Replica(Steps):
    def __init__(
        self,
        network: Network,
        site: Site,
        topics: Topics,
        parts: Parts,
        owner: str,
        roles: Collection[str],
        alarm: Callable[["Replica", str, Any], None],
        batch: int,
    ) -> None:
        super().__init__()
        self.network, self.site, self.topics, self.parts = network, site, topics, parts
        self.owner, self.roles, self._batch = owner, roles, batch
        self.gone = False
        """Killed, or stopped for good."""
        self.defects: list[str] = []
        self.outstanding: list[asyncio.Future[Outcome]] = []
        seed = network.chance.getrandbits(32)
        line = Line(network, self, site.database)
        self.line, self.sessions = line, Sessions(line, owner)
        self.clock, self.ids = ReplicaClock(network), Numbers(owner)
        self.store = parts.log_store(line, self.sessions)
        self.views = parts.view_store(line, self.sessions)
        self.metrics: Any = Instruments(lambda name, where: alarm(self, name, where))
        self.commands = parts.commands(
            log=parts.log(self.store),
            clock=self.clock,
            ids=self.ids,
            directory=Nobody(),
            views=Nobody(),  # type: ignore[arg-type]
            topic=site.service.topic,
            source=f"/gonghui/{site.service.name}/1",
            chance=random.Random(seed),
        )
        self.relay: Relay | None = None
        self.runners: list[Runner] = []
        self._members: list[tuple[Member, Group]] = []
        self._tasks: list[asyncio.Task[Any]] = []
        if "relay" in roles:
            self.relay = parts.relay(
                store=parts.relay_store(line, seed),
                broker=Producer(topics, self),
                clock=self.clock,
                owner=owner,
                topics=[site.service.topic],
                partitions=topics.partitions,
                batch=batch,
                observed=Heard(lambda name: alarm(self, name, "relay")),
            )

    def start(self) -> None:
        self.spawn(self._begin())

    def spawn(self, work: Any) -> "asyncio.Task[Any]":
        task = self.network.loop.create_task(work, context=self.context)
        task.add_done_callback(self._ended, context=SERVER)
        self._tasks.append(task)
        return task

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        """A part of a process that ends by what it raised would end the process: a defect."""
        if not task.cancelled() and task.exception() is not None and not self.network.ended:
            self.defects.append(f"{self.owner}: {task.exception()!r}")

    async def _begin(self) -> None:
        await self._beat()
        self.spawn(self._every_second())
        if self.relay is not None:
            self.spawn(self.relay.run())
        service, common = self.site.service, {"store": self.views, "owner": self.owner, "metrics": self.metrics}
        if "views" in self.roles:
            projector = self.parts.projector(
                view_set=service.view_set,
                views=list(service.views.values()),
                runner="views",
                consumer=self.parts.consumer(),
                **common,
            )
            self.spawn(self._follow(projector, service.view_set))
        if "reactions" in self.roles and service.reactions:
            reactor = self.parts.reactor(
                reactions=service.reactions.values(),
                commands=self.commands,
                clock=self.clock,
                runner="reactions",
                consumer=self.parts.consumer(),
                **common,
            )
            self.spawn(self._follow(reactor, "reactions"))

    async def _beat(self) -> None:
        database, time = self.site.database, self.network.loop.time
        with suppress(StoreFault):
            await self.line.ask(
                "beat",
                lambda: database.write("processes", self.owner, {"beat": time(), "sessions": list(self.sessions.ids)}),
                matters=False,
            )

    async def _every_second(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            await self._beat()
            with suppress(StoreFault):
                await self.store.hear()
            for runner in self.runners:
                await runner.tick()

    # -- following ----------------------------------------------------------------------------------------------------

    async def _follow(self, follower: Projector | Reactor, group_name: str) -> None:
        topics = followed_topics(follower.subscribed)
        runner = self.parts.runner(
            name=follower.runner,
            group=group_name,
            topics=topics,
            bootstrap="",
            security={},
            follower=follower,
            clock=self.clock,
            metrics=self.metrics,
            batch=self._batch,
        )
        while True:
            try:
                await follower.begin(topics)
                break
            except StoreFault:
                await self.clock.sleep(2.0)
        group = self.topics.group(f"{self.site.service.name}.{group_name}", topics)
        consumer = Consumer(self.topics, self, group)
        runner._subscriber = SimpleNamespace(consumer=consumer)
        self.runners.append(runner)
        self.spawn(self._consume(runner, consumer))
        await self._belong(runner, consumer, group)

    async def _consume(self, runner: Runner, consumer: Consumer) -> None:
        """FastStream's loop: one batch after the other, and what the handler raises is swallowed."""
        while True:
            records = await runner._fetch(consumer)
            if records:
                with suppress(Exception):
                    await runner._handle(records)

    async def _belong(self, runner: Runner, consumer: Consumer, group: Group) -> None:
        """aiokafka's coordinator: join, hand out the share, tell the listener, beat until it is time to join again."""
        network = self.network
        member = Member(self, f"{self.owner}.{runner.name}")
        self._members.append((member, group))
        while True:
            joined = network.loop.create_future()
            network.later(network.takes(), group.join, member, joined)
            with suppress(TimeoutError):
                async with asyncio.timeout(10.0):
                    await joined
            if not joined.done() or joined.cancelled():
                continue
            consumer.assign(joined.result())
            with suppress(Exception):
                await runner.on_partitions_assigned(consumer.assignment())
            while group.beat(member):
                await asyncio.sleep(HEARTBEAT)
            consumer.rejoining = True
            with suppress(Exception):
                await runner.on_partitions_revoked(consumer.assignment())

    # -- from outside -------------------------------------------------------------------------------------------------

    def request(self, act: Callable[[Work], Awaitable[Any]], key: str, body: str) -> "asyncio.Future[Outcome]":
        """A command that comes in; its answer, unless the process dies first."""
        answer: asyncio.Future[Outcome] = self.network.loop.create_future()
        self.outstanding.append(answer)

        def done(task: "asyncio.Task[Any]") -> None:
            error = None if task.cancelled() else task.exception()
            if answer.done() or task.cancelled():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(task.result())

        run = self.commands.run(act, actor=CLIENT, key=key, body_hash=body)
        task = self.network.loop.create_task(run, context=self.context)
        task.add_done_callback(done, context=SERVER)
        return answer

    def die(self) -> None:
        """Nothing of it runs any more, no `finally` either."""
        self.stopped = self.gone = True
        self.hang_up()

    def hang_up(self) -> None:
        for answer in self.outstanding:
            if not answer.done():
                answer.cancel()

    async def stop(self) -> None:
        """As SIGTERM does."""
        await asyncio.gather(*(runner.stop() for runner in self.runners))
        for member, group in self._members:
            group.leave(member)
        mine = asyncio.current_task()
        others = [task for task in self._tasks[::-1] if task is not mine]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        self.gone = True
        self.hang_up()
