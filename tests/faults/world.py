"""The world that is to be broken: the stack with two runners of each service, every connection through a proxy."""

import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import httpx
from aiokafka.errors import KafkaError

from deploy.cli.init import Founders, found
from deploy.demo import opening
from deploy.demo.command_line import gonghui
from deploy.demo.stage import ADMIN, BEGINS_ON, SECOND, Stage
from deploy.demo.watch import followed
from deploy.local.service_processes import SERVICES, ServiceProcess, answers, processes_of
from deploy.local.stack import Stack
from deploy.local.supervisor import Backoff
from deploy.roster.api import Api, each
from deploy.roster.synthetic import GROUP, synthetic_group, write_workbook
from shared.kernel.ports import Partition
from shared.kernel.settings import Settings
from shared.kernel.topic_scan import ends, reading
from shared.kernel.topics import TOPICS
from shared.values.words import HOLDS_MEMBERS
from tests.faults.driver import Cast
from tests.faults.link import Link
from tests.faults.service import Orders

REPLICAS = 2
SERVERS = ("mongod", "kafka")
SUBSIDIARIES, UNIONS, MEMBERS = 4, 4, 120
RECOVERED_WITHIN = 180.0
"""Seconds from the end of a fault until everything is ready, published and applied; more is a failure."""
LOOK = 0.2


class NotRecovered(Exception):
    """The services did not come back in time; `str()` says what is missing."""


@dataclass(frozen=True)
class Cut:
    """A partition that has lost its records on purpose while a service had not read them."""

    partition: Partition
    reader: str
    at: datetime


