"""What the checks find wrong on real servers: faults are planted in the data that a short, peaceful run has left."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from deploy.cli.database import opened
from deploy.demo.checks import Check, ledger_whole
from deploy.roster.api import signer
from shared.kernel.ports import Document
from shared.kernel.topic_scan import continuity, everything
from tests.faults.book import Book, commands
from tests.faults.checks import checks, folded, quiet, unbroken
from tests.faults.driver import Driver
from tests.faults.effects import nothing_else
from tests.faults.evidence import Evidence, Found
from tests.faults.facts import Facts
from tests.faults.shown import aid, channels, funds, memberships, seats
from tests.faults.world import World

pytestmark = pytest.mark.stack

SEED, COMMANDS = 7, 120
AT_ONCE = 5.0
"""Seconds for what is quiet to be found so; what is not is not given longer."""


@pytest.fixture(scope="module")
async def run() -> AsyncIterator[Evidence]:
    with TemporaryDirectory(prefix="gonghui-") as folder:
        async with World.made(Path(folder), SEED, lambda _: None) as world:
            book = Book(Path(folder) / "commands.jsonl")
            driver = Driver(world.stack.service_urls, signer(world.stack.state), book, world.cast, SEED)
            driving = asyncio.create_task(driver.run())
            while book.known.get("accepted", 0) < COMMANDS and not driving.done():
                await asyncio.sleep(0.1)
            driver.stop()
            await driving
            book.close()
            wrong = [check async for check in checks(world, book.file, Found()) if not check.holds]
            assert not wrong, "what nobody has touched must hold, or what follows proves nothing"
            yield await evidence(world, book.file)


async def evidence(world: World, file: Path) -> Evidence:
    found = Evidence(world, file, book=list(commands(file)))
    found.facts = Facts.of(await everything(world.settings))
    return found


@dataclass(frozen=True)
class Plant:
    service: str
    collection: str
    """A view without its set, or `.` and any other collection."""
    where: Mapping[str, Any]
    change: Callable[[Document], Document]
    found_by: Callable[[Evidence], Awaitable[Check]]
    says: str


async def views_of_activities(run: Evidence) -> Check:
    return await folded(run.world, "activities")


async def views_of_welfare(run: Evidence) -> Check:
    return await folded(run.world, "welfare")


async def ledger(run: Evidence) -> Check:
    return await ledger_whole(run.world.stack)


def more(name: str, number: int) -> Callable[[Document], Document]:
    return lambda document: {**document, name: document[name] + number}


def other(name: str, value: Any) -> Callable[[Document], Document]:
    return lambda document: {**document, name: value}


def of_another(commit: Document) -> Document:
    first, *events = commit["events"]
    *values, last = first["values"].split("\n")
    return {**commit, "events": [{**first, "values": "\n".join([*values, last + "x"])}, *events]}


CARD, ENROLMENTS = "activity_card", "my_enrolments"
PLANTS: Mapping[str, Plant] = {
    "a seat less": Plant("activities", CARD, {"seats_taken": {"$gt": 0}}, more("seats_taken", -1), seats, "seats"),
    "one more who waits": Plant("activities", CARD, {}, more("waiting", 1), seats, "seats"),
    "a member whose seat is lost": Plant(
        "activities", ENROLMENTS, {"seats": {"$ne": {}}}, other("seats", {}), seats, "members with a seat"
    ),
    "a fen spent": Plant("welfare", "account", {"credits": {"$gt": 0}}, more("captured", 1), funds, "account"),
    "a fen set aside": Plant("welfare", "account", {}, more("reserved", 1), funds, "account"),
    "a request that was rejected": Plant("welfare", "aid_request", {}, other("status", "rejected"), aid, "rejected"),
    "one more member": Plant(
        "members", "membership_rate", {"active": {"$gt": 0}}, more("active", 1), memberships, "members"
    ),
    "another view than a rebuild makes": Plant(
        "activities", ENROLMENTS, {}, other("org_id", "X"), views_of_activities, "rebuild: my_enrolments"
    ),
    "another view than the log makes": Plant(
        "activities", ENROLMENTS, {}, other("org_id", "X"), views_of_activities, "log: my_enrolments"
    ),
    "another event in the log than in its topic": Plant(
        "welfare", ".log", {}, of_another, views_of_welfare, "is another"
    ),
    "an entry of the ledger that was changed": Plant(
        "welfare", ".ledger_entries", {}, other("actor", "another"), ledger, ""
    ),
}


@asynccontextmanager
async def planted(world: World, plant: Plant) -> AsyncIterator[None]:
    async with opened(plant.service, world.stack.state) as core:
        view = not plant.collection.startswith(".")
        name = f"{core.service.view_set}_{plant.collection}" if view else plant.collection[1:]
        collection = core.driver.db[name]
        before = await collection.find_one(plant.where, sort=[("_id", -1)])
        assert before is not None, "there is nothing like it"
        assert (await collection.replace_one({"_id": before["_id"]}, plant.change(before))).modified_count == 1
        try:
            yield
        finally:
            await collection.replace_one({"_id": before["_id"]}, before)


@pytest.mark.parametrize("what", PLANTS)
async def test_it_is_found(what: str, run: Evidence) -> None:
    plant = PLANTS[what]
    async with planted(run.world, plant):
        check = await plant.found_by(run)
    assert not check.holds
    assert any(plant.says in line for line in check.wrong), check.wrong


async def test_a_view_of_the_next_build_that_is_off_is_found(run: Evidence) -> None:
    """There is none here: what it would have been is put in its place by hand."""
    came = sum(fact.type == "MemberEnrolled" for fact in run.facts.all)
    async with opened("activities", run.world.stack.state) as core:
        collection = core.driver.db[f"v{core.service.views_version + 1}_channels"]
        row = {"_id": "a", "online": 0, "counter": came, "notices": 0}
        try:
            await collection.insert_one(row)
            assert (await channels(run)).holds
            await collection.replace_one({"_id": "a"}, {**row, "counter": came - 1, "online": 1})
            assert not (await channels(run)).holds
        finally:
            await collection.drop()


async def test_a_commit_that_is_never_published_is_not_quiet(run: Evidence) -> None:
    async with opened("welfare", run.world.stack.state) as core:
        log = core.driver.db["log"]
        last = await log.find_one({}, sort=[("_id", -1)])
        assert last is not None
        gone = {"first_position", "last_position", "previous", "key"}
        lost = {name: value for name, value in last.items() if name not in gone}
        lost |= {"_id": "of-a-stream-with-a-gap", "version": last["version"] + 1_000, "pending": True}
        try:
            await log.insert_one(lost)
            assert "has not published everything" in str((await quiet(run.world, Found(), AT_ONCE)).wrong)
        finally:
            await log.delete_one({"_id": lost["_id"]})
    assert (await quiet(run.world, Found())).holds


async def test_a_runner_that_stands_still_is_not_quiet(run: Evidence) -> None:
    runner, _ = run.world.of("welfare", "runners")
    run.world.stack.pause(runner)
    try:
        assert f"{runner} not ready" in str((await quiet(run.world, Found(), AT_ONCE)).wrong)
    finally:
        run.world.stack.resume(runner)
    assert (await quiet(run.world, Found())).holds


async def test_money_that_nobody_in_the_file_has_put_in_is_found(run: Evidence) -> None:
    """From here on the run is spoilt."""
    world = run.world
    account = next(iter(world.cast.accounts.values()))
    entry = {"amount_fen": 500, "source_ref": "BANK/STRANGER"}
    done = await world.stage.api.post("admin", "welfare", f"/accounts/{account}/allocations", entry, key="stranger")
    assert done.accepted, done
    await world.recovered()
    after = await evidence(world, run.file)
    assert not nothing_else(after).holds
    assert not (await funds(after)).holds


async def test_a_record_that_nobody_can_read_is_found(run: Evidence) -> None:
    world = run.world
    producer = AIOKafkaProducer(bootstrap_servers=world.settings.kafka_bootstrap)
    await producer.start()
    try:
        await producer.send_and_wait("gonghui.activities", b"\xff", key=b"nobody", partition=0)
    finally:
        await producer.stop()
    assert "activities" in str((await quiet(world, Found(), AT_ONCE)).wrong)
    assert not unbroken(continuity(await everything(world.settings)), Found()).holds
