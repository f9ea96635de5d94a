"""Answers that were lost, and requests that come again: a command takes effect once and is answered alike."""

import asyncio
from typing import Any

import pytest

from shared.kernel.log import Busy, Log
from shared.kernel.mongo.log import MongoLog
from shared.kernel.ports import Put
from shared.kernel.work import Actor, KeyReused, Work, reply
from tests.kernel.faulty import LosesAnswers, TakesEffectLater
from tests.kernel.laboratory import Laboratory, Replica
from tests.kernel.toy import SoldOut, Till, sell, take_back

pytestmark = pytest.mark.stack


async def on(lab: Laboratory, store: type[MongoLog], **given: Any) -> Replica:
    """A replica whose commands go to a store of its own kind."""
    replica = await lab.replica()
    replica.store = store(replica.driver, **given)
    return replica


def use(replica: Replica) -> None:
    replica.commands = replica.commands_with(log=Log(replica.store))


async def sold(replica: Replica, till: str = "till") -> list[str]:
    """Buyers in the order of their tickets, as the stream has it."""
    commits = await replica.store.tail(f"Till:{till}", 1)
    kinds = [wire.headers["ce_type"].rpartition(".")[2] for commit in commits for wire in commit.events]
    numbers = [int(wire.headers["ce_sequence"]) for commit in commits for wire in commit.events]
    assert numbers == list(range(1, len(numbers) + 1))
    return kinds


async def move(work: Work, buyer: str, source: str, target: str) -> None:
    await work.change(Till, source, lambda till: take_back(till, buyer))
    await work.change(Till, target, lambda till: sell(till, buyer))


# the answer is lost


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("times", [1, 3])
async def test_a_command_whose_answer_was_lost_takes_effect_once(lab: Laboratory, applied: bool, times: int) -> None:
    replica = await on(lab, LosesAnswers, applied=applied, times=times)
    await replica.open_till("till", 5)
    use(replica)
    outcome = await replica.sell("till", "a", "b")
    assert [wire.headers["ce_sequence"] for wire in outcome.commits[0].events] == ["2", "3"]
    assert await sold(replica) == ["TillOpened", "TicketSold", "TicketSold"]


@pytest.mark.parametrize("applied", [True, False])
async def test_a_transaction_whose_answer_was_lost_takes_effect_once(lab: Laboratory, applied: bool) -> None:
    replica = await on(lab, LosesAnswers, applied=applied)
    await replica.open_till("one", 5)
    await replica.open_till("two", 5)
    await replica.sell("one", "buyer")
    use(replica)
    await replica.do(lambda work: move(work, "buyer", "one", "two"))
    assert await sold(replica, "one") == ["TillOpened", "TicketSold", "TicketReturned"]
    assert await sold(replica, "two") == ["TillOpened", "TicketSold"]


async def test_an_append_that_arrives_before_its_own_repetition_is_recognised(lab: Laboratory) -> None:
    replica = await on(lab, TakesEffectLater)
    await replica.open_till("till", 5)
    use(replica)
    outcome = await replica.sell("till", "buyer")
    assert outcome.commits[0].version == 2
    assert await sold(replica) == ["TillOpened", "TicketSold"]


async def test_while_an_append_may_still_arrive_nobody_is_refused_for_good(lab: Laboratory) -> None:
    replica = await on(lab, TakesEffectLater)
    assert isinstance(replica.store, TakesEffectLater)
    await replica.open_till("till", 5)
    use(replica)
    asked = 0

    async def act(work: Work) -> None:
        """A day has passed meanwhile, or a role was revoked: what was allowed is not any more."""
        nonlocal asked
        asked += 1
        await work.change(Till, "till", lambda till: sell(till, "buyer"))
        if asked > 1:
            raise SoldOut()

    with pytest.raises(Busy):
        await replica.do(act)
    await replica.store.arrive()
    assert await sold(replica) == ["TillOpened", "TicketSold"], "a refusal would have been a lie"


