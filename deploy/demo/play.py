"""The whole play, act by act, and the checks behind it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

import httpx

from deploy.cli.database import opened
from deploy.cli.init import Founders, found
from deploy.demo import aid, closing, enrolments, opening, transfers
from deploy.demo.stage import ADMIN, DAYS_AHEAD, Stage
from deploy.demo.watch import Watch
from deploy.local.stack import Stack
from deploy.roster.api import Api, Refusal
from deploy.roster.bring_in import bring_in, known_organisations
from deploy.roster.plan import plan
from deploy.roster.synthetic import GROUP, SyntheticGroup, synthetic_group, write_workbook
from deploy.roster.workbook import read
from shared.kernel.clock import SHANGHAI
from shared.kernel.settings import Settings
from shared.kernel.topic_scan import reading
from shared.kernel.topics import TOPICS
from shared.values.words import HOLDS_MEMBERS

VICTIM = "activities"
"""The service that is killed, API and runners, while most of those who want a seat wait for its answer."""
ROSTER = "roster.xlsx"


@dataclass(frozen=True)
class Size:
    subsidiaries: int
    members: int
    seed: int


class Play:
    def __init__(self, stack: Stack, size: Size, stage: Stage, watch: Watch) -> None:
        self.stack, self.stage, self.watch = stack, stage, watch
        self.group = synthetic_group(size.subsidiaries, size.members, size.seed)

    @classmethod
    @asynccontextmanager
    async def on(cls, stack: Stack, size: Size, say: Callable[[str], None]) -> AsyncIterator[Self]:
        """On a stack that is up and empty."""
        async with AsyncExitStack() as open_:
            settings = Settings(mongo_url=stack.mongo_url, kafka_bootstrap=stack.kafka_bootstrap)
            client = await open_.enter_async_context(httpx.AsyncClient(trust_env=False))
            consumer = await open_.enter_async_context(reading(settings, [topic.name for topic in TOPICS]))
            api = await open_.enter_async_context(Api.of(stack.state, stack.addresses()))
            yield cls(stack, size, Stage(api, size.seed, say), Watch(stack, client, consumer))

    async def perform(self) -> None:
        stage = self.stage
        await found(Founders(GROUP, "110000", ADMIN), self.stack.state)
        stage.say(f"group {GROUP} founded 建会, {ADMIN} is its administrator")
        await self._roster()
        await opening.appoint(stage)
        await opening.open_accounts(stage)
        await self.watch.quiet()
        members = self._shuffled()
        await opening.publish(stage, members)
        await enrolments.in_subsidiaries(stage, members)
        everybody = [member for here in members.values() for member in here]
        stage.chance("everybody").shuffle(everybody)
        await enrolments.race(stage, everybody, self._kill)
        await transfers.transfer(stage, members, self._unions())
        await aid.in_subsidiaries(stage, members)
        await transfers.leave(stage)
        staying = [member for here in members.values() for member in here if member not in stage.ledger.ended]
        await aid.race(stage, staying)
        await self.watch.quiet()
        await aid.after_transfer(stage, stage.ledger.moved)
        await self._days_pass()
        await closing.hold(stage)
        await closing.finish(stage)
        await self.watch.quiet()

    async def _roster(self) -> None:
        file = self.stack.state / ROSTER
        write_workbook(self.group, file)
        await bring_in_roster(file, self.stage, self.group)

    def _shuffled(self) -> dict[str, list[str]]:
        members = self.stage.members_below()
        for org_id, here in members.items():
            self.stage.chance(f"members of {org_id}").shuffle(here)
        return members

    def _unions(self) -> list[str]:
        return [one.org_id for one in self.group.organisations if one.kind in HOLDS_MEMBERS]

    async def _kill(self) -> None:
        names = [f"{VICTIM}-api", f"{VICTIM}-runners"]
        self.stage.say(f"SIGKILL to {' and '.join(names)}, in the middle of it")
        await asyncio.gather(*(self.stack.kill(name) for name in names))

    async def _days_pass(self) -> None:
        """The business clock of the embedded stack."""
        async with opened("members", self.stack.state) as core:
            serial = await core.reads.advance_business_clock(DAYS_AHEAD)
            while await core.reads.behind_business_clock(serial):
                await asyncio.sleep(0.1)
        self.stage.say(f"{DAYS_AHEAD} days pass for all services at once")


async def bring_in_roster(file: Path, stage: Stage, group: SyntheticGroup) -> None:
    """As `gonghui import roster` does it. Raises Refusal unless every row is in."""
    roster = await asyncio.to_thread(read, file, f"{datetime.now(SHANGHAI):%Y-%m}")
    await stage.see("members", f"/organisations/{GROUP}")  # the administrator's role is known
    planned = plan(roster, await known_organisations(stage.api, ADMIN))
    result = await bring_in(planned, roster.digest, stage.api, ADMIN)
    if result.rejected:
        raise Refusal(str(result.rejected[0]))
    stage.names = {one.org_id: one.name for one in group.organisations}
    stage.subsidiaries = [one.org_id for one in group.organisations if one.kind == "subsidiary"]
    stage.ledger.homes = {result.member_ids[row.row]: row.org_id for row in planned.members}
    stage.say(
        f"{file.name}: {len(roster.organisations)} organisations 组织, {len(planned.members):,} members 会员 are in"
    )
