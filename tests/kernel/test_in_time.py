"""An answer in time on a database that is slow, and room for only so many bodies."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import httpx
import pytest

from shared.kernel.door import Door, Overloaded
from shared.kernel.health import Probes
from shared.kernel.http import create_app
from shared.kernel.in_time import in_time
from shared.kernel.incoming import LARGEST
from shared.kernel.metrics import Metrics
from shared.kernel.ports import Commit, Move, Write
from shared.kernel.problem import NotInTime
from shared.kernel.room import SMALL, Room, Share
from shared.values.roles import Role
from tests.kernel.fakes import KnownDirectory, MemoryLog, MemoryViews, StoppedClock
from tests.kernel.lending import service
from tests.kernel.test_http import A_BOOK, Waiting, serving_of

CADRE = {"authorization": "Bearer cadre", "content-type": "application/json"}
NO_TIME = 0.01
HANGS = 10.0
"""Seconds after which a test that should have got an answer is over."""


@dataclass
class SlowLog(MemoryLog):
    """Appends, and then says nothing until it is told to; who does not wait for it leaves something to tidy up."""

    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    tidied: asyncio.Event = field(default_factory=asyncio.Event)

    async def append(self, commits: Sequence[Commit], writes: Sequence[Write] = (), moves: Sequence[Move] = ()) -> None:
        await super().append(commits, writes, moves)
        try:
            await self.goes_on.wait()
        except asyncio.CancelledError:
            await self.tidied.wait()
            raise


@asynccontextmanager
async def lending(
    log: MemoryLog, views: MemoryViews | None = None, *, at_once: int = 5, room: int = LARGEST
) -> AsyncIterator[httpx.AsyncClient]:
    directory = KnownDirectory({"G": "/G/", "G01": "/G/G01/"}, [("cadre", Role.CADRE, "/G/G01/")])
    door = Door(StoppedClock(), at_once=at_once)
    serving = serving_of("lending", log, views or MemoryViews(), directory, Waiting(), Metrics(), door)
    app = create_app(service, replace(serving, decided_within=NO_TIME, room=Room(room)), Probes({}, _nothing))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=CADRE) as client:
        async with asyncio.timeout(HANGS):
            yield client


async def _nothing() -> dict[str, str]:
    return {}


async def test_a_command_is_answered_in_time_whatever_the_database_does_and_may_be_sent_again() -> None:
    log = SlowLog()
    async with lending(log) as client:
        slow = await client.post("/books", json=A_BOOK, headers={"idempotency-key": "k"})
        assert (slow.status_code, slow.json()["code"], slow.headers["retry-after"]) == (503, "NotInTime", "2")
        log.goes_on.set()
        again = await client.post("/books", json=A_BOOK, headers={"idempotency-key": "k"})
        assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
        assert len(log.commits) == 1
    log.tidied.set()


async def test_what_was_given_up_counts_as_work_until_it_has_tidied_up() -> None:
    log = SlowLog()
    async with lending(log, at_once=1) as client:
        assert (await client.post("/books", json=A_BOOK)).json()["code"] == "NotInTime"
        assert (await client.post("/books", json=A_BOOK)).json()["code"] == "Overloaded"
        log.tidied.set()
        log.goes_on.set()
        await asyncio.sleep(0)
        assert (await client.post("/books", json=A_BOOK)).status_code == 201


async def test_a_query_is_answered_in_time_as_well() -> None:
    views = MemoryViews()
    never = asyncio.Event()

    async def stuck(*_: object, **__: object) -> list[object]:
        await never.wait()
        return []

    views.find = stuck  # type: ignore[method-assign,assignment]
    async with lending(MemoryLog(), views) as client:
        answer = await client.get("/loans")
    assert (answer.status_code, answer.json()["code"]) == (503, "NotInTime")


async def test_who_goes_away_takes_the_work_along() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(in_time(work(), 60))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait((waiting,))
    await asyncio.wait_for(ended.wait(), 5)


async def test_what_comes_in_time_is_what_it_is() -> None:
    async def seven() -> int:
        return 7

    async def wrong() -> int:
        raise ValueError("wrong")

    assert await in_time(seven(), 60) == 7
    with pytest.raises(ValueError, match="wrong"):
        await in_time(wrong(), 60)
    with pytest.raises(NotInTime):
        await in_time(asyncio.sleep(60), 0.01)


async def sent(client: httpx.AsyncClient, size: int, goes_on: asyncio.Event) -> httpx.Response:
    """A body of so many bytes, of which the last one waits."""

    async def body() -> AsyncIterator[bytes]:
        yield b'{"org_id":"' + b"x" * (size - 14)
        await goes_on.wait()
        yield b'"}'

    return await client.post("/books", content=body())


async def test_bodies_that_come_in_slowly_take_no_more_room_than_there_is() -> None:
    goes_on = asyncio.Event()
    async with lending(MemoryLog(), room=3 * SMALL) as client:
        first = asyncio.create_task(sent(client, 2 * SMALL, goes_on))
        await asyncio.sleep(0.05)
        refused = await sent(client, 2 * SMALL, goes_on)
        assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (503, "Overloaded", "1")
        assert (await client.post("/books", content=b'{"org_id":7}')).status_code == 422, "small ones need no room"
        goes_on.set()
        assert (await first).status_code == 422
        assert (await sent(client, 2 * SMALL, goes_on)).status_code == 422, "and it is given back"


def test_a_share_grows_with_its_body_and_is_given_back() -> None:
    room = Room(100_000)
    with Share(room) as share:
        share.grow(SMALL)
        assert room.left == 100_000
        share.grow(SMALL + 1)
        share.grow(90_000)
        assert room.left == 10_000
        with Share(room) as other, pytest.raises(Overloaded):
            other.grow(20_000)
        assert room.left == 10_000
    assert room.left == 100_000
