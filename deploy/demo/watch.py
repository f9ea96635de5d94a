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

INTERVAL = 1.0
"""Seconds between two looks."""
QUIET_WITHIN = 90.0
RUNNERS = "-runners"
"""How the name of the process ends that relays and projects."""


class NotQuiet(Exception):
    """The services did not come to the end of their topics in time; `str()` says where they were."""


class Watch:
    def __init__(self, stack: Stack, client: httpx.AsyncClient, consumer: Any) -> None:
        self._stack, self._client, self._consumer = stack, client, consumer
        self.latest: dict[str, dict[str, Any] | None] = {}
        """By service, what its runners said last; None while they do not answer."""

    async def run(self, seen: Callable[[], None]) -> None:
        while True:
            await self.look()
            seen()
            await asyncio.sleep(INTERVAL)

    async def look(self) -> None:
        found = [process for process in self._stack.addresses()["processes"] if process["name"].endswith(RUNNERS)]
        told = await asyncio.gather(*(self._status(process["port"]) for process in found))
        self.latest = {process["service"]: status for process, status in zip(found, told, strict=True)}

    async def _status(self, port: int) -> dict[str, Any] | None:
        try:
            response = await self._client.get(f"http://127.0.0.1:{port}/status", timeout=2.0)
        except httpx.HTTPError:
            return None
        found: dict[str, Any] | None = response.json() if response.is_success else None
        return found

    # -- to be seen ---------------------------------------------------------------------------------------------

    def table(self) -> Table:
        table = table_of("service", "events", "outbox", "oldest s", "runner", "lag records", "lag s")
        for service, status in self.latest.items():
            first = [service, *outbox(status)]
            for runner, (records, seconds) in lags(status).items() or [("[red]down[/red]", (0, 0.0))]:
                table.add_row(*first, runner, f"{records:,}", f"{seconds:.1f}")
                first = ["", "", "", ""]
        return table

    def line(self) -> str:
        """The same where there is no terminal."""
        parts = []
        for service, status in self.latest.items():
            events, waiting, age = outbox(status)
            records, seconds = (max(lag) for lag in zip((0, 0.0), *lags(status).values(), strict=True))
            told = f"{events} events, outbox {waiting} ({age} s), lag {records:,} ({seconds:.1f} s)"
            parts.append(f"{service}: {told if status else 'down'}")
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
        for service, status in self.latest.items():
            if status is None:
                return f"{service} does not answer"
            if status["quarantine"]["open"]:
                raise NotQuiet(f"{service} has events in quarantine: see `gonghui quarantine list`.")
            if status["outbox"]["unpublished"]:
                return f"{service} has not published everything"
            standing = {
                (row["runner"], row["topic"], row["partition"]): row["next_offset"] for row in status["runners"]
            }
            for runner, topic in followed(service):
                for partition in (number for where, number in before if where == topic):
                    if standing.get((runner, topic, partition), -1) < before[topic, partition]:
                        return f"{service} {runner} is behind in {topic}"
        return "" if before == await ends(self._consumer) else "new events came"


def followed(service: str) -> list[tuple[str, str]]:
    """Every runner of a service with every topic that it follows."""
    views = {kind for view in SERVICES[service].views.values() for kind in view.events}
    reactions = {kind for reaction in SERVICES[service].reactions.values() for kind in reaction.events}
    runners = (("views", views), ("reactions", reactions))
    return [(runner, topic) for runner, kinds in runners for topic in followed_topics(kinds)]


def outbox(status: dict[str, Any] | None) -> tuple[str, str, str]:
    """Events published, waiting, and the age of the oldest that waits."""
    if status is None:
        return "?", "?", "?"
    waits = status["outbox"]
    return f"{status['relay']['published']:,}", f"{waits['unpublished']:,}", f"{waits['oldest_age_seconds']:.1f}"


def lags(status: dict[str, Any] | None) -> dict[str, tuple[int, float]]:
    """Of each runner: records behind in all partitions, seconds behind in the slowest."""
    found: dict[str, tuple[int, float]] = defaultdict(lambda: (0, 0.0))
    for row in (status or {}).get("runners", []):
        records, seconds = found[row["runner"]]
        found[row["runner"]] = records + (row["lag_records"] or 0), max(seconds, row["lag_seconds"] or 0.0)
    return dict(found)
