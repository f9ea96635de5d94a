"""A process of a service: one role or several, put together, started, watched and stopped.

python -m services.welfare --only api|relay|views|reactions[,...] --port 8000
"""

import argparse
import asyncio
import os
import signal
import socket
import sys
from collections.abc import Collection, Sequence
from contextlib import suppress
from itertools import count
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI

from shared.directory.directory import Directory
from shared.directory.follow import DirectoryEntries
from shared.kernel.clock import ServerClock, Uuid7
from shared.kernel.collector import collect, spare_the_collector
from shared.kernel.connections import connections
from shared.kernel.door import Door
from shared.kernel.endpoints import Serving
from shared.kernel.health import Probes
from shared.kernel.http import create_app, create_probe_app
from shared.kernel.kafka import KafkaBroker
from shared.kernel.key_sets import FileKeys, Keys, UrlKeys
from shared.kernel.log import Log
from shared.kernel.logs import configure
from shared.kernel.metrics import Metrics, watch_event_loop
from shared.kernel.mongo.driver import Driver, connect
from shared.kernel.mongo.log import MongoLog
from shared.kernel.mongo.reads import MongoKeys, MongoReads
from shared.kernel.mongo.relay import MongoRelay
from shared.kernel.mongo.views import MongoViews
from shared.kernel.ports import StoreFault
from shared.kernel.projector import Projector
from shared.kernel.queries import Queries
from shared.kernel.reactor import Reactor
from shared.kernel.rebuild import Rebuild
from shared.kernel.relay import Relay
from shared.kernel.runner import KafkaConsumer, Runner
from shared.kernel.service import Service
from shared.kernel.settings import ROLES, BadSettings, Settings, load
from shared.kernel.snapshots import Snapshots
from shared.kernel.status import Status
from shared.kernel.ticker import Ticker
from shared.kernel.tokens import Verifier
from shared.kernel.topics import TOPICS
from shared.kernel.vault import LocalKey, Vault
from shared.kernel.work import Commands, Minted, Work

log = structlog.get_logger()

LONGEST_TRANSACTION = 10
"""Seconds that a dead process may keep documents locked; the server's limit must not be higher."""
SAMPLE, MEASURE = 15, 5
"""Seconds between samples of the server's time, and between looks at the outbox."""
STOP_WITHIN = 12.0
"""Seconds for a graceful stop."""


class Core:
    """What every role of a process shares: the database, the clock, the directory, the means to run commands."""

    def __init__(self, service: Service, settings: Settings, metrics: Metrics) -> None:
        self.service, self.settings, self.metrics = service, settings, metrics
        self.owner = f"{socket.gethostname()}:{os.getpid()}"
        self.driver = Driver(connect(settings.mongo_url), f"gonghui_{service.name}", self.owner)
        self.store = MongoLog(self.driver)
        self.snapshots = Snapshots(self.store)
        self.relay = MongoRelay(self.driver)
        self.views = MongoViews(self.driver)
        self.driver.serves = service.view_set
        self.rebuild = Rebuild(self.views, service.view_set)
        self.reads = MongoReads(self.driver)
        self.clock, self.ids = ServerClock(), Uuid7()
        self.entries = DirectoryEntries(service, self.reads, settings.partitions)
        self.directory = Directory(self.entries, self.clock)
        self.queries = Queries(service, self.reads, self.relay, self.views, self.directory, settings.partitions)
        self.vault: Vault | None = None
        self.commands: Commands

    async def open(self) -> None:
        """Wait for the database, look at its settings, make what is needed in it."""
        while True:
            try:
                self.clock.sampled(await self.reads.server_time())
                await self.driver.open()
                break
            except StoreFault as fault:
                log.warning("waiting for the database", reason=str(fault)[:200])
                await asyncio.sleep(1.0)
        lifetime = await self.reads.transaction_lifetime()
        if lifetime is not None and lifetime > LONGEST_TRANSACTION:
            log.error("set transactionLifetimeLimitSeconds of the database lower", limit=lifetime)
        await self.store.prepare()
        kinds = {kind for view in self.service.views.values() for kind in view.events}
        await self.rebuild.begin(followed_topics(kinds))
        incarnation = await self.reads.incarnation()
        if self.settings.vault_key or self.settings.vault_key_file:
            self.vault = self._open_vault()
        self.commands = Commands(
            log=Log(self.store, snapshots=self.snapshots),
            clock=self.clock,
            ids=self.ids,
            directory=self.directory,
            views=self.queries,
            topic=self.service.topic,
            source=f"/gonghui/{self.service.name}/{incarnation}",
            vault=self.vault,
            conflict=self.metrics.command_conflicts_retried.inc,
        )
        await self.pulse(0)

    def _open_vault(self) -> Vault:
        return Vault(
            entries=self.store,
            keys=MongoKeys(self.driver.client, f"gonghui_{self.service.name}_keys"),
            wrapper=LocalKey(self.settings.vault_key_bytes()),
            pepper=self.settings.pepper_bytes(),
            clock=self.clock,
            ids=self.ids,
            metrics=self.metrics,
        )

    async def pulse(self, second: int) -> None:
        """Report that this process lives, hear whether the log is closed, go by the server's time."""
        await self.driver.beat()
        await self.store.hear()
        if second % SAMPLE == 0:
            self.clock.sampled(await self.reads.server_time())
            await self.snapshots.hear()
        if self.settings.business_clock and second % 2 == 0:
            self.clock.business_days = await self.reads.business_days(f"{self.service.name} {self.owner}")
        self.metrics.directory_age_seconds.set(min(self.directory.age(), 1e9))


