"""What becomes true together: several streams, reservations, documents; and what a log refuses to hold or to read."""

import asyncio
import random
import time
from dataclasses import replace

import pytest

from shared.kernel.cloudevents import LARGEST_EVENT, EventTooLarge
from shared.kernel.log import BrokenHistory, NewerHistory
from shared.kernel.ports import Commit, Put, Taken, Wire
from shared.kernel.work import Act, TooMuchAtOnce, Work
from tests.kernel.laboratory import Laboratory, Replica
from tests.kernel.test_log_ambiguity import move
from tests.kernel.toy import SoldOut, Till, sell

pytestmark = pytest.mark.stack


def moving(buyer: str, source: str, target: str) -> Act:
    async def act(work: Work) -> None:
        await move(work, buyer, source, target)

    return act


async def buyers(replica: Replica, till: str) -> frozenset[str]:
    return (await replica.commands.log.load(Till, till, fresh=True)).state.buyers


# reservations


def seat(buyer: str, till: str) -> Act:
    """A seat that all tills sell: whoever has it keeps it."""

    async def act(work: Work) -> None:
        if await work.reserve("seat:1", buyer) != buyer:
            raise SoldOut()
        await work.change(Till, till, lambda state: sell(state, buyer))

    return act


async def test_of_two_who_reserve_the_same_one_wins_and_the_other_is_decided_anew(lab: Laboratory) -> None:
    one, two = await lab.replica(), await lab.replica()
    for till in ("left", "right"):
        await one.open_till(till, 5)
    for turn in range(5):
        told = await asyncio.gather(one.do(seat("a", "left")), two.do(seat("b", "right")), return_exceptions=True)
        assert [isinstance(answer, SoldOut) for answer in told].count(True) == 1, f"turn {turn}: {told}"
        winner = "a" if isinstance(told[1], SoldOut) else "b"
        assert await one.store.holder("seat:1") == winner
        assert await buyers(one, "left") | await buyers(one, "right") == {winner}
        again = await (one.do(seat("a", "left")) if winner == "a" else two.do(seat("b", "right")))
        assert not again.commits, "who holds it already loses nothing by asking again"


async def test_a_reservation_is_made_with_its_commit_or_not_at_all(lab: Laboratory) -> None:
    replica = await lab.replica()
    await replica.open_till("till", 0)
    with pytest.raises(SoldOut):
        await replica.do(seat("a", "till"))
    assert await replica.store.holder("seat:1") is None


# several streams


async def test_tickets_moved_between_two_tills_are_neither_lost_nor_made(lab: Laboratory) -> None:
    one, two = await lab.replica(), await lab.replica()
    everybody = {f"buyer{n}" for n in range(12)}
    for till in ("left", "right"):
        await one.open_till(till, 20)
    await one.sell("left", *sorted(everybody))
    chance = random.Random(7)

    async def wander(replica: Replica, buyer: str) -> None:
        for here, there in (("left", "right"), ("right", "left"), ("left", "right")):
            await replica.do(moving(buyer, here, there))
            if chance.random() < 0.3:
                await asyncio.sleep(0)

    await asyncio.gather(*(wander((one, two)[n % 2], buyer) for n, buyer in enumerate(sorted(everybody))))
    assert await buyers(one, "left") == frozenset()
    assert await buyers(two, "right") == everybody


async def test_a_change_of_two_streams_is_both_or_nothing(lab: Laboratory) -> None:
    replica, other = await lab.replica(), await lab.replica()
    await replica.open_till("left", 1)
    await replica.open_till("right", 1)
    await replica.sell("left", "a")
    await other.sell("right", "b")
    with pytest.raises(SoldOut):
        await replica.do(lambda work: move(work, "a", "left", "right"))
    assert await buyers(replica, "left") == {"a"}
    assert await buyers(replica, "right") == {"b"}
    right, left = await replica.store.tail("Till:right", 2), await replica.store.tail("Till:left", 2)
    with pytest.raises(Taken):
        await replica.store.append([replace(left[0], id="new", version=3), replace(right[0], id="late")])
    assert await replica.store.commit("new") is None, "the first of the two was not written either"


async def test_two_changes_of_one_stream_in_one_unit_follow_each_other(lab: Laboratory) -> None:
    replica = await lab.replica()
    await replica.open_till("till", 5)

    async def act(work: Work) -> None:
        await work.change(Till, "till", lambda till: sell(till, "a"))
        await work.change(Till, "till", lambda till: sell(till, "a", "b"))

    commit = (await replica.do(act)).commits[0]
    assert [wire.headers["ce_sequence"] for wire in commit.events] == ["2", "3"]
    assert await buyers(replica, "till") == {"a", "b"}


