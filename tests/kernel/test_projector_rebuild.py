"""A new set of views is built beside the old one while commands flow, and serves once it has come as far."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from bson.raw_bson import RawBSONDocument

from deploy.local.stack import Stack
from shared.kernel import views as documents
from shared.kernel.mongo.views import SetServed
from shared.kernel.process import projector_of
from shared.kernel.refusal import Refused
from shared.kernel.runner import Runner
from tests.kernel.by_hand import Hand, applied, ask, card, history, soon, till
from tests.kernel.laboratory import Laboratory, Replica
from tests.kernel.projecting import Gate, Hooked
from tests.kernel.toy import Till, take_back

pytestmark = pytest.mark.stack


@pytest.fixture
async def lab(infra: Stack) -> AsyncIterator[Laboratory]:
    async with Laboratory(infra.mongo_url, infra.kafka_bootstrap) as laboratory:
        yield laboratory


class Book:
    """What the views must be, by the commands that were accepted."""

    def __init__(self) -> None:
        self.cards: dict[str, dict[str, Any]] = {}
        self.bought: Counter[str] = Counter()
        self.sold = self.returned = 0

    def opened(self, till: str, tickets: int) -> None:
        self.cards[till] = {"id": till, "tickets": tickets, "history": "o"}

    def sell(self, till: str, buyer: str, number: int) -> None:
        self.cards[till]["history"] += f" +{number}"
        self.bought[buyer] += 1
        self.sold += 1

    def take_back(self, till: str, buyer: str) -> None:
        self.cards[till]["history"] += " -"
        self.bought[buyer] -= 1
        self.returned += 1


async def trade(replica: Replica, book: Book, till: str, enough: asyncio.Event) -> None:
    """Commands on one till, one after the other; the book is kept by their answers alone."""
    chance = random.Random(till)
    await replica.open_till(till, 6)
    book.opened(till, 6)
    holders: list[str] = []
    number = 0
    while not enough.is_set():
        try:
            if holders and chance.random() < 0.4:
                buyer = chance.choice(holders)
                await take_one_back(replica, till, buyer)
                book.take_back(till, buyer)
                holders.remove(buyer)
            else:
                buyers = [f"buyer-{one}" for one in chance.sample(range(1, 10), chance.randint(1, 2))]
                new = [buyer for buyer in buyers if buyer not in holders]
                await replica.sell(till, *buyers)
                for buyer in new:
                    number += 1
                    book.sell(till, buyer, number)
                    holders.append(buyer)
        except Refused:
            continue


async def take_one_back(replica: Replica, till: str, buyer: str) -> None:
    await replica.do(lambda work: work.change(Till, till, lambda t: take_back(t, buyer)))


async def documents_of(replica: Replica, view_set: str) -> dict[str, list[bytes]]:
    """Every document of a set of views, to the byte."""
    found = {}
    for view in replica.service.views.values():
        name = documents.collection_of(view_set, view)
        collection = replica.driver.db.get_collection(
            name, codec_options=replica.driver.db.codec_options.with_options(document_class=RawBSONDocument)
        )
        found[view.name] = [document.raw async for document in collection.find().sort("_id", 1)]
    return found


async def test_a_set_rebuilt_under_load_equals_the_live_one_and_the_commands(lab: Laboratory) -> None:
    replica, book = await lab.replica(), Book()
    replica.lead()
    await replica.project(batch=7)
    tills = [f"till-{number}" for number in range(9)]
    enough = asyncio.Event()
    async with asyncio.TaskGroup() as trading:
        for name in tills:
            trading.create_task(trade(replica, book, name, enough))
        await asyncio.sleep(0.3)
        rebuilding = await (await lab.replica()).project("v2", batch=50)
        await soon(lambda: rebuilding.healthy is None)
        await asyncio.sleep(0.3)
        enough.set()
    await replica.caught_up()
    await replica.caught_up("v2")

    live, rebuilt = await documents_of(replica, "v1"), await documents_of(replica, "v2")
    assert live == rebuilt
    rows = {view: await replica.view_store.rows(f"v2_{view}", {}) for view in replica.service.views}
    assert {row["_id"]: {n: v for n, v in row.items() if n != "_id"} for row in rows["till_card"]} == book.cards
    assert Counter({row["_id"]: row["tickets"] for row in rows["bought"]}) == book.bought
    assert sum(row["sold"] for row in rows["sales"]) == book.sold
    assert sum(row["returned"] for row in rows["sales"]) == book.returned
    assert book.sold > 50


async def gated(replica: Replica, view_set: str) -> tuple[Runner, Gate]:
    gate = Gate()
    gate.close()
    store = Hooked(replica.view_store, before=gate)
    projector = projector_of(replica.service, store, replica.owner, replica.metrics, view_set)
    await projector.prepare()
    return replica.follow(projector, view_set), gate


async def test_a_new_set_is_ready_once_it_has_come_as_far_as_the_old_one(lab: Laboratory) -> None:
    replica, hand = await lab.replica(), Hand(lab)
    old = await replica.project()
    made = [hand.opened(till(0)), *hand.sales(till(0), range(1, 6))]
    await hand.send(*made)
    await applied(replica, made[-1])
    assert old.healthy is None, "there is no older set"

    new, gate = await gated(await lab.replica(), "v2")
    await soon(lambda: new.joined and new.healthy)
    await soon(lambda: "set before" in (new.healthy or ""))
    await hand.send(later := hand.sold(till(0), number=6))
    await applied(replica, later)
    assert old.healthy is None
    gate.open()
    await soon(lambda: new.healthy is None)
    assert (await card(replica, till(0), "v2")).startswith(history(1, 2, 3, 4, 5))


async def test_the_oldest_of_several_sets_does_not_make_a_newer_one_ready(lab: Laboratory) -> None:
    replica, hand = await lab.replica(), Hand(lab)
    await replica.project()
    made = [hand.opened(till(0)), *hand.sales(till(0), range(1, 6))]
    await hand.send(*made)
    await applied(replica, made[-1])
    _, middle_gate = await gated(replica, "v2")
    newest, gate = await gated(replica, "v3")
    await soon(lambda: "set before" in (newest.healthy or ""))
    middle_gate.open()
    await applied(replica, made[-1], "v2")
    assert "set before" in (newest.healthy or "")
    gate.open()
    await soon(lambda: newest.healthy is None)


async def test_a_set_that_nobody_serves_is_dropped_with_all_that_belongs_to_it(lab: Laboratory) -> None:
    replica, hand = await lab.replica(), Hand(lab)
    runner = await replica.project()
    beside = await lab.replica()
    await beside.project("v2")
    made = [hand.opened(till(0)), hand.sold(till(0), "poison", 1)]
    await hand.send(*made)
    for view_set in ("v1", "v2"):
        await applied(replica, made[-1], view_set)

    with pytest.raises(SetServed, match=replica.owner):
        await beside.view_store.drop_set("v1")
    await runner.stop()
    await ask(replica, "retry", "till_card", made[1])
    dropped = await beside.view_store.drop_set("v1")
    assert sorted(dropped) == ["v1_bought", "v1_sales", "v1_till_card"]
    left = await replica.driver.db.list_collection_names()
    assert not [name for name in left if name.startswith("v1")]
    for collection in ("checkpoints", "standing", "quarantine", "requests"):
        ids = [row["_id"] for row in await replica.view_store.rows(collection, {})]
        assert not [name for name in ids if str(name).startswith("v1")], collection
    assert not await replica.view_store.rows("requests", {})
    assert len(await replica.view_store.rows("quarantine", {"set": "v2"})) == 1
    assert await card(replica, till(0), "v2") == "o"


async def test_a_set_that_a_process_only_reads_from_is_not_dropped(lab: Laboratory) -> None:
    replica, reader = await lab.replica(), await lab.replica()
    reader.driver.serves = "v1"
    await reader.driver.beat()
    with pytest.raises(SetServed, match=reader.owner):
        await replica.view_store.drop_set("v1")
    assert await replica.view_store.drop_set("v2") == []
