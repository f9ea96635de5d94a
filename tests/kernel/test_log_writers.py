"""Several writers on one stream: nobody's event is lost, none is twice, and nobody is refused what is free."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest

from shared.kernel.aggregate import Aggregate
from shared.kernel.log import Busy, Known, Log
from shared.kernel.ports import Commit
from tests.kernel.faulty import SkewedClock
from tests.kernel.laboratory import Laboratory, Replica
from tests.kernel.toy import NotSold, SoldOut

pytestmark = pytest.mark.stack

A = TypeVar("A", bound=Aggregate)


async def history(replica: Replica, till: str = "till") -> list[Commit]:
    return await replica.store.tail(f"Till:{till}", 1)


def numbers(commits: Sequence[Commit]) -> list[int]:
    return [int(wire.headers["ce_sequence"]) for commit in commits for wire in commit.events]


class Trusting(Log):
    """A log that takes what it remembers for what is: without the second look."""

    async def load(self, kind: type[A], aggregate_id: str, *, fresh: bool) -> Known[A]:
        return replace(await super().load(kind, aggregate_id, fresh=fresh), fresh=True)


async def test_two_replicas_sell_one_tills_last_tickets_and_none_twice(lab: Laboratory) -> None:
    one, two = await lab.replica(), await lab.replica()
    await one.open_till("till", 30)
    both = [(one, f"a{n}") for n in range(20)] + [(two, f"b{n}") for n in range(20)]
    told = await asyncio.gather(*(replica.sell("till", buyer) for replica, buyer in both), return_exceptions=True)
    assert sum(isinstance(answer, SoldOut) for answer in told) == 10
    commits = await history(one)
    assert numbers(commits) == list(range(1, 32))
    sold = {wire.body for commit in commits[1:] for wire in commit.events}
    accepted = {answer.commits[0].events[0].body for answer in told if not isinstance(answer, BaseException)}
    assert len(sold) == 30
    assert sold == accepted


async def test_a_commit_of_several_events_and_a_stale_writer_never_overlap(lab: Laboratory) -> None:
    one, stale = await lab.replica(), await lab.replica()
    await one.open_till("till", 100)
    await stale.sell("till", "early")
    await one.sell("till", "a", "b", "c")
    await stale.sell("till", "d", "e")
    await one.sell("till", "f")
    await asyncio.gather(*(r.sell("till", f"{r.owner}{n}", f"{r.owner}{n}+") for r in (one, stale) for n in range(10)))
    assert numbers(await history(one)) == list(range(1, 49))


async def test_a_seat_that_has_become_free_is_sold_by_a_replica_that_remembers_a_full_till(lab: Laboratory) -> None:
    stale, other = await lab.replica(), await lab.replica()
    await stale.open_till("till", 1)
    await stale.sell("till", "first")
    await other.take_back("till", "first")
    assert (await stale.sell("till", "second")).commits


async def test_without_the_second_look_that_seat_would_be_refused(lab: Laboratory) -> None:
    stale, other = await lab.replica(), await lab.replica()
    stale.commands = stale.commands_with(log=Trusting(stale.store))
    await stale.open_till("till", 1)
    await stale.sell("till", "first")
    await other.take_back("till", "first")
    with pytest.raises(SoldOut):
        await stale.sell("till", "second")


async def test_nothing_to_do_is_not_answered_from_memory_either(lab: Laboratory) -> None:
    stale, other = await lab.replica(), await lab.replica()
    await stale.open_till("till", 5)
    await stale.sell("till", "buyer")
    assert not (await stale.sell("till", "buyer")).commits, "twice is once"
    await other.take_back("till", "buyer")
    assert (await stale.sell("till", "buyer")).commits, "and after it came back it is a sale again"


async def test_what_another_replica_has_sold_can_be_taken_back_at_once(lab: Laboratory) -> None:
    stale, other = await lab.replica(), await lab.replica()
    await stale.open_till("till", 5)
    await other.sell("till", "buyer")
    await stale.take_back("till", "buyer")
    with pytest.raises(NotSold):
        await other.take_back("till", "buyer")


@pytest.mark.parametrize("replicas", [1, 2])
async def test_a_hot_stream_answers_two_hundred_commands_at_once(lab: Laboratory, replicas: int) -> None:
    sellers = [await lab.replica() for _ in range(replicas)]
    conflicts: list[None] = []
    for seller in sellers:
        seller.commands = seller.commands_with(conflict=lambda: conflicts.append(None))
    await sellers[0].open_till("till", 150)
    begun = time.perf_counter()
    sales = (sellers[n % replicas].sell("till", f"buyer{n}") for n in range(200))
    told = await asyncio.gather(*sales, return_exceptions=True)
    seconds = time.perf_counter() - begun
    refused = [answer for answer in told if isinstance(answer, BaseException)]
    assert not any(isinstance(answer, Busy) for answer in refused)
    assert [type(answer) for answer in refused] == [SoldOut] * 50
    assert numbers(await history(sellers[0])) == list(range(1, 152))
    assert len(conflicts) <= 200 * (replicas - 1), "one process does not get in its own way"
    assert seconds < 10


async def test_a_forgotten_cache_changes_nothing(lab: Laboratory) -> None:
    keeps, forgets = await lab.replica(), await lab.replica()
    forgets.commands = forgets.commands_with(log=Log(forgets.store, remembered=0))
    for replica, till in ((keeps, "kept"), (forgets, "forgotten")):
        await replica.open_till(till, 2)
        await replica.sell(till, "a", "b")
        with pytest.raises(SoldOut):
            await replica.sell(till, "c")
        await replica.take_back(till, "a")
        await replica.sell(till, "c")
    kept, forgotten = await history(keeps, "kept"), await history(keeps, "forgotten")
    assert _told(kept, "kept") == _told(forgotten, "forgotten")


def _told(commits: Sequence[Commit], till: str) -> list[tuple[int, list[bytes]]]:
    return [(c.version, [wire.body.replace(till.encode(), b"") for wire in c.events]) for c in commits]


async def test_time_never_goes_back_in_a_stream_though_clocks_differ_by_ten_minutes(lab: Laboratory) -> None:
    ahead, behind = await lab.replica(), await lab.replica()
    for replica, minutes in ((ahead, 5), (behind, -5)):
        clock = SkewedClock(timedelta(minutes=minutes))
        clock.sampled(await replica.reads.server_time())
        replica.commands = replica.commands_with(clock=clock)
    await ahead.open_till("till", 10)
    for turn, replica in enumerate((behind, ahead, behind, behind, ahead, behind)):
        await replica.sell("till", f"buyer{turn}")
    await behind.open_till("another", 1)
    commits = await history(ahead)
    assert [commit.at for commit in commits] == sorted(commit.at for commit in commits)
    assert (await history(ahead, "another"))[0].at < commits[0].at, "the clocks do differ"
    relay = ahead.lead()
    await ahead.published(8)
    numbered = await history(ahead)
    positions = [commit.first_position for commit in numbered]
    assert positions == sorted(position or 0 for position in positions)
    assert relay.observed.held_back == 0