async def test_routes_that_take_two_streams_in_opposite_order_do_not_wait_for_each_other(lab: Laboratory) -> None:
    replica = await lab.replica()
    for till in ("left", "right"):
        await replica.open_till(till, 500)

    def both(buyer: str, *tills: str) -> Act:
        async def act(work: Work) -> None:
            for till in tills:
                await work.change(Till, till, lambda state: sell(state, buyer))
                await asyncio.sleep(0.005)

        return act

    begun = time.perf_counter()
    orders = [("left", "right"), ("right", "left")]
    await asyncio.gather(*(replica.do(both(f"buyer{n}", *orders[n % 2])) for n in range(20)))
    assert time.perf_counter() - begun < 8
    assert len(await buyers(replica, "left")) == len(await buyers(replica, "right")) == 20


# what is too much


async def test_an_event_larger_than_its_limit_is_refused_in_words(lab: Laboratory) -> None:
    replica = await lab.replica()
    await replica.open_till("till", 5)
    with pytest.raises(EventTooLarge) as refused:
        await replica.sell("till", "x" * LARGEST_EVENT)
    assert str(LARGEST_EVENT) in refused.value.sentence("en")
    assert str(LARGEST_EVENT) in refused.value.sentence("zh")
    await replica.sell("till", "x" * (LARGEST_EVENT - 100))
    assert len(await replica.store.tail("Till:till", 1)) == 2


async def test_more_than_a_database_takes_at_once_is_refused_in_words(lab: Laboratory) -> None:
    replica = await lab.replica()
    await replica.open_till("till", 100)
    with pytest.raises(TooMuchAtOnce):
        await replica.sell("till", *(f"{n}" + "x" * 200_000 for n in range(45)))
    assert len(await replica.store.tail("Till:till", 1)) == 1


# histories that cannot be read here


def another(commit: Commit, **headers: str) -> Commit:
    """A commit that follows, whose only event is told by other headers."""
    wire = commit.events[0]
    changed: Wire = replace(wire, headers={**wire.headers, **headers})
    return replace(commit, id=f"{commit.id}+", version=commit.next_version, events=(changed,))


@pytest.mark.parametrize(
    "headers", [{"ce_type": "gonghui.toy.TillPainted"}, {"ce_dataschema": "urn:gonghui:toy:TicketSold:99"}]
)
async def test_an_event_of_a_newer_build_is_never_guessed_at(lab: Laboratory, headers: dict[str, str]) -> None:
    warm, cold = await lab.replica(), await lab.replica()
    await warm.open_till("till", 5)
    await warm.open_till("another", 5)
    last = (await warm.sell("till", "a")).commits[0]
    await warm.store.append([another(last, **headers)])
    for replica in (warm, cold):
        with pytest.raises(NewerHistory):
            await replica.sell("till", "b")
        assert (await replica.sell("another", replica.owner)).commits, "other streams go on"
    assert len(await warm.store.tail("Till:till", 1)) == 3


async def test_a_history_with_a_gap_is_not_folded_over_it(lab: Laboratory) -> None:
    replica, cold = await lab.replica(), await lab.replica()
    await replica.open_till("till", 5)
    gone = (await replica.sell("till", "a")).commits[0]
    await replica.sell("till", "b")
    await replica.driver.db.log.delete_one({"_id": gone.id})
    with pytest.raises(BrokenHistory):
        await cold.sell("till", "c")


# documents


async def test_documents_become_true_with_the_commit(lab: Laboratory) -> None:
    stale, other = await lab.replica(), await lab.replica()
    await stale.open_till("till", 2)
    await other.sell("till", "quicker")
    attempts = 0

    async def act(work: Work) -> None:
        nonlocal attempts
        attempts += 1
        work.stage(Put("notes", f"attempt {attempts}", {"text": "sold"}))
        await work.change(Till, "till", lambda till: sell(till, work.actor.id))

    await stale.do(act)
    assert attempts == 2
    assert await stale.store.document("notes", "attempt 2") == {"_id": "attempt 2", "text": "sold"}
    assert await stale.store.document("notes", "attempt 1") is None, "of an attempt that came too late nothing stays"