async def test_an_append_that_can_never_arrive_any_more_does_not_hide_a_refusal(lab: Laboratory) -> None:
    replica, other = await on(lab, TakesEffectLater), await lab.replica()
    await replica.open_till("till", 1)
    use(replica)
    asked = 0

    async def act(work: Work) -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            await other.sell("till", "quicker")
        await work.change(Till, "till", lambda till: sell(till, "buyer"))

    with pytest.raises(SoldOut):
        await replica.do(act)
    assert await sold(replica) == ["TillOpened", "TicketSold"]


# the request comes again


async def test_five_requests_with_one_key_take_effect_once_and_are_answered_alike(lab: Laboratory) -> None:
    one, two = await lab.replica(), await lab.replica()
    await one.open_till("till", 50)
    calls = (replica.sell("till", "a", "b", key="K", body_hash="h") for replica in (one, two, one, two, one))
    told = await asyncio.gather(*calls)
    assert len({str(reply(outcome.commits[0])) for outcome in told}) == 1
    assert sum(outcome.replayed for outcome in told) == 4
    assert await sold(one) == ["TillOpened", "TicketSold", "TicketSold"]


async def test_five_requests_for_something_without_twice_is_once_of_its_own(lab: Laboratory) -> None:
    replica = await lab.replica()
    await replica.open_till("till", 50)

    async def another(work: Work) -> None:
        """Sells to whoever comes: only the key keeps it from doing so again."""
        await work.change(Till, "till", lambda till: sell(till, f"buyer{till.sold}"))

    told = await asyncio.gather(*(replica.do(another, "K") for _ in range(5)))
    assert len({outcome.commits[0].id for outcome in told}) == 1
    assert await sold(replica) == ["TillOpened", "TicketSold"]


async def test_a_key_that_comes_back_with_another_content_is_refused(lab: Laboratory) -> None:
    replica = await lab.replica()
    await replica.open_till("till", 2)
    await replica.sell("till", "a", key="K", body_hash="one")
    with pytest.raises(KeyReused):
        await replica.sell("till", "b", key="K", body_hash="another")
    with pytest.raises(KeyReused):
        await replica.sell("till", "b", "c", key="K", body_hash="refused anyway")
    assert await sold(replica) == ["TillOpened", "TicketSold"]


async def test_a_key_is_its_actors_own(lab: Laboratory) -> None:
    replica = await lab.replica()
    await replica.open_till("till", 2)
    await replica.sell("till", "a", key="K")
    other = await lab.replica()
    outcome = await other.sell("till", "b", key="K", actor=Actor("somebody else"))
    assert not outcome.replayed


async def test_a_refusal_is_not_remembered(lab: Laboratory) -> None:
    replica = await lab.replica()
    await replica.open_till("till", 1)
    await replica.sell("till", "first")
    with pytest.raises(SoldOut):
        await replica.sell("till", "second", key="K")
    await replica.take_back("till", "first")
    assert not (await replica.sell("till", "second", key="K")).replayed


async def test_an_answer_is_replayed_though_the_rules_would_refuse_it_now(lab: Laboratory) -> None:
    replica, cold = await lab.replica(), await lab.replica()
    await replica.open_till("till", 1)
    first = await replica.sell("till", "buyer", key="K")
    await replica.take_back("till", "buyer")
    await replica.sell("till", "another")
    for asked in (replica, cold):
        again = await asked.sell("till", "buyer", key="K")
        assert again.replayed
        assert reply(again.commits[0]) == reply(first.commits[0])


async def test_a_write_without_an_event_is_simply_written_again(lab: Laboratory) -> None:
    replica = await on(lab, LosesAnswers, applied=True)
    use(replica)

    async def act(work: Work) -> None:
        work.stage(Put("access", "1", {"who": "somebody"}))

    await replica.do(act)
    assert await replica.store.document("access", "1") == {"_id": "1", "who": "somebody"}
