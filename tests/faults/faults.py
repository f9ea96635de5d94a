"""What is done to the world: each fault begins, lasts and ends; what it leaves behind must mend itself."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import get_args

import psutil
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from deploy.cli.database import opened
from shared.kernel.topic_scan import ends, reading
from tests.faults.link import Mode
from tests.faults.world import LOOK, SERVERS, Cut, World


@dataclass(frozen=True)
class Times:
    """Seconds that faults last."""

    stopped: float = 13.0
    """Longer than a consumer's session (10) and a relay's lease (5)."""
    away: float = 60.0
    lasting: float = 10.0
    """A bad link, a wrong clock, a full disk, a mixed deployment."""
    calm: float = 5.0
    """Between what one fault left behind and the next one."""
    back: bool = True
    """Whether a rolling restart goes back to the old build as well."""


Act = Callable[[World, Random, Times], Awaitable[None]]
FAULTS: dict[str, Act] = {}
"""By kind, in the order in which they are declared."""
STREAMS = 5
"""Events of a topic that are lost on purpose, at least."""


def fault(kind: str) -> Callable[[Act], Act]:
    def declare(act: Act) -> Act:
        FAULTS[kind] = act
        return act

    return declare


# -- processes ------------------------------------------------------------------------------------------------------


@fault("service killed")
async def service_killed(world: World, chance: Random, times: Times) -> None:
    victims = chance.sample(sorted(world.processes), chance.choice((1, 1, 2)))
    world.say(f"SIGKILL to {' and '.join(victims)}")
    await asyncio.gather(*(world.stack.kill(victim) for victim in victims))


@fault("service stopped")
async def service_stopped(world: World, chance: Random, times: Times) -> None:
    victim = chance.choice(sorted(world.processes))
    world.say(f"SIGSTOP to {victim} for {times.stopped:.0f} s, past its lease and its session; then SIGCONT")
    world.stack.pause(victim)
    await asyncio.sleep(times.stopped)
    world.stack.resume(victim)


@fault("leader stopped")
async def leader_stopped(world: World, chance: Random, times: Times) -> None:
    """The one that numbers and publishes: its successor takes over, and it comes back as a zombie."""
    victim = await _leader(world, chance.choice(("members", "activities", "welfare")))
    world.say(f"SIGSTOP to {victim}, which leads, for {times.stopped:.0f} s; then SIGCONT")
    world.stack.pause(victim)
    await asyncio.sleep(times.stopped)
    world.stack.resume(victim)


async def _leader(world: World, service: str) -> str:
    while True:
        for name in world.of(service, "runners"):
            if (status := await world.status(name)) and status["relay"]["this"]:
                return name
        await asyncio.sleep(LOOK)


# -- servers --------------------------------------------------------------------------------------------------------


@fault("broker killed")
async def broker_killed(world: World, chance: Random, times: Times) -> None:
    world.say("SIGKILL to the broker")
    await world.stack.kill("kafka")
    await world.stack.until_ready("kafka")


@fault("broker away")
async def broker_away(world: World, chance: Random, times: Times) -> None:
    world.say(f"the broker is away for {times.away:.0f} s")
    await world.stack.stop("kafka")
    await asyncio.sleep(times.away)
    await world.stack.start_again("kafka")


@fault("database killed")
async def database_killed(world: World, chance: Random, times: Times) -> None:
    world.say("SIGKILL to mongod")
    await world.stack.kill("mongod")
    await world.stack.until_ready("mongod")


@fault("all at once")
async def all_at_once(world: World, chance: Random, times: Times) -> None:
    """As when a machine loses its power, but for the clock of the driver."""
    victims = ["mongod", "kafka", *chance.sample(sorted(world.processes), 3)]
    world.say(f"SIGKILL to {', '.join(victims)} at once")
    await asyncio.gather(*(world.stack.kill(victim) for victim in victims))
    await asyncio.gather(*(world.stack.until_ready(server) for server in SERVERS))


# -- links ----------------------------------------------------------------------------------------------------------


async def _bad_link(world: World, chance: Random, times: Times, mode: Mode) -> None:
    """All of a service's processes, or one of them; to one of the servers."""
    server = chance.choice(SERVERS)
    service = chance.choice(("members", "activities", "welfare"))
    victims = world.of(service) if chance.random() < 0.5 else [chance.choice(world.of(service, "runners"))]
    world.say(f"{mode}: the connections of {', '.join(victims)} to {server}, for {times.lasting:.0f} s")
    for victim in victims:
        world.links[victim, server].become(mode)
    await asyncio.sleep(times.lasting)
    for victim in victims:
        world.links[victim, server].become("sound")


def _link_fault(mode: Mode) -> Act:
    async def act(world: World, chance: Random, times: Times) -> None:
        await _bad_link(world, chance, times, mode)

    return act


for _mode in get_args(Mode):
    if _mode != "sound":
        fault(f"link {_mode}")(_link_fault(_mode))


