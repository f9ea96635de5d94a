"""Two integers a partition: what is lost, repeated, out of order or another history is found, and never hidden."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.stack import Stack
from shared.kernel.admin import create_topics
from shared.kernel.cloudevents import partition_of
from shared.kernel.kafka import KafkaBroker
from shared.kernel.ports import Outgoing
from shared.kernel.topics import Topic
from tests.kernel.by_hand import Hand, applied, bought, card, counted, history, soon, till
from tests.kernel.laboratory import PARTITIONS, PLAIN, Laboratory, Replica, until

pytestmark = pytest.mark.stack


@pytest.fixture
async def lab(infra: Stack) -> AsyncIterator[Laboratory]:
    async with Laboratory(infra.mongo_url, infra.kafka_bootstrap) as laboratory:
        yield laboratory


@pytest.fixture
async def replica(lab: Laboratory) -> Replica:
    return await lab.replica()


def losses(replica: Replica, partition: int = 0) -> float:
    return counted(replica, "continuity_losses", partition=str(partition))


def forks(replica: Replica, partition: int = 0) -> float:
    return counted(replica, "continuity_forks", partition=str(partition))


async def test_nothing_behind_a_lost_record_is_applied_until_it_is_sent_again(
    lab: Laboratory, replica: Replica
) -> None:
    hand, here, elsewhere = Hand(lab), till(0), till(1)
    runner = await replica.project()
    opened, first, lost, third, fourth = hand.opened(here), *hand.sales(here, range(1, 5))
    await hand.send(opened, first, third, fourth)
    other = hand.opened(elsewhere)
    await hand.send(other)
    await applied(replica, other)
    await soon(lambda: losses(replica))
    await applied(replica, first)
    assert await card(replica, here) == history(1)
    assert await bought(replica) == 1
    assert "lost" in (runner.healthy or "")

    await hand.send(lost, third, fourth)
    await applied(replica, fourth)
    assert await card(replica, here) == history(1, 2, 3, 4)
    assert await bought(replica) == 4
    assert losses(replica) == 1
    assert runner.healthy is None


async def test_a_process_that_begins_behind_a_loss_raises_the_alarm_as_well(lab: Laboratory, replica: Replica) -> None:
    hand, here = Hand(lab), till(0)
    opened, _, second = hand.opened(here), *hand.sales(here, (1, 2))
    await hand.send(opened, second)
    first = await replica.project()
    await soon(lambda: losses(replica))
    await first.stop()

    successor = await lab.replica()
    await successor.project()
    await soon(lambda: losses(successor))
    assert await card(replica, here) == history()


async def test_a_record_out_of_order_is_not_applied_before_its_turn(lab: Laboratory, replica: Replica) -> None:
    hand, here = Hand(lab), till(0)
    await replica.project()
    opened, first, second, third = hand.opened(here), *hand.sales(here, (1, 2, 3))
    await hand.send(opened, second, first)
    await applied(replica, first)
    assert await card(replica, here) == history(1)
    await hand.send(second, third, second, third)
    await applied(replica, third)
    assert await card(replica, here) == history(1, 2, 3)
    assert losses(replica) == 1


async def test_a_record_that_comes_late_hides_no_loss_while_others_wait_behind_it(
    lab: Laboratory, replica: Replica
) -> None:
    hand, here = Hand(lab), till(0)
    runner = await replica.project()
    opened, first, second = hand.opened(here), *hand.sales(here, (1, 2))
    await hand.send(opened, second, first)
    await applied(replica, first)
    assert await card(replica, here) == history(1)
    assert "lost" in (runner.healthy or "")

    await runner.stop()
    successor = await lab.replica()
    follower = await successor.project()
    await applied(successor, second)
    assert await card(successor, here) == history(1, 2)
    assert follower.healthy is None


async def test_what_was_applied_is_dropped_when_it_comes_again(lab: Laboratory, replica: Replica) -> None:
    hand, here = Hand(lab), till(0)
    await replica.project()
    opened, first, second, third = hand.opened(here), *hand.sales(here, (1, 2, 3))
    await hand.send(opened, first, first, second, opened, first, second, third, third)
    await applied(replica, third)
    assert await card(replica, here) == history(1, 2, 3)
    assert await bought(replica) == 3
    await soon(lambda: counted(replica, "duplicates_dropped") == 5)
    assert not losses(replica)


async def test_another_history_stops_its_partition_and_no_other(lab: Laboratory, replica: Replica) -> None:
    hand, here, elsewhere = Hand(lab), till(0), till(1)
    runner = await replica.project()
    opened, first, second, third = hand.opened(here), *hand.sales(here, (1, 2, 3))
    forked = second.with_header("ce_previous", b"%d" % opened.position)
    await hand.send(opened, first, forked, third)
    await soon(lambda: forks(replica))
    other = hand.opened(elsewhere)
    await hand.send(other)
    await applied(replica, other)
    assert await card(replica, here) == history(1)
    assert "fork" in (runner.healthy or "")

    await hand.send(second, third)
    await hand.send(last := hand.sold(elsewhere, number=1))
    await applied(replica, last)
    assert await card(replica, here) == history(1)
    assert forks(replica) == 1


async def test_what_came_before_a_fork_is_applied_though_its_batch_failed_once(
    lab: Laboratory, replica: Replica
) -> None:
    hand, here = Hand(lab), till(0)
    runner = await replica.project()
    await soon(lambda: runner.follower.standing)
    failing = iter([True])
    apply = runner.follower.apply

    async def fails_once(plan: Any) -> None:
        if next(failing, False):
            raise OSError("the first batch fails")
        await apply(plan)

    runner.follower.apply = fails_once  # type: ignore[method-assign]
    opened, first, second = hand.opened(here), *hand.sales(here, (1, 2))
    await hand.send(opened, first, second.with_header("ce_previous", b"%d" % opened.position))
    await applied(replica, first)
    await soon(lambda: forks(replica))
    assert await card(replica, here) == history(1)


async def test_a_log_that_nobody_accepted_stops_its_partition(lab: Laboratory, replica: Replica) -> None:
    hand, here = Hand(lab), till(0)
    await replica.project()
    opened, first = hand.opened(here), hand.sold(here, number=1)
    await hand.send(opened, first.with_header("ce_source", b"/gonghui/another/2"))
    await soon(lambda: forks(replica))
    await applied(replica, opened)
    assert await card(replica, here) == history()


async def make_anew(lab: Laboratory) -> None:
    """Delete the topic and create it again, empty."""
    admin = AIOKafkaAdminClient(bootstrap_servers=lab.kafka_bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([lab.service.topic])

        async def gone() -> bool:
            return lab.service.topic not in await admin.list_topics()

        await until(gone, what="deleting the topic")
    finally:
        await admin.close()

    async def made() -> bool:
        try:
            topic = Topic(lab.service.topic, lab.name, "toy")
            await create_topics(lab.kafka_bootstrap, topics=[topic], partitions=PARTITIONS)
        except Exception:
            return False
        return True

    await until(made, what="making the topic anew")


async def test_positions_decide_after_a_topic_was_made_anew(
    lab: Laboratory, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.kernel.runner.TOPICS_MS", 1_000)
    hand, here = Hand(lab), till(0)
    runner = await replica.project()
    old = [hand.opened(here), *hand.sales(here, range(1, 6))]
    await hand.send(*old)
    await applied(replica, old[-1])
    await make_anew(lab)
    new = hand.sales(here, range(6, 8))
    await hand.send(*new)
    await applied(replica, new[-1])
    assert await card(replica, here) == history(*range(1, 8))
    assert losses(replica) == 1
    await soon(lambda: runner.healthy is None)
    later = hand.sold(here, number=8)
    await hand.send(later)
    await applied(replica, later)
    assert await bought(replica) == 8


async def test_a_topic_made_anew_and_longer_than_before_is_found_out(lab: Laboratory, replica: Replica) -> None:
    hand, here = Hand(lab), till(0)
    runner = await replica.project()
    old = [hand.opened(here), hand.sold(here, number=1)]
    await hand.send(*old)
    await applied(replica, old[-1])
    await runner.stop()
    await make_anew(lab)
    new = hand.sales(here, range(2, 9))
    await hand.send(*new)

    successor = await lab.replica()
    await successor.project()
    await applied(successor, new[-1])
    assert await card(successor, here) == history(*range(1, 9))
    assert losses(successor) == 1


class Leaky(KafkaBroker):
    """Acknowledges everything, and forgets one record."""

    leaks: int | None = None

    async def send(self, records: Sequence[Outgoing]) -> None:
        await super().send([record for record in records if record.position != self.leaks])


async def test_the_relay_mends_a_loss_by_publishing_again(lab: Laboratory, replica: Replica) -> None:
    broker = Leaky(lab.kafka_bootstrap, PLAIN, PARTITIONS)
    replica.brokers.append(broker)
    broker.leaks = 3
    relaying = asyncio.create_task(replica.relay(broker=broker).run())
    await replica.project()
    await replica.open_till("a", 100)
    for number in range(6):
        await replica.sell("a", f"buyer-{number}")
    partition = partition_of("a", PARTITIONS)
    await soon(lambda: losses(replica, partition))

    async def two_are_applied() -> bool:
        return await card(replica, "a") == history(1)

    await until(two_are_applied)

    broker.leaks = None
    await replica.relay_store.request_republish(3)
    await replica.caught_up()
    relaying.cancel()
    await asyncio.gather(relaying, return_exceptions=True)
    assert await card(replica, "a") == history(1, 2, 3, 4, 5, 6)
    assert losses(replica, partition) == 1
