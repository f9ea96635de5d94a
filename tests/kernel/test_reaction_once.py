"""A reaction happens once: its commits and the checkpoint are one transaction, and its key makes twice once."""

from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.local.stack import Stack
from shared.kernel.ports import Unknown
from shared.kernel.service import Service
from shared.kernel.work import Work
from tests.kernel.by_hand import Hand, Made, ask, counted, quarantined, soon, tills
from tests.kernel.laboratory import Laboratory, Replica, until
from tests.kernel.processes import process, says
from tests.kernel.projecting import Hook
from tests.kernel.reacting import HookedLog, gift, gifts, given, react
from tests.kernel.toy import SoldOut, TicketReturned, TicketSold, Till

pytestmark = pytest.mark.stack

A, B = (till for till, _ in zip(tills(0), range(2), strict=False))


@pytest.fixture
async def lab(infra: Stack) -> AsyncIterator[Laboratory]:
    async with Laboratory(infra.mongo_url, infra.kafka_bootstrap) as laboratory:
        laboratory.service = gifts(laboratory.name)
        yield laboratory


async def reacted(replica: Replica, last: Made) -> None:
    """Until the reactions have passed this record."""
    checkpoint = f"reactions:{replica.service.topic}:{last.partition}"

    async def holds() -> bool:
        found = await replica.view_store.checkpoints([checkpoint])
        return checkpoint in found and found[checkpoint].last_position == last.position

    await until(holds, what=f"reacting to position {last.position}")


async def sent(lab: Laboratory, sold: int) -> list[Made]:
    hand = Hand(lab)
    made = [hand.opened(A), *hand.sales(A, range(1, sold + 1))]
    await hand.send(*made)
    return made


def tickets(*numbers: int) -> list[str]:
    return [f"{A}#{number}" for number in numbers]


def at(call: int, error: Exception) -> Hook:
    """Raises at the n-th call."""
    calls: Iterator[int] = iter(range(1, 1_000_000))

    async def hook() -> None:
        if next(calls) == call:
            raise error

    return hook


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("error", [OSError("died"), Unknown("no answer")])
async def test_a_failure_around_the_commit_makes_it_neither_twice_nor_never(
    lab: Laboratory, when: str, error: Exception
) -> None:
    replica = await lab.replica()
    made = await sent(lab, 5)
    hooks = {when: at(3, error)}
    react(replica, before=hooks.get("before"), after=hooks.get("after"))
    await reacted(replica, made[-1])
    assert await given(replica) == tickets(1, 2, 3, 4, 5)


async def test_a_process_killed_around_its_commits_is_exact(lab: Laboratory) -> None:
    replica = await lab.replica()
    made = await sent(lab, 30)
    for life, word in enumerate(("open", "done", "open")):
        async with process("reacting", lab, f"life-{life}", pause=0.05) as child:
            await says(child, word, times=4)
    assert 0 < len(await given(replica)) < 30
    react(replica)
    await reacted(replica, made[-1])
    assert await given(replica) == tickets(*range(1, 31))


async def test_what_is_sent_again_is_not_reacted_to_again(lab: Laboratory) -> None:
    replica = await lab.replica()
    made = await sent(lab, 3)
    react(replica)
    await reacted(replica, made[-1])
    await Hand(lab).send(*made)
    await soon(lambda: counted(replica, "duplicates_dropped") == len(made))
    assert await given(replica) == tickets(1, 2, 3)


async def test_reading_everything_again_from_the_beginning_changes_nothing(lab: Laboratory) -> None:
    replica = await lab.replica()
    made = await sent(lab, 3)
    runner, _ = react(replica)
    await reacted(replica, made[-1])
    await runner.stop()
    async with replica.view_store.transaction() as transaction:
        await transaction.remove("checkpoints", [f"reactions:{lab.service.topic}:0"])
    react(replica)
    await reacted(replica, made[-1])
    assert await given(replica) == tickets(1, 2, 3)


def thanking(service: Service) -> Service:
    """A second reaction to the same event."""

    @service.reaction
    async def thank(event: TicketSold, work: Work) -> None:
        await work.change(Till, f"gifts-thanks-to-{event.buyer}", lambda till: gift(till, event))

    return service


@pytest.mark.parametrize("call", [1, 2, 3, 4])
async def test_two_reactions_to_one_event_are_once_each_whichever_fails(lab: Laboratory, call: int) -> None:
    thanking(lab.service)
    replica = await lab.replica()
    made = await sent(lab, 2)
    react(replica, after=at(call + 1, OSError("died")))  # the first append passes the opening
    await reacted(replica, made[-1])
    assert await given(replica) == tickets(1, 2)
    assert await given(replica, "thanks-to-ann") == tickets(1, 2)


