"""What must hold when the faults have stopped."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

from deploy.cli.database import opened
from deploy.demo.checks import Check, ledger_whole
from shared.kernel.topic_scan import Continuity, continuity, everything
from tests.faults.alarms import alarms
from tests.faults.book import commands
from tests.faults.effects import nothing_else, once, reactions, refusals
from tests.faults.evidence import Evidence, Found
from tests.faults.facts import Facts
from tests.faults.replays import told_again
from tests.faults.shown import aid, channels, funds, memberships, seats
from tests.faults.views import OWNERS
from tests.faults.world import NotRecovered, World

QUIET_WITHIN = 60.0
"""Seconds from the last fault and the last command until no outbox, no lag and no quarantine is left."""


async def checks(world: World, file: Path, found: Found) -> AsyncIterator[Check]:
    """One after the other; nobody may send commands meanwhile."""
    evidence = Evidence(world, file, found, list(commands(file)))
    yield await told_again(world, evidence.book)
    yield await quiet(world, found)
    records = await everything(world.settings)
    evidence.facts = Facts.of(records)
    found.events = len(evidence.facts.all)
    yield unbroken(continuity(records), found)
    yield once(evidence)
    yield nothing_else(evidence)
    yield reactions(evidence)
    yield refusals(evidence)
    yield await seats(evidence)
    yield await funds(evidence)
    yield await aid(evidence)
    yield await memberships(evidence)
    if world.cast.next_build:
        yield await channels(evidence)
    yield await ledger_whole(world.stack)
    for service in OWNERS:
        yield await folded(world, service)
    yield alarms(world)


async def quiet(world: World, found: Found, within: float = QUIET_WITHIN) -> Check:
    """With the views of the build before gone, which nobody keeps any more."""
    if world.cast.next_build:
        async with opened("activities", world.stack.state) as core:
            await core.views.drop_set(core.service.view_set)
    try:
        found.quiet_after = await world.quiet(within)
    except NotRecovered as error:
        return Check("outbox empty, nothing behind, no quarantine", (str(error),))
    return Check(f"outbox empty, nothing behind, no quarantine after {found.quiet_after:.1f} s")


def unbroken(told: Continuity, found: Found) -> Check:
    wrong = told.end()
    found.out_of_order = len(told.breaks)
    return Check(
        f"sequences gapless: {sum(told.counts().values()):,} events, {told.repeated:,} sent again", tuple(wrong)
    )


async def folded(world: World, service: str) -> Check:
    """In a process of its own, for the next build declares the service anew."""
    what = f"views of {service} equal to a rebuild and to a fold of the log, its topics to its log"
    which = "next" if service == "activities" and world.cast.next_build else "this"
    command = ("-m", "tests.faults.views", service, which, world.stack.mongo_url, world.stack.kafka_bootstrap)
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=PIPE, stderr=PIPE)
    try:
        async with asyncio.timeout(300):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        return Check(what, (err.decode()[-1_000:],))
    return Check(what, tuple(out.decode().splitlines()))
