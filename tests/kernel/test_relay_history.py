"""Log and topic must tell the same story: what is missing in either, or contradicts, is found, never papered over."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from shared.kernel.admin import create_topics
from shared.kernel.continuity import Verdict
from shared.kernel.kafka import KafkaBroker
from shared.kernel.ports import Document, Outgoing, Record, Wire
from shared.kernel.relay import Relay
from shared.kernel.topics import Topic
from shared.kernel.work import LogClosed
from tests.kernel.faulty import ShortLease, consume, records_of, sequences
from tests.kernel.laboratory import PARTITIONS, PLAIN, Laboratory, Replica, until
from tests.kernel.test_relay_leaders import topic, whole

pytestmark = pytest.mark.stack


async def becomes(holds: Callable[[], Any], what: str, within: float = 20.0) -> None:
    async def check() -> Any:
        return holds()

    await until(check, within, what)


async def stop(relay: Relay, replica: Replica) -> None:
    """The process of this relay ends in good order."""
    task = replica._tasks.pop()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not relay.observed.leader


# a predecessor is missing


async def test_a_stream_whose_predecessor_is_missing_waits_while_all_others_go_on(lab: Laboratory) -> None:
    replica = await lab.replica()
    for till in ("broken", "sound"):
        await replica.open_till(till, 100)
    gone = (await replica.sell("broken", "a")).commits[0]
    for turn in range(4):
        await replica.sell("broken", f"b{turn}")
        await replica.sell("sound", f"b{turn}")
    log = replica.driver.db.log
    kept = await log.find_one({"_id": gone.id})
    assert kept is not None
    await log.delete_one({"_id": gone.id})
    relay = replica.lead()
    await replica.published(6)
    consumed = await topic(lab)
    assert sequences(consumed) == {"broken": [1], "sound": [1, 2, 3, 4, 5]}
    assert relay.observed.held_back == 1
    await log.insert_one(kept)
    await replica.published(11)
    await becomes(lambda: relay.observed.held_back == 0, "letting the stream go on")
    whole(await topic(lab), 11)


async def test_more_commits_that_wait_than_a_batch_holds_do_not_stand_in_anybodys_way(lab: Laboratory) -> None:
    replica = await lab.replica()
    await replica.open_till("broken", 100)
    gone = (await replica.sell("broken", "a")).commits[0]
    for turn in range(12):
        await replica.sell("broken", f"b{turn}")
    await replica.driver.db.log.delete_one({"_id": gone.id})
    for turn in range(12):
        await replica.open_till(f"sound{turn}", 1)
    relay = replica.relay(batch=5)
    replica._tasks.append(asyncio.create_task(relay.run()))
    await replica.published(13)
    assert set(sequences(await topic(lab))) == {"broken", *(f"sound{turn}" for turn in range(12))}
    assert relay.observed.held_back == 1


# the database is not the one that the topic was written from


class Backup:
    """All collections of the service's database, as they stood."""

    def __init__(self, replica: Replica) -> None:
        self._db = replica.driver.db
        self._found: dict[str, list[Document]] = {}

    async def take(self) -> None:
        for name in await self._db.list_collection_names():
            self._found[name] = await self._db[name].find({}).to_list(None)

    async def restore(self) -> None:
        for name in await self._db.list_collection_names():
            await self._db[name].delete_many({})
            if self._found.get(name):
                await self._db[name].insert_many(self._found[name])


async def traded(replica: Replica) -> Backup:
    """Ten events are out; five more than a backup that was taken meanwhile knows of."""
    await replica.open_till("till", 100)
    await replica.sell("till", "a", "b", "c", "d")
    await replica.published(5)
    backup = Backup(replica)
    await backup.take()
    await replica.sell("till", "e", "f", "g", "h", "i")
    await replica.published(10)
    return backup


async def is_refused(replica: Replica, relay: Relay, sent: list[Record]) -> None:
    """The fork is found; from then on nothing is numbered and no command taken."""
    await becomes(lambda: relay.observed.fork, "finding the fork")
    await becomes(replica.store.closed, "closing the log")
    with pytest.raises(LogClosed, match="fork"):
        await replica.open_till("late", 1)
    numbered = await replica.driver.db.log.count_documents({"first_position": {"$gt": 5}})
    assert numbered == 0
    assert await records_of(replica.lab.kafka_bootstrap, replica.lab.service.topic) == sent
    assert not relay.observed.leader