async def test_records_without_a_reaction_are_passed_together(lab: Laboratory) -> None:
    replica = await lab.replica()
    hand = Hand(lab)
    made = [hand.make(TicketReturned(till_id=A, buyer="ann"), A) for _ in range(50)]
    await hand.send(*made)
    react(replica)
    await reacted(replica, made[-1])
    log = replica.commands.log.store
    assert isinstance(log, HookedLog)
    assert log.appended <= 3


async def test_a_refusal_is_set_aside_and_its_stream_waits_for_an_operator(lab: Laboratory) -> None:
    refuse = [True]

    @lab.service.reaction
    async def choosy(event: TicketSold, work: Work) -> None:
        if refuse and event.number == 2:
            raise SoldOut()
        await work.change(Till, f"gifts-chosen-{event.buyer}", lambda till: gift(till, event))

    replica = await lab.replica()
    react(replica)
    made = await sent(lab, 3)
    await reacted(replica, made[-1])
    assert await given(replica, "chosen-ann") == tickets(1)
    assert await given(replica) == tickets(1, 2, 3), "the other reaction goes on"
    assert await quarantined(replica) == [("choosy", "open", 2), ("choosy", "parked", 3)]
    assert counted(replica, "reactions_refused", reaction="choosy") == 1
    await soon(lambda: counted(replica, "quarantine_open") == 1)

    refuse.clear()
    await ask(replica, "retry", "choosy", made[2], "reactions")
    await until(lambda: settled(replica), what="settling")
    assert await given(replica, "chosen-ann") == tickets(1, 2, 3)
    assert await given(replica) == tickets(1, 2, 3)


async def settled(replica: Replica) -> bool:
    rows = await replica.view_store.rows("quarantine", {})
    return not rows and not await replica.view_store.rows("requests", {})


async def test_a_reaction_that_raises_is_set_aside_until_it_is_discarded(lab: Laboratory) -> None:
    @lab.service.reaction
    async def faulty(event: TicketSold, work: Work) -> None:
        if event.number == 2:
            raise KeyError("a mistake of ours")
        await work.change(Till, f"gifts-late-{event.buyer}", lambda till: gift(till, event))

    replica = await lab.replica()
    react(replica)
    made = await sent(lab, 3)
    await reacted(replica, made[-1])
    assert await quarantined(replica) == [("faulty", "open", 2), ("faulty", "parked", 3)]
    assert await given(replica) == tickets(1, 2, 3)
    await ask(replica, "discard", "faulty", made[2], "reactions")
    await until(lambda: settled(replica), what="settling")
    assert await given(replica, "late-ann") == tickets(1, 3)


async def test_an_event_that_cannot_be_read_holds_every_reaction_of_its_stream(lab: Laboratory) -> None:
    thanking(lab.service)
    replica = await lab.replica()
    react(replica)
    hand = Hand(lab)
    made = [hand.opened(A), hand.opened(B), hand.sold(A, "ann", 1).with_header("ce_actor", None)]
    made += [hand.sold(A, "ann", 2), hand.sold(B, "bob", 1)]
    await hand.send(*made)
    await reacted(replica, made[-1])
    assert await given(replica, "bob") == [f"{B}#1"]
    assert await given(replica) == []
    rows = await quarantined(replica)
    assert sorted(rows) == [("*", "open", 2), ("give", "parked", 3), ("thank", "parked", 3)]
    await ask(replica, "discard", "*", made[2], "reactions")
    await until(lambda: settled(replica), what="settling")
    assert await given(replica) == await given(replica, "thanks-to-ann") == tickets(2)


async def test_the_checkpoint_follows_duplicates_of_a_topic_made_anew(lab: Laboratory) -> None:
    replica = await lab.replica()
    made = await sent(lab, 3)
    runner, reactor = react(replica)
    await reacted(replica, made[-1])
    await runner.stop()
    partition = (lab.service.topic, 0)
    await reactor.claim([partition])
    standing = reactor.standing[partition]
    standing.taken = standing.taken._replace(offset=0)
    await reactor.batch([record.record(lab.service.topic, offset) for offset, record in enumerate(made[:2])])
    found = await replica.view_store.checkpoints([f"reactions:{lab.service.topic}:0"])
    (checkpoint,) = found.values()
    assert (checkpoint.next_offset, checkpoint.last_position) == (2, made[-1].position)
