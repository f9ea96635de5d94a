"""The embedded stack: MongoDB, Kafka and the services of one state directory, as one object to start, break and stop.

`async with Stack(folder, services=()) as stack` gives database and broker in a few seconds, at `stack.mongo_url` and
`stack.kafka_bootstrap`; `await stack.kill("mongod")` then ends one, which is started again by itself.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from deploy.local import service_processes
from deploy.local.cannot_start import CannotStart
from deploy.local.child import Program
from deploy.local.identity import environment, make_identity
from deploy.local.kafka import kafka, kafka_bootstrap
from deploy.local.kafka_jars import Fetched, class_path_meanwhile
from deploy.local.mongod import mongo_url, mongod
from deploy.local.own_servers import OwnServers
from deploy.local.ports import choose_ports
from deploy.local.service_processes import SERVICES, Command, place_of, processes_of, run_service
from deploy.local.state_dir import held, prepare, write_addresses
from deploy.local.supervisor import Backoff, Died, Restarted, Supervisor
from shared.kernel.admin import Refused, TopicDiffers, begin_business_on, create_topics

Report = Callable[[Died | Restarted], None]
INFRA = {"mongod": 0, "kafka": 1, "kafka-controller": 2}
"""Offsets from a port base; the processes of the services follow from 10, 20, 30."""


class Stack:
    """Addresses are known once it has started. Whoever starts it owns the children: they end with that process.

    `services` and `command` let tests run fewer or other programs; `begins_on` is the first business date of a new
    state; `replicas` is the number of runners of each service. Starting raises CannotStart and leaves nothing.
    """

    def __init__(
        self,
        state: Path,
        *,
        port_base: int | None = None,
        services: Sequence[str] = SERVICES,
        replicas: int = 1,
        command: Command = run_service,
        report: Report = lambda _: None,
        fetched: Fetched = lambda _so_far, _total: None,
        own: OwnServers = OwnServers(),  # noqa: B008
        backoff: Backoff = Backoff(),  # noqa: B008
        begins_on: date | None = None,
    ) -> None:
        self.state = state.resolve()
        self.mongo_url = own.mongo_url or ""
        self.kafka_bootstrap = own.kafka_bootstrap or ""
        self.service_urls: dict[str, str] = {}
        """Of each service's API."""
        self._own = own
        self._port_base = port_base
        self._processes = processes_of(services, replicas)
        self._services = {process.name: process.service for process in self._processes}
        self._command = command
        self._report = report
        self._fetched = fetched
        self._begins_on = begins_on
        self._supervisor = Supervisor(self._changed, backoff)
        self._programs: dict[str, Program] = {}
        self._ports: dict[str, int] = {}
        self._holding = ExitStack()
        self._up = False

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """All of it; returns when every process is ready."""
        try:
            await self.start_infra()
            await self.start_services()
            self._up = True
            self._write_addresses()
        except BaseException:
            await self.stop()
            raise

    async def start_infra(self) -> None:
        """Database and broker, with the replica set initiated and the topics made. Needs a `stop`, come what may."""
        prepare(self.state)
        self._holding.enter_context(held(self.state))
        self._ports = choose_ports(self.state, self._offsets(), self._port_base)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._start_mongo())
                both.create_task(self._start_kafka())
        except ExceptionGroup as group:
            raise group.exceptions[0] from None

    def _offsets(self) -> dict[str, int]:
        mongo, kafka = not self._own.mongo_url, not self._own.kafka_bootstrap
        mine = {"mongod": mongo, "kafka": kafka, "kafka-controller": kafka}
        tens = {service: 10 * place for place, service in enumerate(SERVICES, start=1)}
        later = 10 * (len(SERVICES) + 1)
        services = {p.name: tens.get(p.service, later) + place_of(p) for p in self._processes}
        return {name: offset for name, offset in INFRA.items() if mine[name]} | services

    async def _start_mongo(self) -> None:
        if self._own.mongo_url:
            await self._own.check_mongo(self._own.mongo_url)
        else:
            self.mongo_url = mongo_url(self._ports["mongod"])
            await self._run(mongod(self.state, self._ports["mongod"]))
            if self._begins_on:
                await self._begin_business_on(self._begins_on)

    async def _begin_business_on(self, day: date) -> None:
        try:
            await begin_business_on(self.mongo_url, day)
        except Refused as error:
            raise CannotStart(f"{error}: give another --state DIR.") from error

    async def _start_kafka(self) -> None:
        if self._own.kafka_bootstrap:
            await self._own.check_kafka(self._own.kafka_bootstrap)
        else:
            jars = await class_path_meanwhile(self._fetched)
            self.kafka_bootstrap = kafka_bootstrap(self._ports["kafka"])
            await self._run(await kafka(self.state, self._ports["kafka"], self._ports["kafka-controller"], jars))
        await self._create_topics()

    async def _create_topics(self) -> None:
        security, partitions = self._own.kafka_security, self._own.partitions
        replication = -1 if self._own.kafka_bootstrap else 1
        try:
            await create_topics(self.kafka_bootstrap, security, partitions=partitions, replication=replication)
        except TopicDiffers as error:
            raise CannotStart(f"{error}: set GONGHUI_PARTITIONS as it was, or give another --state DIR.") from error
        except Refused as error:
            raise CannotStart(
                f"Kafka did not create the topics ({error}): see its log and its access lists."
            ) from error

    async def start_services(self) -> None:
        """Every process of every service, side by side, on what `start_infra` started."""
        settings = {
            "GONGHUI_MONGO_URL": self.mongo_url,
            "GONGHUI_KAFKA_BOOTSTRAP": self.kafka_bootstrap,
            # A business clock may never be moved on servers that somebody else relies on.
            "GONGHUI_EMBEDDED": str(int(not self._own.any)),
            "GONGHUI_BUSINESS_CLOCK": str(int(not self._own.any)),
            "GONGHUI_PARTITIONS": str(self._own.partitions),
            **environment(make_identity(self.state)),
        }
        try:
            async with asyncio.TaskGroup() as all_of_them:
                for process in self._processes:
                    port = self._ports[process.name]
                    run = service_processes.program(process, port, self.state, settings, self._command)
                    all_of_them.create_task(self._run(run))
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        self.service_urls = {p.service: f"http://127.0.0.1:{self._ports[f'{p.service}-api']}" for p in self._processes}

    async def _run(self, program: Program) -> None:
        self._programs[program.name] = program
        await self._supervisor.start(program)

    async def stop(self, *names: str) -> None:
        """These processes, which then stay down; without names all of it: services, then Kafka, then mongod."""
        if names:
            await self._supervisor.stop(*names)
            return
        self._up = False
        await self._supervisor.stop(*(process.name for process in self._processes))
        await self._supervisor.stop("kafka")
        await self._supervisor.stop("mongod")
        self._holding.close()

    async def start_again(self, name: str) -> None:
        """A process that was stopped by name; returns when it is ready."""
        await self._run(self._programs[name])

    async def restart(self, name: str) -> None:
        await self.stop(name)
        await self.start_again(name)

    async def until_ready(self, name: str) -> None:
        """Wait for a process that was killed, or is being restarted, to be ready again. TimeoutError."""
        program = self._programs[name]
        async with asyncio.timeout(program.ready_within):
            while not (self._supervisor.children[name].running and await program.ready()):
                await asyncio.sleep(0.05)

    def pid(self, name: str) -> int:
        return self._supervisor.children[name].pid

    async def kill(self, name: str) -> None:
        """SIGKILL; returns when it has ended. It is restarted after the back-off."""
        killed = self._supervisor.children[name]
        process = killed.process
        killed.signal(signal.SIGKILL)
        await process.wait()

    def pause(self, name: str) -> None:
        """SIGSTOP: it lives, and does nothing."""
        self._supervisor.children[name].signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self._supervisor.children[name].signal(signal.SIGCONT)

    def kill_all(self) -> None:
        """SIGKILL to every process, none is restarted: for one who cannot wait for an orderly stop."""
        self._supervisor.kill_all()

    def addresses(self) -> dict[str, Any]:
        """What `stack.json` says: the addresses, and the processes with their pids."""
        return {
            "pid": os.getpid(),
            "kafka": self.kafka_bootstrap,
            "mongo": self.mongo_url,
            "services": {service: {"url": url} for service, url in self.service_urls.items()},
            "processes": [
                {
                    "name": child.name,
                    "service": self._services.get(child.name),
                    "pid": child.pid,
                    "port": child.program.port,
                    "since": datetime.fromtimestamp(child.since, UTC).isoformat(timespec="seconds"),
                    "restarts": child.restarts,
                }
                for child in self._supervisor.children.values()
            ],
        }

    def _write_addresses(self) -> None:
        write_addresses(self.state, self.addresses())

    def _changed(self, what: Died | Restarted) -> None:
        if self._up:
            with suppress(OSError):  # a full disk: old pids in `stack.json` hurt less than a child nobody restarts
                self._write_addresses()
        self._report(what)