class Process:
    def __init__(self, service: Service, roles: Collection[str], port: int, settings: Settings) -> None:
        self.service, self.roles, self.port, self.settings = service, roles, port, settings
        self.metrics = Metrics()
        self.core = Core(service, settings, self.metrics)
        self.runners: list[Runner] = []
        self.relay: Relay | None = None
        self._reactor: Reactor | None = None
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Until SIGTERM or SIGINT; then finish the batch, release the lease, leave the groups."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        await self.core.open()
        status = Status(self.core, self)
        await self._start_runners()
        server = uvicorn.Server(
            uvicorn.Config(
                self._app(status),
                host=self.settings.host,
                port=self.port,
                http=connections(self.settings.connections),
                ws="none",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=5,
                lifespan="off",
                backlog=2048,
            )
        )
        spare_the_collector()
        serving = asyncio.create_task(self._serve(server))
        others = self.core.directory.run(), self._every_second(status), watch_event_loop(self.metrics)
        self._tasks += [serving, *map(asyncio.create_task, others)]
        stopping = asyncio.create_task(self._stopping.wait())
        done, _ = await asyncio.wait([*self._tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopping}:
            log.error("a part of the process ended", exc_info=task.exception())
        server.should_exit = True
        await self._stop([serving] if server.started and not serving.done() else [])

    async def _serve(self, server: uvicorn.Server) -> None:
        """An API that knows no organisation and no role yet would refuse everybody."""
        if "api" in self.roles:
            await self.core.directory.loaded.wait()
        await server._serve()

    async def _start_runners(self) -> None:
        service, settings = self.service, self.settings
        if "relay" in self.roles:
            broker = KafkaBroker(settings.kafka_bootstrap, settings.kafka_security(), settings.partitions)
            topics = [topic.name for topic in TOPICS if topic.owner == service.name]
            self.relay = Relay(
                store=self.core.relay,
                broker=broker,
                clock=self.core.clock,
                owner=self.core.owner,
                topics=topics,
                partitions=settings.partitions,
            )
            ticker = Ticker(
                service=service,
                commands=self.core.commands,
                queries=self.core.queries,
                store=self.core.relay,
                clock=self.core.clock,
                owner=self.core.owner,
            )
            self._tasks.append(asyncio.create_task(self.relay.run()))
            if service.timers:
                self._tasks.append(asyncio.create_task(ticker.run()))
        if "views" in self.roles:
            projector = projector_of(service, self.core.views, self.core.owner, self.metrics)
            await projector.prepare()
            await self._start(projector, service.view_set)
        if "reactions" in self.roles and service.reactions:
            self._reactor = Reactor(
                reactions=service.reactions.values(),
                commands=self.core.commands,
                clock=self.core.clock,
                runner="reactions",
                store=self.core.views,
                consumer=KafkaConsumer(),
                owner=self.core.owner,
                metrics=self.metrics,
            )
            self.core.entries.changed = self._reactor.moved
            await self._start(self._reactor, "reactions")
        for role, duty in service.duties.items():
            if role in self.roles:
                self._tasks.append(asyncio.create_task(duty(self.core)))

    async def _start(self, follower: Projector | Reactor, group: str) -> None:
        runner = Runner(
            name=follower.runner,
            group=f"gonghui.{self.service.name}.{group}",
            topics=followed_topics(follower.subscribed),
            bootstrap=self.settings.kafka_bootstrap,
            security=self.settings.kafka_security(),
            follower=follower,
            clock=self.core.clock,
            metrics=self.metrics,
        )
        self.runners.append(runner)
        self._tasks.append(asyncio.create_task(runner.run()))

    def _app(self, status: Status) -> FastAPI:
        probes = Probes(checks=status.checks(), status=status.report)
        if "api" not in self.roles:
            return create_probe_app(self.service.name, self.metrics, probes)
        core = self.core
        serving = Serving(
            service=self.service.name,
            commands=core.commands,
            reading=lambda actor: Work(core.commands, actor, Minted(core.ids)),
            waiters=core.queries,
            verifier=Verifier(
                self._keys(),
                issuer=self.settings.token_issuer or "",
                audience=self.settings.token_audience or "",
                clock=core.clock,
            ),
            metrics=self.metrics,
            ids=core.ids,
            door=Door(
                core.clock,
                at_once=self.settings.requests_at_once,
                per_second=self.settings.requests_per_second,
            ),
            directory_max_age=self.settings.directory_max_age,
            hash_key=self.settings.pepper_bytes() if core.vault else b"",
        )
        return create_app(self.service, serving, probes)

    def _keys(self) -> Keys:
        if self.settings.jwks_file:
            return FileKeys(self.settings.jwks_file, self.core.clock)
        return UrlKeys(self.settings.jwks_url or "", self.core.clock)

    async def _every_second(self, status: Status) -> None:
        for second in count(1):
            await asyncio.sleep(1.0)
            collect()
            with suppress(StoreFault):
                await self.core.pulse(second)
                if second % MEASURE == 0:
                    await status.measure()
            for runner in self.runners:
                await runner.tick()

    async def _stop(self, serving: Sequence[asyncio.Task[None]]) -> None:
        """First what was let in is finished, the requests as well as the batches."""
        log.info("stopping")
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_WITHIN):
                await asyncio.gather(*(runner.stop() for runner in self.runners), *serving)
                for task in self._tasks[::-1]:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)
                with suppress(StoreFault):
                    await self.core.commands.log.close()
                    await self.core.driver.close()


