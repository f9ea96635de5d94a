"""What cannot be applied is set aside with its reason; its stream waits behind it in order, and all others flow."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from deploy.local.stack import Stack
from shared.kernel.ports import StoreFault
from tests.kernel.by_hand import Hand, Made, applied, ask, bought, card, counted, history, quarantined, soon, tills
from tests.kernel.laboratory import Laboratory, Replica, until
from tests.kernel.projecting import Hooked
from tests.kernel.toy import TicketSold, TillCard, TillOpened

pytestmark = pytest.mark.stack

A, B = (till for till, _ in zip(tills(0), range(2), strict=False))
"""Two streams in one partition."""
ALL = ["*"]
SUBSCRIBED = ["till_card", "bought", "sales"]


@pytest.fixture
async def lab(infra: Stack) -> AsyncIterator[Laboratory]:
    async with Laboratory(infra.mongo_url, infra.kafka_bootstrap) as laboratory:
        yield laboratory


@pytest.fixture
async def replica(lab: Laboratory) -> Replica:
    return await lab.replica()


def without_position(hand: Hand, made: Made) -> Made:
    return hand.unnumbered(made)


Break = Callable[[Hand, Made], Made]

POISON: dict[str, tuple[Break, list[str], str]] = {
    "a header without a value": (lambda _, made: made.with_header("ce_actor", None), ALL, "no value"),
    "a header that is not UTF-8": (lambda _, made: made.with_header("ce_actor", b"\xff\xfe"), ALL, "not UTF-8"),
    "a header too few": (lambda _, made: made.without("ce_subject"), ALL, "ce_subject is missing"),
    "no position": (without_position, ALL, "ce_position is missing"),
    "no headers at all": (lambda hand, made: replace(hand.unnumbered(made), headers=()), ALL, "is missing"),
    "broken JSON": (lambda _, made: replace(made, value=b"{"), SUBSCRIBED, "ValidationError"),
    "no body": (lambda _, made: replace(made, value=None), SUBSCRIBED, "ValidationError"),
    "a version that nobody knows": (
        lambda _, made: made.with_header("ce_dataschema", b"urn:gonghui:toy:TicketSold:99"),
        SUBSCRIBED,
        "UnknownVersion",
    ),
    "no version": (lambda _, made: made.without("ce_dataschema"), SUBSCRIBED, "ce_dataschema"),
    "a view that raises": (
        lambda _, made: replace(made, value=(made.value or b"").replace(b"ann", b"poison")),
        ["till_card"],
        "this buyer is poison",
    ),
}


@pytest.mark.parametrize("kind", POISON)
async def test_the_others_flow_and_its_own_stream_parks(lab: Laboratory, replica: Replica, kind: str) -> None:
    break_, views, reason = POISON[kind]
    hand = Hand(lab)
    await replica.project()
    opened, other = hand.opened(A), hand.opened(B)
    poison = break_(hand, hand.sold(A, "ann", 1))
    later = [hand.sold(A, "ann", 2), hand.sold(B, "bob", 1), hand.sold(A, "ann", 3), hand.sold(B, "bob", 2)]
    await hand.send(opened, other, poison, *later)
    await applied(replica, later[-1])
    assert await card(replica, B) == history(1, 2)
    assert await bought(replica, "bob") == 2
    assert await card(replica, A) == "o"

    concerned = SUBSCRIBED if views == ALL else views
    parked = [(view, "parked", offset) for offset in (3, 5) for view in concerned]
    assert sorted(await quarantined(replica)) == sorted([*[(view, "open", 2) for view in views], *parked])
    rows = await replica.view_store.rows("quarantine", {"state": "open"})
    assert all(reason in row["reason"] for row in rows)
    assert {row["value"] for row in rows} == {poison.value}
    await soon(lambda: counted(replica, "quarantine_open") == len(views))
    await soon(lambda: counted(replica, "quarantine_parked") == len(parked))
    assert counted(replica, "batches_failed") == 0
    if views != SUBSCRIBED and views != ALL:
        assert await bought(replica) == 2, "views that can apply it do"

    for view in views:
        await ask(replica, "discard", view, poison)
    await until(lambda: settled(replica), what="settling")
    assert await card(replica, A) == history(2, 3)
    assert await bought(replica) == 2
    await soon(lambda: counted(replica, "quarantine_open") == counted(replica, "quarantine_parked") == 0)


async def settled(replica: Replica) -> bool:
    rows = await replica.view_store.rows("quarantine", {})
    return not rows and not await replica.view_store.rows("requests", {})


async def test_a_type_that_nobody_knows_is_counted_and_skipped(lab: Laboratory, replica: Replica) -> None:
    hand = Hand(lab)
    await replica.project()
    opened, first, second = hand.opened(A), hand.sold(A, number=1), hand.sold(A, number=2)
    await hand.send(opened, first.with_header("ce_type", b"gonghui.toy.TicketBurnt"), second)
    await applied(replica, second)
    assert await card(replica, A) == history(2)
    assert await quarantined(replica) == []
    assert counted(replica, "unknown_types") == 1


async def test_what_no_database_can_hold_is_set_aside_as_well(lab: Laboratory, replica: Replica) -> None:
    hand = Hand(lab)
    await replica.project()
    made = [hand.opened(B), hand.opened(A, tickets=2**70), hand.sold(A, "ann", 1), hand.sold(B, "bob", 1)]
    await hand.send(*made)
    await applied(replica, made[-1])
    assert await card(replica, B) == history(1)
    assert await quarantined(replica) == [("till_card", "open", 1), ("till_card", "parked", 2)]
    assert await bought(replica) == 1


async def test_a_key_that_raises_concerns_its_view_alone(lab: Laboratory, replica: Replica) -> None:
    def key(event: Any) -> tuple[str]:
        if event.buyer == "nobody":
            raise LookupError("this buyer has no key")
        return (event.buyer,)

    replica.service.views["bought"] = replace(replica.service.views["bought"], key=key)
    hand = Hand(lab)
    await replica.project()
    made = [hand.opened(A), hand.sold(A, "nobody", 1), hand.sold(A, "ann", 2), hand.sold(B, "bob", 1)]
    await hand.send(*made)
    await applied(replica, made[-1])
    assert await quarantined(replica) == [("bought", "open", 1), ("bought", "parked", 2)]
    assert await card(replica, A) == history(1, 2)
    assert await bought(replica, "bob") == 1


async def test_a_later_process_goes_on_parking(lab: Laboratory, replica: Replica) -> None:
    hand = Hand(lab)
    runner = await replica.project()
    opened, poison = hand.opened(A), hand.sold(A, "poison", 1)
    await hand.send(opened, poison)
    await applied(replica, poison)
    await runner.stop()
    successor = await lab.replica()
    await successor.project()
    later = hand.sold(A, "ann", 2)
    await hand.send(later)
    await applied(successor, later)
    assert await card(replica, A) == "o"
    assert await quarantined(replica) == [("till_card", "open", 1), ("till_card", "parked", 2)]
    await soon(lambda: counted(successor, "quarantine_parked") == 1)


def mend(replica: Replica) -> None:
    """Let the view take what it could not."""
    view = replica.service.views["till_card"]

    def till_card(row: TillCard | None, event: Any) -> TillCard:
        spoiled = isinstance(event, TicketSold) and event.buyer == "poison"
        after: TillCard = view.fold(row, event.model_copy(update={"buyer": "mended"}) if spoiled else event)
        return after

    replica.service.views["till_card"] = replace(view, fold=till_card)


async def test_a_parked_stream_is_retried_in_order_once_its_view_is_mended(lab: Laboratory, replica: Replica) -> None:
    hand = Hand(lab)
    runner = await replica.project()
    made = [hand.opened(A), hand.sold(A, "poison", 1), *hand.sales(A, range(2, 5))]
    made += [hand.sold(A, "poison", 5), hand.sold(A, "ann", 6)]
    await hand.send(*made)
    await applied(replica, made[-1])
    await ask(replica, "retry", "till_card", made[1])
    await until(lambda: answered(replica), what="the answer")
    assert await card(replica, A) == "o"
    assert len(await quarantined(replica)) == 6
    await runner.stop()

    mend(replica)
    await replica.project()
    await ask(replica, "retry", "till_card", made[1])
    await until(lambda: settled(replica), what="settling")
    later = hand.sold(A, "ann", 7)
    await hand.send(later)
    await applied(replica, later)
    assert await card(replica, A) == history(*range(1, 8))
    assert await bought(replica) == 5, "other views had applied them before, and do not again"


async def answered(replica: Replica) -> bool:
    return not await replica.view_store.rows("requests", {})


async def test_a_retry_that_is_interrupted_between_two_transactions_leaves_nothing_parked(
    lab: Laboratory, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = Hand(lab)
    runner = await replica.project()
    made = [hand.opened(A), hand.sold(A, "poison", 1), *hand.sales(A, range(2, 5))]
    await hand.send(*made)
    await applied(replica, made[-1])
    await runner.stop()

    monkeypatch.setattr("shared.kernel.projector.RETRIED", 1)
    mend(replica)
    tried = 0

    async def interrupted() -> None:
        nonlocal tried
        tried += 1
        if tried == 2:
            raise StoreFault("the database is gone in the middle")

    hooked: Any = Hooked(replica.view_store, before=interrupted)
    replica.view_store = hooked
    await replica.project()
    await ask(replica, "retry", "till_card", made[1])
    await until(lambda: settled(replica), what="settling")
    assert tried > 2
    assert await card(replica, A) == history(*range(1, 5))


@pytest.mark.parametrize("state", ["open", "parked"])
async def test_what_a_build_cannot_read_is_open_once_nothing_is_before_it(
    lab: Laboratory, replica: Replica, state: str
) -> None:
    hand = Hand(lab)
    runner = await replica.project()
    unknown = hand.sold(A, "ann", 1).with_header("ce_dataschema", b"urn:gonghui:toy:TicketSold:99")
    await hand.send(hand.opened(A), unknown)
    await applied(replica, unknown)
    await runner.stop()
    await replica.driver.db.quarantine.update_many({"view": "till_card"}, {"$set": {"state": state}})
    await replica.project()

    async def open_again() -> bool:
        return ("till_card", "open", 1) in await quarantined(replica)

    await until(open_again, what="being open")


async def test_a_retry_goes_as_far_as_it_can(lab: Laboratory, replica: Replica) -> None:
    hand = Hand(lab)
    await replica.project()
    made = [hand.opened(A), hand.sold(A, "poison", 1), hand.sold(A, "ann", 2), hand.sold(A, "poison", 3)]
    made.append(hand.sold(A, "ann", 4))
    await hand.send(*made)
    await applied(replica, made[-1])
    await ask(replica, "discard", "till_card", made[1])
    await until(lambda: answered(replica), what="the answer")
    assert await card(replica, A) == history(2)
    assert await quarantined(replica) == [("till_card", "open", 3), ("till_card", "parked", 4)]


async def test_only_the_owner_of_the_partition_carries_out_a_request(lab: Laboratory) -> None:
    replicas = [await lab.replica() for _ in range(2)]
    runners = [await replica.project() for replica in replicas]
    await soon(lambda: sorted(len(runner.follower.standing) for runner in runners) == [1, 2])
    owns = [(lab.service.topic, 0) in runner.follower.standing for runner in runners]
    owner = runners[owns.index(True)]
    tend = owner.follower.tend

    async def not_now() -> None: ...

    owner.follower.tend = not_now  # type: ignore[method-assign]
    hand = Hand(lab)
    made = [hand.opened(A), hand.sold(A, "poison", 1), hand.sold(A, "ann", 2)]
    await hand.send(*made)
    await applied(replicas[0], made[-1])
    await ask(replicas[0], "discard", "till_card", made[1])
    await asyncio.sleep(1.0)
    assert not await answered(replicas[0])
    assert [counted(replica, "batches_failed") for replica in replicas] == [0, 0], "the other has not even tried"

    owner.follower.tend = tend  # type: ignore[method-assign]
    await until(lambda: settled(replicas[0]), what="settling")
    assert await card(replicas[0], A) == history(2)


async def test_a_rebuild_honours_what_was_discarded(lab: Laboratory, replica: Replica) -> None:
    hand = Hand(lab)
    await replica.project()
    made = [hand.opened(A), hand.sold(A, "poison", 1), hand.sold(A, "ann", 2)]
    made += [hand.sold(A, "ann", 3).with_header("ce_actor", None), hand.unnumbered(hand.sold(A, "ann", 4))]
    made.append(hand.sold(A, "ann", 5))
    await hand.send(*made)
    await applied(replica, made[-1])
    for view in ("till_card", "*", "*"):
        await ask(replica, "discard", view, made[1])
        await until(lambda: answered(replica), what="the answer")
    await until(lambda: settled(replica), what="settling")
    assert await card(replica, A) == history(2, 5)

    await replica.project("v2")
    await applied(replica, made[-1], "v2")
    assert await quarantined(replica) == []
    assert await replica.views("v2") == await replica.views("v1")


async def test_what_parked_for_its_version_is_retried_by_a_build_that_knows_it(
    lab: Laboratory, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = Hand(lab)
    runner = await replica.project()
    opened = hand.opened(A)
    newer = hand.sold(A, "ann", 1).with_header("ce_dataschema", TicketSold.schema_id(2).encode())
    later = hand.sold(A, "ann", 2)
    await hand.send(opened, newer, later)
    await applied(replica, later)
    assert await card(replica, A) == "o"
    await runner.stop()

    monkeypatch.setattr(TicketSold, "version", 3)
    monkeypatch.setattr(TicketSold, "upcasts", {1: dict, 2: dict})
    latest = hand.sold(A, "ann", 3)
    await hand.send(latest)
    await replica.project()
    await applied(replica, latest)
    assert await card(replica, A) == history(1, 2, 3)
    assert await bought(replica) == 3
    assert await quarantined(replica) == []


async def test_a_build_that_does_not_know_it_either_leaves_it_alone(lab: Laboratory, replica: Replica) -> None:
    hand = Hand(lab)
    runner = await replica.project()
    newer = hand.opened(A).with_header("ce_dataschema", TillOpened.schema_id(2).encode())
    await hand.send(newer)
    await applied(replica, newer)
    before = await replica.view_store.rows("quarantine", {})
    written = await replica.view_store.rows("checkpoints", {}, ("moves",))
    await runner.stop()
    again = await replica.project()
    await soon(lambda: again.healthy is None)
    assert await replica.view_store.rows("quarantine", {}) == before
    assert await replica.view_store.rows("checkpoints", {}, ("moves",)) == written


async def test_the_runner_stops_when_poison_is_the_rule(lab: Laboratory, replica: Replica) -> None:
    hand = Hand(lab)
    runner = await replica.project(batch=10)
    streams = [till for till, _ in zip(tills(0), range(40), strict=False)]
    made = [hand.sold(stream, "poison", 1) for stream in streams]
    await hand.send(*made)
    await soon(lambda: "fuse" in (runner.healthy or ""))
    assert counted(replica, "fuse_blown") == 1
    assert len(await quarantined(replica)) == 20, "nothing is taken after the fuse"
    await runner.stop()

    mend(replica)
    await replica.project()
    await applied(replica, made[-1])
    assert len(await quarantined(replica)) == 20
    assert await card(replica, streams[-1]) == " +1"


async def test_some_poison_among_the_sound_blows_no_fuse(lab: Laboratory, replica: Replica) -> None:
    hand = Hand(lab)
    runner = await replica.project()
    streams = [till for till, _ in zip(tills(0), range(100), strict=False)]
    made = [hand.sold(stream, "poison" if number % 4 == 0 else "ann", 1) for number, stream in enumerate(streams)]
    await hand.send(*made)
    await applied(replica, made[-1])
    assert len(await quarantined(replica)) == 25
    assert runner.healthy is None or "fuse" not in runner.healthy
