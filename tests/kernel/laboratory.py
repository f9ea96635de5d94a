"""Replicas of the toy service on the real broker and database, put together by hand so that each can be broken."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import Any, Self

from pymongo.errors import PyMongoError

from shared.kernel import views as documents
from shared.kernel.admin import create_topics
from shared.kernel.clock import ServerClock, Uuid7
from shared.kernel.kafka import KafkaBroker
from shared.kernel.log import Log
from shared.kernel.metrics import Metrics
from shared.kernel.mongo.driver import Driver, connect
from shared.kernel.mongo.log import MongoLog
from shared.kernel.mongo.reads import MongoReads
from shared.kernel.mongo.relay import MongoRelay
from shared.kernel.mongo.views import MongoViews
from shared.kernel.ports import StoreFault
from shared.kernel.process import projector_of
from shared.kernel.projector import Projector
from shared.kernel.queries import Queries
from shared.kernel.reactor import Reactor
from shared.kernel.relay import Relay
from shared.kernel.runner import KafkaConsumer, Runner
from shared.kernel.service import Service
from shared.kernel.topics import Topic
from shared.kernel.work import Actor, Commands, Outcome, Work
from tests.kernel.toy import Till, open_till, sell, take_back, toy

PARTITIONS = 3
SOMEBODY = Actor("somebody")
PLAIN = {"security_protocol": "PLAINTEXT"}


class Nowhere:
    """A directory of nobody."""

    def path(self, org_id: str) -> str | None:
        return None

    def age(self) -> float:
        return 0.0

    def within(self, scopes: Any) -> list[str]:
        return []


async def until(holds: Callable[[], Awaitable[Any]], within: float = 20.0, what: str = "it") -> Any:
    """Wait for something to hold; AssertionError if it does not in time."""
    deadline = asyncio.get_running_loop().time() + within
    while True:
        if found := await holds():
            return found
        assert asyncio.get_running_loop().time() < deadline, f"{what} did not happen within {within} s"
        await asyncio.sleep(0.05)


class Replica:
    """One process's worth of the toy service."""

    def __init__(self, lab: "Laboratory", number: int, service: Service, mongo_url: str | None = None) -> None:
        self.lab, self.service = lab, service
        self.owner = f"replica-{number}"
        self.metrics = Metrics()
        self.driver = Driver(connect(mongo_url or lab.mongo_url), f"gonghui_{service.name}", self.owner)
        self.store = MongoLog(self.driver)
        self.relay_store, self.view_store = MongoRelay(self.driver), MongoViews(self.driver)
        self.reads = MongoReads(self.driver)
        self.clock, self.ids = ServerClock(), Uuid7()
        self.queries = Queries(service, self.reads, self.relay_store, self.view_store, Nowhere(), PARTITIONS)
        self.commands: Commands
        self._tasks: list[asyncio.Task[None]] = []
        self.runners: list[Runner] = []
        self.brokers: list[KafkaBroker] = []

    async def open(self) -> Self:
        await self.driver.open()
        await self.store.prepare()
        self.clock.sampled(await self.reads.server_time())
        self.source = f"/gonghui/{self.service.name}/{await self.reads.incarnation()}"
        self.commands = self.commands_with()
        self._tasks.append(asyncio.create_task(self._pulse()))
        return self

    def commands_with(self, **parts: Any) -> Commands:
        """Commands of this replica with some parts of one's own."""
        own = {"log": Log(self.store), "clock": self.clock, "ids": self.ids, "views": self.queries}
        named = {"directory": Nowhere(), "topic": self.service.topic, "source": self.source}
        return Commands(**{**own, **named, **parts})

    async def _pulse(self) -> None:
        while True:
            with suppress(StoreFault):
                await self.driver.beat()
                await self.store.hear()
            await asyncio.sleep(0.3)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for runner in self.runners:
            await runner.stop()
        for broker in self.brokers:
            await broker.close()
        with suppress(StoreFault):
            await self.driver.close()

    # commands

    async def do(self, act: Callable[[Work], Awaitable[Any]], key: str | None = None, **more: Any) -> Outcome:
        return await self.commands.run(act, key=key, **{"actor": SOMEBODY, **more})

    async def open_till(self, till: str, tickets: int) -> Outcome:
        return await self.do(lambda work: work.change(Till, till, lambda t: open_till(t, tickets)))

    async def take_back(self, till: str, buyer: str, key: str | None = None) -> Outcome:
        return await self.do(lambda work: work.change(Till, till, lambda t: take_back(t, buyer)), key)

    async def sell(self, till: str, *buyers: str, key: str | None = None, **more: Any) -> Outcome:
        return await self.do(lambda work: work.change(Till, till, lambda t: sell(t, *buyers)), key, **more)

    # relay

    def relay(self, **more: Any) -> Relay:
        broker = KafkaBroker(self.lab.kafka_bootstrap, PLAIN, PARTITIONS)
        self.brokers.append(broker)
        parts = {"store": self.relay_store, "broker": broker, "clock": self.clock, "owner": self.owner, **more}
        return Relay(topics=[self.service.topic], partitions=PARTITIONS, **parts)

    def lead(self) -> Relay:
        """Run a relay in the background."""
        relay = self.relay()
        self._tasks.append(asyncio.create_task(relay.run()))
        return relay

    async def published(self, position: int) -> None:
        """Until every event up to a position is with the broker."""

        async def holds() -> bool:
            return (await self.relay_store.sequence()).published >= position

        await until(holds, what=f"publishing {position}")

    # views and reactions

    async def project(self, view_set: str | None = None, **more: Any) -> Runner:
        """Run a projector in the background."""
        projector = projector_of(self.service, self.view_store, self.owner, self.metrics, view_set)
        await projector.prepare()
        return self.follow(projector, projector.name, **more)

    def react(self) -> Runner:
        reactor = Reactor(
            reactions=self.service.reactions.values(),
            commands=self.commands,
            clock=self.clock,
            runner="reactions",
            store=self.view_store,
            consumer=KafkaConsumer(),
            owner=self.owner,
            metrics=self.metrics,
        )
        return self.follow(reactor, "reactions")

    def follow(self, follower: Projector | Reactor, group: str, kind: type[Runner] = Runner, **more: Any) -> Runner:
        runner = kind(
            name=follower.runner,
            group=f"{self.service.name}.{group}",
            topics=[self.service.topic],
            bootstrap=self.lab.kafka_bootstrap,
            security=PLAIN,
            follower=follower,
            clock=self.clock,
            metrics=self.metrics,
            **more,
        )
        self.runners.append(runner)
        self._tasks += [asyncio.create_task(runner.run()), asyncio.create_task(_ticking(runner))]
        return runner

    async def caught_up(self, view_set: str | None = None) -> None:
        """Until every event of the log is published and in the views."""

        async def holds() -> bool:
            sequence = await self.relay_store.sequence()
            if await self.reads.newest_pending() or sequence.published < sequence.next - 1:
                return False
            tails = await self.queries._tails()
            ids = {f"{view_set or self.service.view_set}:{topic}:{n}": at for (topic, n), at in tails.items()}
            found = await self.view_store.checkpoints(list(ids))
            return all(name in found and found[name].last_position == at for name, at in ids.items())

        await until(holds, what="catching up")

    async def views(self, view_set: str | None = None) -> dict[str, Any]:
        """All documents of a set of views, as bytes would compare them."""
        found: dict[str, Any] = {}
        for view in self.service.views.values():
            rows = await self.view_store.rows(documents.collection_of(view_set or self.service.view_set, view), {})
            found[view.name] = [list(row.items()) for row in rows]
        return found

    async def expected(self) -> dict[str, Any]:
        """What the views must be, by the commands that were accepted: filled in by `Laboratory.accept`."""
        return {}


async def _ticking(runner: Runner) -> None:
    while True:
        await asyncio.sleep(0.3)
        await runner.tick()


class Laboratory:
    def __init__(self, mongo_url: str, kafka_bootstrap: str) -> None:
        self.mongo_url, self.kafka_bootstrap = mongo_url, kafka_bootstrap
        self.name = f"toy{secrets.token_hex(4)}"
        self.service = toy(self.name)
        self._replicas = AsyncExitStack()
        self._number = 0

    async def __aenter__(self) -> Self:
        topic = Topic(self.service.topic, self.name, "toy")
        await create_topics(self.kafka_bootstrap, topics=[topic], partitions=PARTITIONS)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._replicas.aclose()
        client = connect(self.mongo_url)
        with suppress(PyMongoError):
            await client.drop_database(f"gonghui_{self.name}")
        client.close()

    async def replica(self, service: Service | None = None, mongo_url: str | None = None) -> Replica:
        self._number += 1
        replica = await Replica(self, self._number, service or self.service, mongo_url).open()
        self._replicas.push_async_callback(replica.close)
        return replica
