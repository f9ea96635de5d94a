"""Commits that go to the server together, and what becomes of each."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pymongo.errors import AutoReconnect, BulkWriteError

from shared.kernel.mongo.appends import MOST, Appends, each, orders
from shared.kernel.mongo.log import MongoLog, to_document
from shared.kernel.ports import Commit, Document, StoreFault, Taken, Unknown, Wire, WriteConflict
from tests.kernel.laboratory import Laboratory

DUPLICATE = {"code": 11000, "errmsg": "duplicate key"}


class Server:
    """A database whose only collection is the log, and the driver to it."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.refusal = refusal
        self.inserted: list[list[str]] = []
        self.saw_a_refusal = False
        self.db, self.log = self, self

    @asynccontextmanager
    async def causal(self) -> AsyncIterator[None]:
        yield

    def saw(self, session: Any) -> None:
        self.saw_a_refusal = True

    async def insert_one(self, document: Document, session: Any) -> None:
        await self._insert([document])

    async def insert_many(self, documents: Sequence[Document], *, ordered: bool, session: Any) -> None:
        assert not ordered
        await self._insert(documents)

    async def _insert(self, documents: Sequence[Document]) -> None:
        self.inserted.append([document["_id"] for document in documents])
        if self.refusal:
            raise self.refusal


def commit(name: str, version: int = 1) -> Commit:
    wire = Wire("gonghui.toy", name, b"{}", {"ce_type": "gonghui.toy.TillOpened"})
    return Commit(f"{name}-{version}", f"Till:{name}", version, (wire,), "2026-11-24T08:00:00Z", "a", "u")


async def appended(server: Server, *names: str) -> list[Any]:
    """What each of these, appended at once, is told: None, or a fault."""
    appends = Appends(server)  # type: ignore[arg-type]
    ones = [appends.of(to_document(commit(name))) for name in names]
    return await asyncio.gather(*ones, return_exceptions=True)


def failed(count: int, *errors: dict[str, Any], majority: bool = True) -> BulkWriteError:
    unsure = [] if majority else [{"code": 64, "errmsg": "waiting for replication timed out"}]
    return BulkWriteError({"nInserted": count, "writeErrors": list(errors), "writeConcernErrors": unsure})


async def test_those_who_append_at_once_share_an_order() -> None:
    server = Server()
    assert await appended(server, "a", "b", "c") == [None, None, None]
    assert server.inserted == [["a-1", "b-1", "c-1"]]


async def test_who_is_ready_a_moment_later_joins_in() -> None:
    server = Server()
    appends = Appends(server)  # type: ignore[arg-type]

    async def later() -> None:
        await asyncio.sleep(0)
        await appends.of(to_document(commit("b")))

    await asyncio.gather(appends.of(to_document(commit("a"))), later())
    assert server.inserted == [["a-1", "b-1"]]


async def test_who_appends_after_it_was_sent_has_an_order_of_its_own() -> None:
    server = Server()
    appends = Appends(server)  # type: ignore[arg-type]
    await appends.of(to_document(commit("a")))
    await appends.of(to_document(commit("b")))
    assert server.inserted == [["a-1"], ["b-1"]]


async def test_one_that_is_refused_leaves_the_others_be() -> None:
    server = Server(failed(2, {"index": 1, **DUPLICATE}))
    told = await appended(server, "a", "b", "c")
    assert [type(fault) for fault in told] == [type(None), Taken, type(None)]
    assert server.saw_a_refusal


@pytest.mark.parametrize("names", ["a", "abc"])
async def test_nobody_knows_after_a_lost_answer(names: str) -> None:
    server = Server(AutoReconnect("reset"))
    assert [type(fault) for fault in await appended(server, *names)] == [Unknown] * len(names)
    assert server.saw_a_refusal


async def test_one_who_does_not_wait_any_longer_takes_nobody_with_him() -> None:
    server = Server()
    appends = Appends(server)  # type: ignore[arg-type]
    first = asyncio.create_task(appends.of(to_document(commit("a"))))
    second = asyncio.create_task(appends.of(to_document(commit("b"))))
    await asyncio.sleep(0)
    first.cancel()
    async with asyncio.timeout(5):
        await second
    assert server.inserted == [["a-1", "b-1"]]


def test_without_a_majority_nothing_is_known_but_refusals() -> None:
    outcomes = each(failed(2, {"index": 0, **DUPLICATE}, majority=False).details, 3)
    assert [type(outcomes[number]) for number in range(3)] == [Taken, Unknown, Unknown]


def test_what_the_server_did_not_come_to_is_not_taken_for_inserted() -> None:
    outcomes = each(failed(1, {"index": 1, "code": 112, "errmsg": "write conflict"}).details, 4)
    assert [type(outcomes[number]) for number in range(4)] == [Unknown, WriteConflict, Unknown, Unknown]


def test_an_order_does_not_grow_without_end() -> None:
    ones = [(to_document(commit(str(number))), None) for number in range(MOST + 1)]
    assert [len(order) for order in orders(ones)] == [MOST, 1]  # type: ignore[arg-type]
    large = {"events": [{"body": b"x" * 5_000_000}]}
    assert [len(order) for order in orders([(large, None)] * 3)] == [2, 1]  # type: ignore[list-item]


@pytest.mark.stack
async def test_of_two_who_are_after_the_same_place_one_has_it_and_nobody_else_suffers(lab: Laboratory) -> None:
    store: MongoLog = (await lab.replica()).store
    rivals = [Commit(**{**vars(commit("hot")), "id": f"rival-{number}"}) for number in range(2)]
    commits = [commit("a"), rivals[0], commit("b"), rivals[1], commit("b", 2)]
    told = await asyncio.gather(*(store.append([one]) for one in commits), return_exceptions=True)
    assert [fault for fault in told if fault is not None and not isinstance(fault, StoreFault)] == []
    assert sorted(type(told[number]).__name__ for number in (1, 3)) == ["NoneType", "Taken"]
    assert [told[number] for number in (0, 2, 4)] == [None, None, None]
    winner = rivals[0] if told[1] is None else rivals[1]
    assert [one.id for one in await store.tail("Till:hot", 1)] == [winner.id]
    assert [one.id for one in await store.tail("Till:b", 1)] == ["b-1", "b-2"]