async def test_a_restored_database_is_found_out_by_a_new_leader(lab: Laboratory) -> None:
    replica = await lab.replica()
    replica.relay_store = ShortLease(replica.driver)
    old = replica.lead()
    backup = await traded(replica)
    sent = await records_of(lab.kafka_bootstrap, lab.service.topic)
    await stop(old, replica)
    await backup.restore()
    fresh = await lab.replica()
    await fresh.open_till("another history", 1)
    await is_refused(fresh, fresh.lead(), sent)


async def test_a_database_restored_under_a_live_leader_is_found_out_before_it_numbers(lab: Laboratory) -> None:
    replica, busy = await lab.replica(), await lab.replica()
    relay = replica.lead()
    backup = await traded(replica)
    sent = await records_of(lab.kafka_bootstrap, lab.service.topic)
    assert relay.observed.leader
    await backup.restore()
    await busy.open_till("another history", 1)
    await is_refused(replica, relay, sent)


async def test_a_database_restored_under_a_leader_with_nothing_to_do_is_found_out_too(lab: Laboratory) -> None:
    replica = await lab.replica()
    relay = replica.lead()
    backup = await traded(replica)
    sent = await records_of(lab.kafka_bootstrap, lab.service.topic)
    await backup.restore()
    await is_refused(replica, relay, sent)


async def test_another_event_at_a_position_that_the_log_knows_is_a_fork(lab: Laboratory) -> None:
    replica = await lab.replica()
    old = replica.lead()
    await traded(replica)
    await stop(old, replica)
    log = replica.driver.db.log
    last = await log.find_one({"first_position": 6})
    assert last is not None
    events = [
        {**event, "values": event["values"].replace(event["values"][:30], "1.0\nforged")} for event in last["events"]
    ]
    await log.update_one({"_id": last["_id"]}, {"$set": {"events": events}})
    relay = replica.lead()
    await becomes(lambda: relay.observed.fork, "finding the fork")


async def test_a_numbered_commit_that_is_gone_is_a_fork_and_not_a_gap(lab: Laboratory) -> None:
    replica = await lab.replica()
    relay = replica.relay()
    await replica.open_till("till", 100)
    await replica.sell("till", "a")
    await replica.sell("till", "b")
    relay._held_until = float("inf")
    await relay.take_over(1)
    assert len(await relay._number()) == 3
    await replica.driver.db.log.delete_one({"first_position": 2})
    await replica.driver.db.sequence.update_one({"_id": "sequence"}, {"$set": {"pending": []}})
    another = replica.lead()
    await becomes(lambda: another.observed.fork, "finding the hole")
    assert sorted((await topic(lab)).applied) == []


async def test_a_record_that_somebody_else_wrote_stops_nobody(lab: Laboratory) -> None:
    replica = await lab.replica()
    old = replica.lead()
    await replica.open_till("till", 1)
    await replica.published(1)
    await stop(old, replica)
    number = (await records_of(lab.kafka_bootstrap, lab.service.topic))[0].partition
    await send_raw(lab, number, [("ce_type", b"\xff"), ("x", b"")])
    await send_raw(lab, number, [])
    relay = replica.lead()
    await replica.sell("till", "a")
    await replica.published(2)
    assert not relay.observed.fork
    assert relay.observed.lost == 0


async def send_raw(lab: Laboratory, partition: int, headers: list[tuple[str, bytes]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=lab.kafka_bootstrap)
    await producer.start()
    await producer.send_and_wait(lab.service.topic, b"?", b"k", partition=partition, headers=headers)
    await producer.stop()


# the topic is not what was written


async def recreate(lab: Laboratory) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=lab.kafka_bootstrap)
    await admin.start()
    name = lab.service.topic
    await admin.delete_topics([name])

    async def gone() -> bool:
        return name not in await admin.list_topics()

    await until(gone, what="deleting a topic")
    await admin.close()
    await create_topics(lab.kafka_bootstrap, topics=[Topic(name, lab.name, "toy")], partitions=PARTITIONS)