def projector_of(service: Service, store: Any, owner: str, metrics: Metrics, view_set: str | None = None) -> Projector:
    """The projector of a service's views; `view_set` names another set than this build's (a rebuild)."""
    return Projector(
        view_set=view_set or service.view_set,
        views=list(service.views.values()),
        runner="views",
        store=store,
        consumer=KafkaConsumer(),
        owner=owner,
        metrics=metrics,
    )


def followed_topics(kinds: Collection[Any]) -> list[str]:
    """The topics that hold events of these types."""
    return sorted({kind.published_on() for kind in kinds})


def main(service: Service) -> None:
    """Entry point of `python -m services.<name>`."""
    parser = argparse.ArgumentParser(prog=f"services.{service.name}", description=f"Run {service.name}.")
    every = (*ROLES, *service.duties)
    parser.add_argument("--only", default=",".join(ROLES), help="roles, separated by commas: " + ", ".join(every))
    parser.add_argument("--port", type=int, default=8000, help="for the API, health and metrics (default 8000)")
    given = parser.parse_args()
    roles = [role for role in given.only.split(",") if role]
    if unknown := set(roles) - set(every):
        parser.error(f"no such role: {', '.join(sorted(unknown))}; there are {', '.join(every)}")
    try:
        settings = load(service.name, roles)
    except BadSettings as wrong:
        print(wrong, file=sys.stderr)
        sys.exit(2)
    configure(service.name, roles, settings.log_level)

    async def run() -> None:
        await Process(service, roles, given.port, settings).run()

    asyncio.run(run())
