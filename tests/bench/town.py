"""A group for the services to work for, and the service processes on it.

Organisations and activities come from the services' own decisions, members with their past from `member_history`.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.local.identity import AUDIENCE, ISSUER, SIGNING_KEY, make_identity
from deploy.local.service_processes import SERVICES
from services.activities.activity.activity import Activity
from services.activities.activity.publish_activity import PublishActivity, publish
from services.activities.service import service as activities
from services.members.organisation.establish_organisation import EstablishOrganisation, establish
from services.members.organisation.found_group import found_group
from services.members.organisation.organisation import Organisation
from services.members.service import service as members
from shared.kernel.clock import ServerClock, Uuid7
from shared.kernel.log import Log
from shared.kernel.mongo.driver import Driver, connect
from shared.kernel.mongo.log import MongoLog
from shared.kernel.mongo.reads import MongoReads
from shared.kernel.service import Service
from shared.kernel.tokens import issue
from shared.kernel.work import Act, Actor, Commands, Work
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.member_history import BASICS, GROUP, SUBSIDIARY, history, member_ids
from tests.bench.prefill import fill_log

FOUNDER = Actor("bench")


class Nowhere:
    """A directory and views of nothing: no decision made here asks them."""

    def path(self, org_id: str) -> None:
        return None


class NotEmpty(Exception):
    """There is a log on these servers already: services are measured on empty ones only."""


class Town:
    """Built once a run, for the first part that needs it; its services run from then on."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.members = member_ids(bench.sizes.members)
        self.activities: list[str] = []
        self.hot = ""
        """The activity that everybody wants."""
        self.events = bench.sizes.members * bench.sizes.history
        """Of the members' past."""
        self.applied_in = 0.0
        """Seconds in which they were appended, published, and applied by all three services."""
        self._signing_key = json.loads((make_identity(bench.stack.state) / SIGNING_KEY).read_text())

    async def build(self) -> list[Figure]:
        stack = self._bench.stack
        async with commands_of(members, stack.mongo_url) as commands:
            await _found(commands)
            source = commands.source
        async with commands_of(activities, stack.mongo_url) as commands:
            self.activities = [await _publish(commands) for _ in range(self._bench.sizes.activities)]
            self.hot = await _publish(commands)
        self._bench.say("  starting the service processes")
        await stack.start_services()
        self._bench.say(f"  filling a log with {self.events:,} events of {len(self.members):,} members")
        began = time.perf_counter()
        past = history(self.members, self._bench.sizes.history, source)
        await asyncio.to_thread(fill_log, stack.mongo_url, "gonghui_members", past)
        await self.drained()
        self.applied_in = time.perf_counter() - began
        self._bench.say(f"  filled, published and applied by all three services in {self.applied_in:.0f} s")
        return []

    def token(self, member_id: str) -> str:
        return issue(self._signing_key, member_id, issuer=ISSUER, audience=AUDIENCE, now=datetime.now(UTC), hours=2)

    async def drained(self, within: float = 300.0) -> None:
        """Until every log is published and every service that follows it has applied all of it."""
        client = connect(self._bench.stack.mongo_url)
        try:
            async with asyncio.timeout(within):
                for owner in ("members", "activities"):
                    while not await _is_drained(client, owner):
                        await asyncio.sleep(0.1)
        finally:
            client.close()


async def _is_drained(client: Any, owner: str) -> bool:
    log = client[f"gonghui_{owner}"]
    sequence = await log.sequence.find_one({"_id": "sequence"})
    if sequence is None or sequence["published"] < sequence["next"] - 1 or await log.log.find_one({"pending": True}):
        return False
    for reader in SERVICES:
        aside = await client[f"gonghui_{reader}"].quarantine.find_one()
        assert aside is None, f"{reader} set a record aside: {aside['reason']}"
        of_this_topic = {"_id": {"$regex": rf"^v\d+:gonghui\.{owner}:"}}
        checkpoints = await client[f"gonghui_{reader}"].checkpoints.find(of_this_topic).to_list(None)
        if checkpoints and sum(found["next_offset"] for found in checkpoints) < sequence["published"]:
            return False
    return True


@asynccontextmanager
async def commands_of(service: Service, mongo_url: str) -> AsyncIterator[Commands]:
    """The commands of a service whose processes do not run yet. NotEmpty if it has a history."""
    driver, clock, nowhere = Driver(connect(mongo_url), f"gonghui_{service.name}", "bench"), ServerClock(), Nowhere()
    store, reads = MongoLog(driver), MongoReads(driver)
    await driver.open()
    try:
        await store.prepare()
        if await driver.db.log.find_one():
            raise NotEmpty(f"gonghui_{service.name}")
        clock.sampled(await reads.server_time())
        source = f"/gonghui/{service.name}/{await reads.incarnation()}"
        parts: dict[str, Any] = {"directory": nowhere, "views": nowhere, "topic": service.topic, "source": source}
        yield Commands(log=Log(store), clock=clock, ids=Uuid7(), **parts)
    finally:
        await driver.close()


async def _found(commands: Commands) -> None:
    await _do(commands, lambda work: found_group(work, GROUP, "110000", FOUNDER.id))
    await _do(commands, lambda work: _establish(work, GROUP, SUBSIDIARY, "subsidiary"))
    for code in BASICS:
        await _do(commands, lambda work, code=code: _establish(work, SUBSIDIARY, code, "basic"))  # type: ignore[misc]


async def _establish(work: Work, parent_id: str, code: str, kind: Any) -> None:
    parent = await work.state(Organisation, parent_id)
    command = EstablishOrganisation(org_id=code, parent_id=parent_id, kind=kind, jurisdiction="110000")
    await work.change(Organisation, code, lambda new: establish(new, command, parent, work.today))


async def _publish(commands: Commands) -> str:
    """The id of an activity with ten thousand seats for the whole group."""

    async def act(work: Work) -> None:
        week = [work.today + timedelta(days=day) for day in (0, 7, 14)]
        command = PublishActivity(
            org_id=GROUP, kind="SPORT", capacity=10_000, enrol_from=week[0], enrol_until=week[1], held_on=week[2]
        )
        await work.change(Activity, work.new_id(), lambda new: publish(new, command, work.actor, work.today))

    return await _do(commands, act)


async def _do(commands: Commands, act: Act) -> str:
    outcome = await commands.run(act, actor=FOUNDER)
    return outcome.commits[0].events[0].headers["ce_subject"]
