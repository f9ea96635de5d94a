"""Partitions change hands: while a batch is open, while nothing is claimed yet, and behind an owner's back."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition

from deploy.local.stack import Stack
from shared.kernel.ports import Checkpoint, Document, Fenced, Partition
from shared.kernel.process import projector_of
from shared.kernel.runner import Runner
from tests.kernel.by_hand import Hand, Made, applied, bought, card, counted, soon, till
from tests.kernel.laboratory import Laboratory, Replica
from tests.kernel.projecting import Gate, Hook, Hooked

pytestmark = pytest.mark.stack


@pytest.fixture
async def lab(infra: Stack) -> AsyncIterator[Laboratory]:
    async with Laboratory(infra.mongo_url, infra.kafka_bootstrap) as laboratory:
        yield laboratory


async def gated(lab: Laboratory, group: str = "v1", **hooks: Hook) -> tuple[Replica, Runner, Gate]:
    """A projector whose transactions pass a gate before they commit."""
    replica, gate = await lab.replica(), Gate()
    projector = projector_of(
        replica.service, Hooked(replica.view_store, before=gate, **hooks), replica.owner, replica.metrics
    )
    await projector.prepare()
    return replica, replica.follow(projector, group, batch=10), gate


def events(hand: Hand, numbers: Sequence[int]) -> list[Made]:
    """Sales in all three partitions, in turn."""
    return [hand.sold(till(number % 3), "ann", number) for number in numbers]


async def exact(replica: Replica, made: Sequence[Made], numbers: Sequence[int]) -> None:
    for last in made[-3:]:
        await applied(replica, last)
    assert await bought(replica) == len(numbers)
    for partition in range(3):
        expected = "".join(f" +{number}" for number in numbers if number % 3 == partition)
        assert await card(replica, till(partition)) == expected


def shares(*runners: Runner) -> list[int]:
    return sorted(len(runner.follower.standing) for runner in runners)


async def test_another_joins_while_a_batch_is_open(lab: Laboratory) -> None:
    first, one, gate = await gated(lab)
    await soon(lambda: one.healthy is None)
    gate.close()
    hand = Hand(lab)
    numbers = range(1, 61)
    made = events(hand, numbers)
    await hand.send(*made)
    await soon(lambda: gate.waiting)
    second, two, _ = await gated(lab)
    await asyncio.sleep(1.5)  # the group has heard of it, and waits for the open batch
    assert two.follower.standing == {}
    gate.open()
    await soon(lambda: shares(one, two) == [1, 2])
    await exact(first, made, numbers)
    assert [counted(replica, "fenced") for replica in (first, second)] == [0, 0]
    assert counted(first, "batches_failed") == 0
    assert [counted(replica, "continuity_losses") for replica in (first, second)] == [0, 0]


async def test_another_leaves_while_a_batch_is_open(lab: Laboratory) -> None:
    first, one, gate = await gated(lab)
    _, two, _ = await gated(lab)
    await soon(lambda: shares(one, two) == [1, 2])
    gate.close()
    hand = Hand(lab)
    numbers = range(1, 61)
    made = events(hand, numbers)
    await hand.send(*made)
    await soon(lambda: gate.waiting)
    await two.stop()
    await asyncio.sleep(1.0)
    gate.open()
    await soon(lambda: shares(one) == [3])
    await exact(first, made, numbers)
    assert counted(first, "continuity_losses") == 0


class Leaking(Runner):
    """Notes what is handed out before the partitions are claimed."""

    leaked = 0

    async def _handle(self, records: Sequence[Any]) -> None:
        if not self._claimed:
            self.leaked += len(records)
        await super()._handle(records)


class WithoutPause(Leaking):
    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        await super().on_partitions_assigned(assigned)
        self._consumer.resume(self._assigned)


class SlowClaim(Hooked):
    async def claim(self, ids: Sequence[str], owner: str) -> dict[str, Checkpoint]:
        await asyncio.sleep(0.7)
        claimed: dict[str, Checkpoint] = await self._inner.claim(ids, owner)
        return claimed


@pytest.mark.parametrize(("kind", "leaks"), [(Leaking, False), (WithoutPause, True)])
async def test_nothing_is_handed_out_before_the_partitions_are_claimed(
    lab: Laboratory, kind: type[Leaking], leaks: bool
) -> None:
    replica, hand = await lab.replica(), Hand(lab)
    numbers = range(1, 31)
    made = events(hand, numbers)
    await hand.send(*made)
    projector = projector_of(replica.service, SlowClaim(replica.view_store), replica.owner, replica.metrics)
    await projector.prepare()
    runner = replica.follow(projector, "v1", kind=kind)
    assert isinstance(runner, Leaking)
    await exact(replica, made, numbers)
    assert bool(runner.leaked) is leaks


async def owner(replica: Replica, partition: int = 0) -> Document:
    (row,) = await replica.view_store.rows("checkpoints", {"_id": f"v1:{replica.service.topic}:{partition}"})
    return row


async def test_an_owner_that_was_replaced_is_fenced_and_keeps_away(lab: Laboratory) -> None:
    first, one, gate = await gated(lab, group="zombie")
    await soon(lambda: one.healthy is None)
    gate.close()
    hand = Hand(lab)
    numbers = range(1, 31)
    made = events(hand, numbers)
    await hand.send(*made)
    await soon(lambda: gate.waiting)
    second, two, _ = await gated(lab, group="heir")
    await exact(second, made, numbers)
    gate.open()  # it wakes up, and tries to commit
    await soon(lambda: counted(first, "fenced") == 1)
    more = range(31, 61)
    made += events(hand, more)
    await hand.send(*made[-len(more) :])
    await exact(second, made, [*numbers, *more])
    assert (await owner(second))["owner"] == second.owner
    assert two.healthy is None
    assert "not claimed" in (one.healthy or "")
    assert counted(second, "fenced") == 0


class NoConsumer:
    """`Consumer` of records that are handed over."""

    def pause(self, partitions: Iterable[Partition]) -> None: ...

    def resume(self, partitions: Iterable[Partition]) -> None: ...

    def seek(self, partition: Partition, offset: int) -> None: ...

    async def beginning(self, partitions: Sequence[Partition]) -> dict[Partition, int]:
        return dict.fromkeys(partitions, 0)


async def test_an_owner_that_was_replaced_cannot_commit_though_its_successor_has_not_begun(lab: Laboratory) -> None:
    hand = Hand(lab)
    record = hand.opened(till(0)).record(lab.service.topic, 0)
    owners = []
    for _ in range(2):
        replica = await lab.replica()
        projector = projector_of(replica.service, replica.view_store, replica.owner, replica.metrics)
        projector.consumer = NoConsumer()
        await projector.prepare()
        await projector.claim([(lab.service.topic, 0)])
        owners.append(projector)
    zombie, heir = owners
    with pytest.raises(Fenced):
        await zombie.batch([record])
    with pytest.raises(Fenced):
        await zombie.reload()
    await heir.batch([record])
    assert await card(replica, till(0)) == "o"


async def test_a_runner_that_stops_leaves_nothing_for_its_successor_to_end(lab: Laboratory) -> None:
    replica, runner, _ = await gated(lab)
    await soon(lambda: runner.healthy is None)
    assert (await owner(replica))["owner"] == replica.owner
    assert (await owner(replica))["sessions"]
    await runner.stop()
    assert (await owner(replica))["owner"] == ""
    assert (await owner(replica))["sessions"] == []


class FailingClaim(Hooked):
    """Claims fail until they may succeed."""

    failing = True
    tried = 0

    async def claim(self, ids: Sequence[str], owner: str) -> dict[str, Checkpoint]:
        self.tried += 1
        if self.failing:
            raise OSError("the database is away")
        claimed: dict[str, Checkpoint] = await self._inner.claim(ids, owner)
        return claimed


async def failing(lab: Laboratory) -> tuple[Replica, Runner, FailingClaim]:
    replica = await lab.replica()
    store = FailingClaim(replica.view_store)
    projector = projector_of(replica.service, store, replica.owner, replica.metrics)
    await projector.prepare()
    runner = replica.follow(projector, "v1")
    await soon(lambda: store.tried)
    return replica, runner, store


async def test_a_claim_that_fails_is_tried_again_and_readiness_is_off_meanwhile(lab: Laboratory) -> None:
    replica, runner, store = await failing(lab)
    hand = Hand(lab)
    made = events(hand, range(1, 4))
    await hand.send(*made)
    assert "not claimed" in (runner.healthy or "")
    assert await bought(replica) == 0
    store.failing = False
    await exact(replica, made, range(1, 4))


async def test_partitions_may_change_hands_while_their_claim_fails(lab: Laboratory) -> None:
    replica, one, store = await failing(lab)
    _, two, _ = await gated(lab)
    await soon(lambda: shares(two) in ([1], [2]))
    store.failing = False
    await soon(lambda: shares(one, two) == [1, 2])
    hand = Hand(lab)
    made = events(hand, range(1, 31))
    await hand.send(*made)
    await exact(replica, made, range(1, 31))


async def test_a_runner_stops_at_once_while_it_recovers(lab: Laboratory) -> None:
    _, runner, store = await failing(lab)
    async with asyncio.timeout(5):
        await runner.stop()
    tried = store.tried
    await asyncio.sleep(0.5)
    assert store.tried == tried


async def test_a_runner_without_any_partition_is_healthy(lab: Laboratory) -> None:
    runners = [(await gated(lab))[1] for _ in range(4)]
    await soon(lambda: shares(*runners) == [0, 1, 1, 1])
    await soon(lambda: all(runner.healthy is None for runner in runners))
