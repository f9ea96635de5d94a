"""Leaders that fall asleep, are killed or are two: positions are given once, and nothing is sent but what has one."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.kernel.continuity import Verdict
from shared.kernel.ports import Commit, Sequence_, Unknown
from shared.kernel.relay import Relay, SteppedDown
from tests.kernel.faulty import BreaksOff, Consumed, FallsAsleep, ShortLease, consume, records_of, sequences
from tests.kernel.laboratory import PARTITIONS, PLAIN, Laboratory, Replica, until

pytestmark = pytest.mark.stack

TILLS = 6


async def trade(replica: Replica, tag: str) -> None:
    """Three more tickets to each till, in commits of one and of two events."""
    await asyncio.gather(*(replica.open_till(f"till{n}", 100) for n in range(TILLS)))
    await asyncio.gather(*(replica.sell(f"till{n}", f"{tag}a") for n in range(TILLS)))
    await asyncio.gather(*(replica.sell(f"till{n}", f"{tag}b", f"{tag}c") for n in range(TILLS)))


def events(rounds: int) -> int:
    return TILLS * (1 + 3 * rounds)


async def topic(lab: Laboratory) -> Consumed:
    return consume(await records_of(lab.kafka_bootstrap, lab.service.topic))


def whole(consumed: Consumed, count: int) -> None:
    """Everything is there once, in order, and no consumer has a reason for an alarm."""
    assert sorted(consumed.applied) == list(range(1, count + 1)), "positions without a gap, each once"
    assert consumed[Verdict.LOSS] == consumed[Verdict.FORK] == 0
    for subject, numbers in sequences(consumed).items():
        assert numbers == list(range(1, len(numbers) + 1)), f"{subject} out of order"
    ids = [dict(record.headers)["ce_id"] for record in consumed.applied.values()]
    assert len(set(ids)) == count, "no event has two positions"


async def stamps(replica: Replica) -> list[Commit]:
    return await replica.relay_store.numbered(0, 10_000)


@pytest.mark.parametrize(
    ("operation", "before"), [("plan", True), ("plan", False), ("stamp", True), ("stamp", False), ("published", True)]
)
async def test_a_leader_that_fell_asleep_repeats_what_is_numbered_and_numbers_nothing(
    lab: Laboratory, operation: str, before: bool
) -> None:
    sleeper, other = await lab.replica(), await lab.replica()
    store = sleeper.relay_store = FallsAsleep(sleeper.driver, operation, before=before)
    other.relay_store = ShortLease(other.driver)
    sleeping = sleeper.lead()
    await trade(other, "1")
    await other.published(events(1))
    store.tired = True
    await trade(other, "2")
    async with asyncio.timeout(10):
        await store.asleep.wait()
    waking = other.lead()
    await other.published(events(2))
    await trade(other, "3")
    await other.published(events(3))
    numbered = await stamps(other)
    store.wake()
    await until(lambda: _is_not_leading(sleeping), what="stepping down")
    await trade(other, "4")
    await other.published(events(4))
    assert (await stamps(other))[: len(numbered)] == numbered, "what is numbered stays as it is"
    assert waking.observed.leader
    assert not sleeping.observed.fork
    whole(await topic(lab), events(4))


async def test_a_leader_that_fell_asleep_cannot_number_what_another_has_numbered_otherwise(lab: Laboratory) -> None:
    """Before it wrote its plan, with another order in its mind than came true."""
    sleeper, other = await lab.replica(), await lab.replica()
    store = sleeper.relay_store = FallsAsleep(sleeper.driver, "plan", before=True)
    store.tired = True
    other.relay_store = ShortLease(other.driver)
    first = (await other.open_till("first", 5)).commits[0]
    await trade(other, "1")
    sleeping = sleeper.lead()
    async with asyncio.timeout(10):
        await store.asleep.wait()
    log = other.driver.db.log
    document = await log.find_one({"_id": first.id})
    assert document is not None
    await log.delete_one({"_id": first.id})
    other.lead()
    await other.published(events(1))
    numbered = await stamps(other)
    await log.insert_one(document)
    store.wake()
    await until(lambda: _is_not_leading(sleeping), what="stepping down")
    await other.published(events(1) + 1)
    *before, last = await stamps(other)
    assert before == numbered, "what is numbered stays as it is"
    assert last.id == first.id
    whole(await topic(lab), events(1) + 1)


async def _is_not_leading(relay: Relay) -> bool:
    return not relay.observed.leader


async def test_a_relay_killed_between_the_brokers_word_and_its_own_repeats_to_the_byte(lab: Laboratory) -> None:
    victim, successor = await lab.replica(), await lab.replica()
    store = victim.relay_store = FallsAsleep(victim.driver, "published", before=True)
    store.tired = True
    successor.relay_store = ShortLease(successor.driver)
    await trade(successor, "1")
    running = asyncio.create_task(victim.relay().run())
    async with asyncio.timeout(10):
        await store.asleep.wait()
    running.cancel()
    sent = await topic(lab)
    assert sorted(sent.applied), "the broker has it"
    assert (await successor.relay_store.sequence()).published == 0, "and the log does not know"
    store.wake()
    await asyncio.gather(running, return_exceptions=True)
    successor.lead()
    await successor.published(events(1))
    again = await topic(lab)
    whole(again, events(1))
    assert again[Verdict.DUPLICATE] == len(sent.applied), "the same bytes, dropped by their positions"


async def test_two_relays_that_take_the_lead_from_each_other_all_the_time_agree(lab: Laboratory) -> None:
    pair = [await lab.replica(), await lab.replica()]
    relays = [replica.relay(batch=3) for replica in pair]
    epochs = iter(range(1, 1_000))

    async def usurp(relay: Relay) -> None:
        """Leads for a few steps without asking whether somebody else does."""
        for _ in range(12):
            relay._held_until = float("inf")
            try:
                await relay.take_over(next(epochs))
                for _ in range(3):
                    await relay.step()
            except SteppedDown:
                await asyncio.sleep(0)

    await asyncio.gather(*(usurp(relay) for relay in relays), *(trade(pair[0], tag) for tag in "123"))
    last = pair[0].relay()
    last._held_until = float("inf")
    await last.take_over(next(epochs))
    while await last.step():
        pass
    whole(await topic(lab), events(3))


async def test_every_event_of_a_commit_is_delivered_and_none_taken_for_a_repetition(lab: Laboratory) -> None:
    replica = await lab.replica()
    await replica.open_till("till", 500)
    await replica.sell("till", *(f"buyer{n}" for n in range(300)))
    await replica.open_till("another", 1)
    replica.lead()
    await replica.published(302)
    consumed = await topic(lab)
    whole(consumed, 302)
    assert consumed[Verdict.DUPLICATE] == 0
    assert sequences(consumed)["till"] == list(range(1, 302))


async def test_a_broker_that_fails_in_the_middle_of_a_batch_changes_no_order(lab: Laboratory) -> None:
    replica = await lab.replica()
    broken = BreaksOff(lab.kafka_bootstrap, PLAIN, PARTITIONS, after=7, times=3)
    replica.brokers.append(broken)
    relay = replica.relay(broker=broken, batch=10)
    running = asyncio.create_task(relay.run())
    for tag in "123":
        await trade(replica, tag)
    await replica.published(events(3))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    consumed = await topic(lab)
    whole(consumed, events(3))
    assert consumed[Verdict.DUPLICATE] == 3 * 7


class ForgetsAnswers(ShortLease):
    """Every third write of the relay takes effect without anybody hearing of it."""

    writes = 0

    def _lost(self) -> None:
        self.writes += 1
        if self.writes % 3 == 0:
            raise Unknown("the answer was lost")

    async def plan(self, before: Sequence_, after: Sequence_) -> bool:
        done = await super().plan(before, after)
        self._lost()
        return done

    async def stamp(self, commits: Sequence[Commit]) -> None:
        await super().stamp(commits)
        self._lost()

    async def published(self, epoch: int, before: int, position: int) -> bool:
        done = await super().published(epoch, before, position)
        self._lost()
        return done


async def test_answers_lost_by_the_relay_lose_no_event(lab: Laboratory) -> None:
    replica = await lab.replica()
    replica.relay_store = ForgetsAnswers(replica.driver)
    await trade(replica, "1")
    running = asyncio.create_task(replica.relay(batch=8).run())
    await replica.published(events(1))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    whole(await topic(lab), events(1))


async def test_an_append_wakes_a_relay_that_has_nothing_to_do(lab: Laboratory) -> None:
    replica = await lab.replica()
    await replica.open_till("till", 100)
    replica.lead()
    await replica.published(1)
    loop = asyncio.get_running_loop()
    took = []
    for turn in range(6):
        await asyncio.sleep(0.05 + 0.17 * turn)
        asked = loop.time()
        await replica.sell("till", f"buyer{turn}")
        await replica.published(2 + turn)
        took.append(loop.time() - asked)
    assert sorted(took)[len(took) // 2] < 0.5, f"by polling once a second it would have been: {took}"
