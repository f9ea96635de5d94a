"""What a process tells about itself: readiness of its roles, `/status` for operators, and its gauges."""

import math
from typing import TYPE_CHECKING, Any

from shared.kernel.health import Check
from shared.kernel.ports import StoreFault

if TYPE_CHECKING:
    from shared.kernel.process import Core, Process


class Status:
    def __init__(self, core: "Core", process: "Process") -> None:
        self._core, self._process = core, process
        self._published = self._numbered = 0

    def checks(self) -> dict[str, Check]:
        """Readiness by role: a broker that is down does not stop commands, the log is there for that."""
        roles: dict[str, Check] = {}
        if "api" in self._process.roles:
            roles["api"] = self._api
        if "relay" in self._process.roles:
            roles["relay"] = self._database
        roles |= {role: self._database for role in self._core.service.duties if role in self._process.roles}
        for runner in self._process.runners:
            roles[runner.name] = self._runner(runner)
        return roles

    async def _database(self) -> str | None:
        try:
            await self._core.reads.server_time()
        except StoreFault:
            return "the database does not answer"
        return None

    async def _api(self) -> str | None:
        if not self._core.directory.loaded.is_set():
            return "the directory is not loaded yet"
        if math.isinf(self._core.directory.age()):
            return "the directory has not heard of everything yet"
        if behind := await self._core.rebuild.look():
            return behind
        return await self._database()

    def _runner(self, runner: Any) -> Check:
        async def check() -> str | None:
            reason: str | None = runner.healthy
            return reason or await self._database()

        return check

    async def report(self) -> dict[str, Any]:
        """The state of this process and of what it shares with others."""
        core, process = self._core, self._process
        told: dict[str, Any] = {
            "service": core.service.name,
            "roles": list(process.roles),
            "today": core.clock.today().isoformat(),
            "runners": [row for runner in process.runners for row in runner.report()],
        }
        waiting, age = await core.relay.outbox()
        told["outbox"] = {"unpublished": waiting, "oldest_age_seconds": round(age, 3)}
        rows = await core.views.rows("quarantine", {}, ("state",))
        told["quarantine"] = {
            state: sum(row["state"] == state for row in rows) for state in ("open", "parked", "waiting")
        }
        lease, sequence = await core.relay.leader("relay"), await core.relay.sequence()
        told["relay"] = {
            "leader": lease["owner"] if lease and lease["live"] else None,
            "this": bool(process.relay and process.relay.observed.leader),
            "epoch": sequence.epoch,
            "next": sequence.next,
            "published": sequence.published,
            "closed": core.store.closed(),
        }
        return told

    async def measure(self) -> None:
        """Set the gauges that are not set where things happen."""
        metrics, relay = self._core.metrics, self._process.relay
        if relay is None:
            return
        observed = relay.observed
        metrics.relay_leader.set(observed.leader)
        metrics.relay_fork.set(observed.fork)
        metrics.relay_held_back_streams.set(observed.held_back)
        metrics.relay_numbered.inc(observed.numbered - self._numbered)
        self._numbered = observed.numbered
        metrics.relay_published.inc(max(0, observed.sent - self._published))
        self._published = observed.sent
        waiting, age = await self._core.relay.outbox()
        metrics.outbox_unpublished.set(waiting)
        metrics.outbox_oldest_age_seconds.set(age)