class World:
    def __init__(self, state: Path, say: Callable[[str], None]) -> None:
        self.say = say
        self.processes = {process.name: process for process in processes_of(SERVICES, REPLICAS)}
        self.orders = {name: Orders() for name in self.processes}
        self.links: dict[tuple[str, str], Link] = {}
        self.cut: list[Cut] = []
        """An alarm is due for each."""
        self.cast: Cast
        self.stage: Stage
        self.began_at: dict[str, int] = {}
        """The last position of each service before the driver began."""
        self._folder = state.parent / "orders"
        self.stack = Stack(
            state,
            replicas=REPLICAS,
            command=self._command,
            begins_on=BEGINS_ON,
            backoff=Backoff(first=0.5, longest=4.0, healthy=20.0),
        )
        self._consumer: Any = None
        self._client: httpx.AsyncClient

    @classmethod
    @asynccontextmanager
    async def made(cls, folder: Path, seed: int, say: Callable[[str], None]) -> AsyncIterator[Self]:
        """Up, with a group in it."""
        world = cls(folder / "state", say)
        world._folder.mkdir()
        async with AsyncExitStack() as open_:
            for name in world.processes:
                for server in SERVERS:
                    link = world.links[name, server] = await Link.open()
                    open_.push_async_callback(link.close)
            await open_.enter_async_context(world.stack)
            world._client = await open_.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=3.0))
            names = [topic.name for topic in TOPICS]
            world._consumer = await open_.enter_async_context(reading(world.settings, names))
            api = await open_.enter_async_context(Api.of(world.stack.state, world.stack.addresses()))
            world.stage = Stage(api, seed, say)
            await world._found(seed)
            yield world

    @property
    def settings(self) -> Settings:
        return Settings(mongo_url=self.stack.mongo_url, kafka_bootstrap=self.stack.kafka_bootstrap)

    def _command(self, process: ServiceProcess, port: int) -> Sequence[str]:
        """Known only now: where database and broker listen."""
        servers = {"mongod": self.stack.mongo_url, "kafka": self.stack.kafka_bootstrap}
        ports: dict[str, int] = {}
        for server, address in servers.items():
            link = self.links[process.name, server]
            link.server_port = int(address.partition("127.0.0.1:")[2].partition("/")[0])
            ports[str(link.server_port)] = link.port
        self.order(process.name, ports=ports)
        run = (sys.executable, "-m", "tests.faults.service", str(self._file(process.name)), process.service)
        return (*run, "--only", process.roles, "--port", str(port))

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def order(self, name: str, **changes: Any) -> None:
        """For a process from its next start on."""
        self.orders[name] = replace(self.orders[name], **changes)
        self.orders[name].write(self._file(name))

    def of(self, service: str, part: str = "") -> list[str]:
        """Names of the processes of a service."""
        return [n for n, process in self.processes.items() if process.service == service and part in ("", process.part)]

    # -- a group ------------------------------------------------------------------------------------------------

    async def _found(self, seed: int) -> None:
        stage, group = self.stage, synthetic_group(SUBSIDIARIES, MEMBERS, seed, UNIONS)
        await found(Founders(GROUP, "110000", ADMIN, SECOND), self.stack.state)
        file = self.stack.state / "roster.xlsx"
        write_workbook(group, file)
        await stage.see("members", f"/organisations/{GROUP}")
        await gonghui(self.stack, "import", "roster", str(file), "--actor", ADMIN, "--confirmed-by", SECOND)
        await self.recovered()
        unions = [one.org_id for one in group.organisations if one.kind in HOLDS_MEMBERS]
        stage.subsidiaries = sorted({union.partition("-")[0] for union in unions})

        async def meet(union: str) -> None:
            for card in await stage.api.pages(ADMIN, "members", f"/organisations/{union}/members"):
                stage.ledger.homes[card["id"]] = union

        await each(unions, meet)
        await opening.appoint(stage)
        await opening.set_limits(stage)
        await opening.open_accounts(stage)
        await self.recovered()
        self.began_at = await self._numbered()
        self.cast = Cast(
            members=stage.members_below(),
            homes=dict(stage.ledger.homes),
            unions={union.partition("-")[0]: union for union in unions},
            accounts={org: account.id for org, account in stage.ledger.accounts.items() if org != GROUP},
        )

    # -- how it stands ------------------------------------------------------------------------------------------

    async def recovered(self, within: float = RECOVERED_WITHIN) -> float:
        """Seconds until every process is ready, and all that had been committed and published by then is applied
        everywhere. Raises NotRecovered."""
        began = time.monotonic()
        why = "nothing was seen"
        try:
            async with asyncio.timeout(within):
                while why := await self._not_ready(self.processes):
                    await asyncio.sleep(LOOK)
                numbered = await self._numbered()
                while why := await self._not_published(numbered):
                    await asyncio.sleep(LOOK)
                goal = await self._ends()
                while why := await self._not_applied(goal):
                    await asyncio.sleep(LOOK)
        except TimeoutError:
            raise NotRecovered(f"after {within:.0f} s: {why}") from None
        return time.monotonic() - began

    async def quiet(self, within: float) -> float:
        """As `recovered`, and nothing waits any more: no outbox, no quarantine. Nobody may send commands meanwhile."""
        began = time.monotonic()
        await self.recovered(within)
        why = ""
        try:
            async with asyncio.timeout(max(1.0, within - (time.monotonic() - began))):
                while why := await self._not_quiet():
                    await asyncio.sleep(LOOK)
        except TimeoutError:
            raise NotRecovered(f"after {within:.0f} s: {why}") from None
        return time.monotonic() - began

    async def _not_quiet(self) -> str:
        before = await self._ends()
        if why := await self._not_applied(before):
            return why
        for service, (status, *_) in (await self._statuses()).items():
            if status["outbox"]["unpublished"] or status["relay"]["published"] != status["relay"]["next"] - 1:
                return f"{service} has not published everything"
            if any(status["quarantine"].values()):
                return f"{service}: {status['quarantine']}"
        return "" if before == await self._ends() else "new events came"

    async def _not_ready(self, names: Iterable[str]) -> str:
        ports = self.ports()
        wanted = [name for name in names if name in ports]
        ready = await asyncio.gather(*(answers(f"http://127.0.0.1:{ports[name]}/readyz") for name in wanted))
        missing = sorted(set(names) - {name for name, yes in zip(wanted, ready, strict=True) if yes})
        return f"{', '.join(missing)} not ready" if missing else ""

    def ports(self) -> dict[str, int]:
        return {one["name"]: one["port"] for one in self.stack.addresses()["processes"]}

    async def until_ready(self, *names: str) -> None:
        """Raises NotRecovered."""
        why = ""
        try:
            async with asyncio.timeout(RECOVERED_WITHIN):
                while why := await self._not_ready(names):
                    await asyncio.sleep(LOOK)
        except TimeoutError:
            raise NotRecovered(why) from None

    async def status(self, name: str) -> dict[str, Any] | None:
        try:
            response = await self._client.get(f"http://127.0.0.1:{self.ports()[name]}/status")
        except (httpx.HTTPError, KeyError):
            return None
        found: dict[str, Any] | None = response.json() if response.is_success else None
        return found

    async def _statuses(self) -> dict[str, list[dict[str, Any]]]:
        """What the runners of each service say."""
        names = [name for name, process in self.processes.items() if process.part == "runners"]
        told: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for name, status in zip(names, await asyncio.gather(*map(self.status, names)), strict=True):
            if status is not None:
                told[self.processes[name].service].append(status)
        return told

    async def _numbered(self) -> dict[str, int]:
        """The last position that each service has given when it is asked."""
        while len(told := await self._statuses()) < len(SERVICES):
            await asyncio.sleep(LOOK)
        return {service: status["relay"]["next"] - 1 for service, (status, *_) in told.items()}

    async def _not_published(self, numbered: dict[str, int]) -> str:
        told = await self._statuses()
        behind = [s for s, last in numbered.items() if s not in told or told[s][0]["relay"]["published"] < last]
        return f"{', '.join(behind)} not published" if behind else ""

    async def _ends(self) -> dict[Partition, int]:
        while True:
            try:
                return await ends(self._consumer)
            except KafkaError:
                await asyncio.sleep(LOOK)

    async def _not_applied(self, goal: dict[Partition, int]) -> str:
        told = await self._statuses()
        for service in SERVICES:
            standing: dict[tuple[str, str, int], int] = {}
            for row in (row for status in told.get(service, ()) for row in status["runners"]):
                where = row["runner"], row["topic"], row["partition"]
                standing[where] = min(row["next_offset"], standing.get(where, row["next_offset"]))
            for runner, topic in followed(service):
                for partition in (number for name, number in goal if name == topic):
                    if standing.get((runner, topic, partition), -1) < goal[topic, partition]:
                        return f"{service} {runner} behind in {topic}[{partition}]"
        return ""
