"""Several processes that fold into the same documents: each event counts once, whoever was first."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from deploy.local.stack import Stack
from shared.kernel.ports import Document, Transaction, ViewStore, WriteConflict
from shared.kernel.process import projector_of
from tests.kernel.by_hand import Hand, applied, bought, card, counted, history, soon, till
from tests.kernel.laboratory import Laboratory, Replica
from tests.kernel.projecting import Hooked, saying

pytestmark = pytest.mark.stack


@pytest.fixture
async def lab(infra: Stack) -> AsyncIterator[Laboratory]:
    async with Laboratory(infra.mongo_url, infra.kafka_bootstrap) as laboratory:
        yield laboratory


class Witness(Hooked):
    """Counts what became of the transactions."""

    def __init__(self, inner: ViewStore) -> None:
        super().__init__(inner, before=saying("", 0.02))
        self.seen: Counter[str] = Counter()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        try:
            async with super().transaction() as transaction:
                yield transaction
        except WriteConflict:
            self.seen["conflict"] += 1
            raise


async def test_two_processes_add_to_the_same_documents_exactly(lab: Laboratory) -> None:
    witnesses, runners = [], []
    for _ in range(2):
        replica = await lab.replica()
        witnesses.append(Witness(replica.view_store))
        projector = projector_of(replica.service, witnesses[-1], replica.owner, replica.metrics)
        await projector.prepare()
        runners.append(replica.follow(projector, "v1", batch=10))
    await soon(lambda: sorted(len(runner.follower.standing) for runner in runners) == [1, 2])

    hand = Hand(lab)
    made = [hand.opened(till(partition)) for partition in range(3)]
    made += [hand.sold(till(number % 3), "ann", number) for number in range(1, 151)]
    await hand.send(*made)
    for last in made[-3:]:
        await applied(replica, last)
    assert await bought(replica) == 150
    for partition in range(3):
        assert await card(replica, till(partition)) == history(*(n for n in range(1, 151) if n % 3 == partition))
    assert sum(witness.seen["conflict"] for witness in witnesses) > 0, "they never met: this proves nothing"


class Crowded(Hooked):
    """Large transactions always meet another one."""

    def __init__(self, inner: ViewStore, room: int) -> None:
        super().__init__(inner)
        self.room = room
        self.sizes: list[int] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        async with super().transaction() as transaction:
            yield _Crowded(transaction, self)


class _Crowded:
    def __init__(self, inner: Transaction, crowd: Crowded) -> None:
        self._inner, self._crowd = inner, crowd

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def save(self, collection: str, documents: Iterable[Document]) -> None:
        documents = list(documents)
        if collection.endswith("_bought"):
            self._crowd.sizes.append(len(documents))
            if len(documents) > self._crowd.room:
                raise WriteConflict("met another one")
        await self._inner.save(collection, documents)


async def crowded(lab: Laboratory, room: int) -> tuple[Crowded, Replica]:
    replica = await lab.replica()
    hand = Hand(lab)
    made = [hand.opened(till(0)), *(hand.sold(till(0), f"buyer-{number}", number) for number in range(1, 17))]
    await hand.send(*made)
    store = Crowded(replica.view_store, room)
    projector = projector_of(replica.service, store, replica.owner, replica.metrics)
    await projector.prepare()
    replica.follow(projector, "v1")
    await applied(replica, made[-1])
    assert await card(replica, till(0)) == history(*range(1, 17))
    assert [await bought(replica, f"buyer-{number}") for number in range(1, 17)] == [1] * 16
    return store, replica


async def test_a_batch_that_conflicts_again_and_again_is_halved(lab: Laboratory) -> None:
    store, replica = await crowded(lab, room=4)
    assert store.sizes[:3] == [16, 16, 7], "the whole is tried twice, then its half: the opening and 7 sales"
    assert sum(size for size in store.sizes if size <= 4) == 16
    assert counted(replica, "batches_failed") == 0


class ConflictsOnce(Crowded):
    @property
    def room(self) -> int:
        return 1_000 if len(self.sizes) > 1 else 0

    @room.setter
    def room(self, _: int) -> None: ...


async def test_a_batch_that_conflicted_once_is_tried_again_as_a_whole(lab: Laboratory) -> None:
    replica = await lab.replica()
    hand = Hand(lab)
    made = [hand.opened(till(0)), *(hand.sold(till(0), f"buyer-{number}", number) for number in range(1, 5))]
    await hand.send(*made)
    store = ConflictsOnce(replica.view_store, 0)
    projector = projector_of(replica.service, store, replica.owner, replica.metrics)
    await projector.prepare()
    replica.follow(projector, "v1")
    await applied(replica, made[-1])
    assert store.sizes == [4, 4]