async def test_a_topic_made_anew_is_alarmed_and_filled_again_to_the_byte(lab: Laboratory) -> None:
    replica = await lab.replica()
    old = replica.lead()
    for till in ("north", "south", "east", "west"):
        await replica.open_till(till, 100)
        await replica.sell(till, "a", "b")
    await replica.published(12)
    before = await records_of(lab.kafka_bootstrap, lab.service.topic)
    await stop(old, replica)
    await recreate(lab)
    relay = replica.lead()
    await becomes(lambda: relay.observed.leader, "leading")
    assert relay.observed.lost == len({record.partition for record in before})
    assert not relay.observed.fork, "an empty topic contradicts nothing"
    await replica.sell("north", "c")
    await replica.published(13)
    await replica.relay_store.request_republish(1)
    await becomes(lambda: relay.observed.sent == 1 + 13, "sending again")
    after = await records_of(lab.kafka_bootstrap, lab.service.topic)
    consumed = consume(after)
    assert sorted(consumed.applied) == list(range(1, 14))
    assert (consumed[Verdict.LOSS], consumed[Verdict.FORK]) == (1, 0), "what came before all the rest waited for it"
    told = {(r.partition, r.key, r.value, tuple(r.headers), r.timestamp) for r in before}
    assert told < {(r.partition, r.key, r.value, tuple(r.headers), r.timestamp) for r in after}
    await becomes(lambda: relay.observed.leader and relay.observed.lost == 0, "the end of the alarm")


async def test_publishing_again_works_while_commands_keep_coming(lab: Laboratory) -> None:
    replica = await lab.replica()
    relay = replica.lead()
    await replica.open_till("till", 10_000)
    ended = asyncio.Event()
    sold = 1

    async def keep_selling() -> None:
        nonlocal sold
        while not ended.is_set():
            await replica.sell("till", f"buyer{sold}")
            sold += 1
            await asyncio.sleep(0.002)

    selling = asyncio.create_task(keep_selling())
    await replica.published(30)
    await replica.relay_store.request_republish(3)
    await becomes(lambda: relay.observed.sent > relay.observed.published > 40, "sending again")
    ended.set()
    await selling
    await replica.published(sold)
    consumed = await topic(lab)
    whole(consumed, sold)
    assert consumed[Verdict.DUPLICATE] > 0
    found = await replica.driver.db.sequence.find_one({"_id": "sequence"})
    assert found is not None
    assert found["moved_back"] is None


async def test_old_records_repeated_at_the_end_of_a_topic_are_no_loss(lab: Laboratory) -> None:
    """A zombie has repeated more than the relay looks at first."""
    replica = await lab.replica()
    old = replica.lead()
    await replica.open_till("till", 100)
    await replica.sell("till", *(f"buyer{n}" for n in range(40)))
    await replica.published(41)
    await stop(old, replica)
    repeated = await replica.relay_store.numbered(0, 10)
    broker = KafkaBroker(lab.kafka_bootstrap, PLAIN, PARTITIONS)
    replica.brokers.append(broker)
    number = (await records_of(lab.kafka_bootstrap, lab.service.topic))[0].partition
    last, positions = repeated[-1], range(2, 32)
    await broker.send([Outgoing(last.events[p - 2], number, p, last.previous[p - 2]) for p in positions])
    relay = replica.lead()
    await becomes(lambda: relay.observed.leader, "leading")
    assert relay.observed.lost == 0
    assert not relay.observed.fork


# the producer


async def wires(lab: Laboratory, sizes: list[int]) -> list[Outgoing]:
    replica = await lab.replica()
    await replica.open_till("till", 1)
    (commit,) = await replica.store.tail("Till:till", 1)
    base = commit.events[0]
    return [
        Outgoing(Wire(base.topic, base.key, b"x" * size, base.headers), 0, position, position - 1)
        for position, size in enumerate(sizes, 1)
    ]


async def test_what_does_not_fit_into_one_request_follows_in_order(lab: Laboratory) -> None:
    outgoing = await wires(lab, [1, 250_000, 250_000, 5, 250_000, 1, 262_144, 262_144, 2])
    broker = KafkaBroker(lab.kafka_bootstrap, PLAIN, PARTITIONS)
    await broker.send(outgoing)
    await broker.close()
    found = await records_of(lab.kafka_bootstrap, lab.service.topic)
    assert [len(record.value or b"") for record in found] == [len(one.wire.body) for one in outgoing]


async def test_a_send_that_is_cancelled_lets_the_next_one_begin_anew(lab: Laboratory) -> None:
    outgoing = await wires(lab, [10] * 200)
    broker = KafkaBroker(lab.kafka_bootstrap, PLAIN, PARTITIONS)
    for turn in range(5):
        await broker.send([])  # so that it is not the start that is cancelled
        sending = asyncio.create_task(broker.send(outgoing))
        await asyncio.sleep(0.0007 * turn)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    await broker.send(outgoing)
    await broker.close()
    consumed = consume(await records_of(lab.kafka_bootstrap, lab.service.topic))
    assert sorted(consumed.applied) == list(range(1, 201))
    assert consumed[Verdict.LOSS] == consumed[Verdict.FORK] == 0
