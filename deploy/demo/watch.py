"""What the processes tell about themselves while the play goes on: events, lag, outbox; and when all is quiet."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import httpx
from rich.table import Table

from deploy.cli.database import SERVICES
from deploy.cli.status import table_of
from deploy.local.stack import Stack
from shared.kernel.process import followed_topics
from shared.kernel.topic_scan import ends

INTERVAL = 0.5
"""Seconds between two looks."""
QUIET_WITHIN = 90.0


class NotQuiet(Exception):
    """The services did not come to the end of their topics in time; `str()` says where they were."""


class Watch:
    def __init__(self, stack: Stack, client: httpx.AsyncClient, consumer: Any) -> None:
        self._stack, self._client, self._consumer = stack, client, consumer
        self.latest: dict[str, dict[str, Any] | None] = {}
        """By process, what it said last; None while it does not answer."""

    async def run(self, seen: Callable[[], None]) -> None:
        while True:
            await self.look()
            seen()
            await asyncio.sleep(INTERVAL)

    async def look(self) -> None:
        processes = [process for process in self._stack.addresses()["processes"] if process["service"]]
        told = await asyncio.gather(*(self._status(process["port"]) for process in processes))
        self.latest = {process["name"]: status for process, status in zip(processes, told, strict=True)}

    async def _status(self, port: int) -> dict[str, Any] | None:
        try:
            response = await self._client.get(f"http://127.0.0.1:{port}/status", timeout=2.0)
        except httpx.HTTPError:
            return None
        found: dict[str, Any] | None = response.json() if response.is_success else None
        return found

    # -- to be seen ---------------------------------------------------------------------------------------------

    def table(self) -> Table:
        table = table_of("service", "events", "outbox", "oldest s", "runner", "lag records", "lag s", "state")
        for service in self._stack.service_urls:
            runners, api = self.latest.get(f"{service}-runners"), self.latest.get(f"{service}-api")
            state = "up" if runners and api else "[red]down[/red]"
            told = runners or api
            first = [service, *map(str, _outbox(told))]
            for runner, (records, seconds) in _lags(runners).items() or {"": (0, 0.0)}.items():
                table.add_row(*first, runner, f"{records:,}", f"{seconds:.1f}", state)
                first, state = ["", "", "", ""], ""
        return table

    def line(self) -> str:
        parts = []
        for service in self._stack.service_urls:
            runners = self.latest.get(f"{service}-runners")
            if runners is None:
                parts.append(f"{service} down")
                continue
            events, outbox, _ = _outbox(runners)
            records = sum(lag for lag, _ in _lags(runners).values())
            parts.append(f"{service} {events} events, outbox {outbox}, lag {records}")
        return " · ".join(parts)

    # -- quiet --------------------------------------------------------------------------------------------------

    async def quiet(self) -> None:
        """Wait until everything that was committed is published, and everything published applied. Raises NotQuiet."""
        deadline = time.monotonic() + QUIET_WITHIN
        while (why := await self._why_not()) != "":
            if time.monotonic() > deadline:
                raise NotQuiet(f"Still not at the end of everything after {QUIET_WITHIN:.0f} s: {why}.")
            await asyncio.sleep(0.1)

    async def _why_not(self) -> str:
        """First the ends of the topics, then where the runners and the outboxes are, then the ends again: the same."""
        before = await ends(self._consumer)
        await self.look()
        for name, status in self.latest.items():
            if not name.endswith("-runners"):
                continue
            if status is None:
                return f"{name} does not answer"
            if status["outbox"]["unpublished"]:
                return f"{name} has not published everything"
            standing = {
                (row["runner"], row["topic"], row["partition"]): row["next_offset"] for row in status["runners"]
            }
            for runner, topic in followed(status["service"]):
                for partition in (number for where, number in before if where == topic):
                    if standing.get((runner, topic, partition), -1) < before[topic, partition]:
                        return f"{name} {runner} is behind in {topic}"
        return "" if before == await ends(self._consumer) else "new events came"


def followed(service: str) -> list[tuple[str, str]]:
    """Every runner of a service with every topic that it follows."""
    views = {kind for view in SERVICES[service].views.values() for kind in view.events}
    reactions = {kind for reaction in SERVICES[service].reactions.values() for kind in reaction.events}
    runners = (("views", views), ("reactions", reactions))
    return [(runner, topic) for runner, kinds in runners for topic in followed_topics(kinds)]


def _outbox(status: dict[str, Any] | None) -> tuple[str, str, str]:
    """Events published, waiting, and the age of the oldest that waits."""
    if status is None:
        return "?", "?", "?"
    outbox = status["outbox"]
    return f"{status['relay']['published']:,}", f"{outbox['unpublished']:,}", f"{outbox['oldest_age_seconds']:.1f}"


def _lags(status: dict[str, Any] | None) -> dict[str, tuple[int, float]]:
    """Of each runner: records behind in all partitions, seconds behind in the slowest."""
    found: dict[str, tuple[int, float]] = defaultdict(lambda: (0, 0.0))
    for row in (status or {}).get("runners", []):
        records, seconds = found[row["runner"]]
        found[row["runner"]] = records + (row["lag_records"] or 0), max(seconds, row["lag_seconds"] or 0.0)
    return dict(found)
