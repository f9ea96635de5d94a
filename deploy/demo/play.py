"""The whole play, act by act, and the checks behind it."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

import httpx

from deploy.cli.database import opened
from deploy.cli.init import Founders, found
from deploy.demo import aid, closing, contest, enrolments, hardship, opening, transfers, voices
from deploy.demo.command_line import gonghui
from deploy.demo.stage import ADMIN, DAYS_AHEAD, SECOND, UNTIL_POSTED, Stage
from deploy.demo.watch import Watch
from deploy.local.stack import Stack
from deploy.roster.api import Api, Refusal, each
from deploy.roster.synthetic import GROUP, synthetic_group, write_workbook
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
        await found(Founders(GROUP, "110000", ADMIN, SECOND), self.stack.state)
        stage.say(f"group {GROUP} founded 建会, {ADMIN} and {SECOND} are its administrators")
        await self._roster()
        await opening.appoint(stage)
        await opening.set_limits(stage)
        await opening.open_accounts(stage)
        await self.watch.quiet()
        members = self._shuffled()
        everybody = [member for here in members.values() for member in here]
        stage.chance("everybody").shuffle(everybody)
        await opening.publish(stage, members)
        await contest.announce(stage, everybody)
        await enrolments.in_subsidiaries(stage, members)
        await enrolments.race(stage, everybody, self._kill)
        await transfers.transfer(stage, members, self._unions())
        await aid.in_subsidiaries(stage, members)
        await transfers.leave(stage)
        staying = [member for here in members.values() for member in here if member not in stage.ledger.ended]
        await voices.speak(stage, staying)
        await aid.race(stage, staying)
        await self.watch.quiet()
        await aid.after_transfer(stage, stage.ledger.moved)
        await self._days_pass(DAYS_AHEAD)
        await closing.hold(stage)
        await closing.finish(stage)
        await contest.judge(stage)
        await hardship.apply(stage, staying)
        await voices.answer_again(stage)
        await self._days_pass(UNTIL_POSTED)
        await contest.award(stage)
        await hardship.open_files(stage)
        await self.watch.quiet()

    async def _roster(self) -> None:
        """As anybody would bring it in: with the command line. Raises Refusal unless every row is in."""
        file = self.stack.state / ROSTER
        await asyncio.to_thread(write_workbook, self.group, file)
        await self.stage.see("members", f"/organisations/{GROUP}")  # the administrators' roles are known
        command = ("import", "roster", str(file), "--actor", ADMIN, "--confirmed-by", SECOND)
        began = time.monotonic()
        await gonghui(self.stack, *command)
        seconds = time.monotonic() - began
        rows = len(self.group.organisations) + len(self.group.members)
        self.stage.say(f"{file.name}: {rows:,} rows are in, {rows / seconds:.0f} a second")
        await self.watch.quiet()
        await self._meet_everybody()

    async def _meet_everybody(self) -> None:
        """Who there is by pseudonym, as the unions see it; as many as are in the workbook."""
        stage = self.stage
        stage.names = {one.org_id: one.name for one in self.group.organisations}
        stage.subsidiaries = [one.org_id for one in self.group.organisations if one.kind == "subsidiary"]

        async def meet(org_id: str) -> None:
            for card in await stage.api.pages(ADMIN, "members", f"/organisations/{org_id}/members"):
                stage.ledger.homes[card["id"]] = org_id
                stage.trades[card["id"]] = card["trade_code"]

        await each(self._unions(), meet)
        if stage.ledger.active != Counter(one.org_id for one in self.group.members):
            raise Refusal("The members of the unions are not those of the workbook.")
        stage.say(
            f"{len(stage.subsidiaries)} subsidiaries, {len(self._unions())} unions that hold members, "
            f"{len(stage.ledger.homes):,} members 会员"
        )

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

    async def _days_pass(self, days: int) -> None:
        """The business clock of the embedded stack."""
        async with opened("members", self.stack.state) as core:
            serial = await core.reads.advance_business_clock(days)
            while await core.reads.behind_business_clock(serial):
                await asyncio.sleep(0.1)
        self.stage.today += timedelta(days=days)
        self.stage.say(f"{days} days pass for all services at once: it is {self.stage.today}")