# -- clock and disk -------------------------------------------------------------------------------------------------


@fault("clock skewed")
async def clock_skewed(world: World, chance: Random, times: Times) -> None:
    victim = chance.choice([name for name, process in world.processes.items() if process.part == "runners"])
    seconds = chance.choice((-600.0, 600.0))
    world.say(f"the clock of {victim} is {seconds:+.0f} s wrong for {times.lasting:.0f} s")
    world.order(victim, skew=seconds)
    await world.stack.restart(victim)
    await asyncio.sleep(times.lasting)
    world.order(victim, skew=0.0)
    await world.stack.restart(victim)


@fault("database full")
async def database_full(world: World, chance: Random, times: Times) -> None:
    await _no_file_grows(world, "mongod", times)
    await world.stack.until_ready("mongod")


@fault("broker full")
async def broker_full(world: World, chance: Random, times: Times) -> None:
    await _no_file_grows(world, "kafka", times)
    await world.stack.until_ready("kafka")


@fault("log full")
async def log_full(world: World, chance: Random, times: Times) -> None:
    await _no_file_grows(world, chance.choice(sorted(world.processes)), times)


async def _no_file_grows(world: World, name: str, times: Times) -> None:
    """What a full directory comes to for one process: it, and whoever is started in its place, cannot write."""
    world.say(f"no file of {name} may grow for {times.lasting:.0f} s")
    with suppress(TimeoutError):
        async with asyncio.timeout(times.lasting):
            while True:
                _limit(world.stack.pid(name), 1)
                await asyncio.sleep(LOOK)
    _limit(world.stack.pid(name), psutil.RLIM_INFINITY)


def _limit(pid: int, size: int) -> None:
    """Of the files that a process writes; one that has ended has none. Its children are its own."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        _, hard = process.rlimit(psutil.RLIMIT_FSIZE)
        process.rlimit(psutil.RLIMIT_FSIZE, (size, hard))


# -- deployment -----------------------------------------------------------------------------------------------------


@fault("rolling restart")
async def rolling_restart(world: World, chance: Random, times: Times) -> None:
    """To the next build, unless that runs already, back to this one and forth again; old beside new meanwhile."""
    if not world.cast.next_build:
        await _roll(world, times, next_build=True)
    if times.back:
        await _roll(world, times, next_build=False)
        await _roll(world, times, next_build=True)


async def _roll(world: World, times: Times, *, next_build: bool) -> None:
    """One runner, then the API, then the other runner; whoever steps in is ready before the next one goes."""
    first, second = world.of("activities", "runners")
    world.say(f"rolling restart of activities {'to the next build' if next_build else 'back to this build'}")
    world.cast.next_build = world.cast.next_build and next_build
    for name in (first, "activities-api", second):
        world.order(name, next_build=next_build)
        await world.stack.restart(name)
        if name == "activities-api":
            world.cast.next_build = next_build
            await asyncio.sleep(times.lasting)


# -- a loss, on purpose ---------------------------------------------------------------------------------------------


@fault("topic cut")
async def topic_cut(world: World, chance: Random, times: Times) -> None:
    """A partition loses its records while a service has not read them: the alarm is due, and `republish` mends it."""
    readers, relays = world.of("welfare", "runners"), world.of("activities", "runners")
    world.say("welfare's runners stop, and a partition of gonghui.activities loses what they have not read")
    stood = await _standing(world, readers)
    await world.stack.stop(*readers)
    partition = await _grown(world, stood)
    await world.stack.stop(*relays)
    world.cut.append(Cut(partition, "welfare", datetime.now(UTC)))
    await _delete_records(world, partition)
    async with opened("activities", world.stack.state) as core:
        await core.relay.request_republish(1)
    await asyncio.gather(*(world.stack.start_again(name) for name in (*relays, *readers)))


async def _standing(world: World, names: list[str]) -> dict[int, int]:
    """Where these are in the topic that is to be cut."""
    told = [status for name in names if (status := await world.status(name))]
    rows = [row for status in told for row in status["runners"] if row["topic"] == "gonghui.activities"]
    stood: dict[int, int] = {}
    for row in rows:
        stood[row["partition"]] = min(row["next_offset"], stood.get(row["partition"], row["next_offset"]))
    return stood


async def _grown(world: World, stood: Mapping[int, int]) -> tuple[str, int]:
    """A partition that has got some more records."""
    async with reading(world.settings, ["gonghui.activities"]) as consumer:
        while True:
            for (topic, number), end in (await ends(consumer)).items():
                if end - stood.get(number, end) >= STREAMS:
                    return topic, number
            await asyncio.sleep(LOOK)


async def _delete_records(world: World, partition: tuple[str, int]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=world.settings.kafka_bootstrap)
    await admin.start()
    try:
        await admin.delete_records({TopicPartition(*partition): RecordsToDelete(before_offset=-1)})
    finally:
        await admin.close()
