"""Kept states of long streams are a cache: with them, without them and with wrong ones, what is decided is the same."""

import asyncio
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any
from uuid import UUID

import pytest

import services.activities
import services.members
import services.welfare  # noqa: F401  (their aggregates are known once they are imported)
from services.welfare.fund.fund_account import Entry, FundAccount
from shared.events.welfare.fund import FundAllocated, FundCaptured, FundCorrectionProposed, FundReserved
from shared.kernel.aggregate import Aggregate
from shared.kernel.log import BREATH, Log
from shared.kernel.ports import Commit, Document, Unknown
from shared.kernel.snapshots import LONG, OFTEN, CannotKeep, Snapshots, codec_of
from shared.kernel.work import Actor, Commands
from shared.values.frozen_map import Unread
from tests.kernel.fakes import CountedIds, KnownDirectory, MemoryLog, MemoryViews, StoppedClock
from tests.kernel.laboratory import Laboratory
from tests.kernel.toy import SoldOut, TicketReturned, Till, open_till, sell

TILL = "Till:till"
SOLD = LONG + OFTEN
"""All tickets of the till, ten a commit."""
LAST = f"buyer {SOLD - 1}"
PROCESSES = count(1)


def _id(number: int) -> str:
    return str(UUID(int=number))


ACCOUNT = _id(1_000)


@dataclass
class Keeping(MemoryLog):
    kept: dict[str, Document] = field(default_factory=dict)
    read: int = 0
    """Commits that were read to learn a state."""

    async def tail(self, stream: str, after: int) -> list[Commit]:
        found = await super().tail(stream, after)
        self.read += len(found)
        return found

    async def snapshot(self, stream: str) -> Document | None:
        return self.kept.get(stream)

    async def keep_snapshot(self, document: Document) -> None:
        self.kept[document["_id"]] = document

    async def snapshots(self) -> dict[str, int]:
        return {stream: document["next_version"] for stream, document in self.kept.items()}


class Trusting(Snapshots):
    """Takes up whatever was kept: planted, to see that somebody is the wiser for it."""

    async def _unfit(self, kind: type[Aggregate], found: Document) -> str | None:
        return None


class Process:
    """One process's commands on a store; `snapshots` is None where it keeps none."""

    def __init__(self, store: Keeping, snapshots: Snapshots | None, **room: int) -> None:
        self.store, self.snapshots = store, snapshots
        self.log = Log(store, snapshots=snapshots, **room)
        ids = CountedIds(next(PROCESSES) * 1_000_000)
        parts: dict[str, Any] = {"clock": StoppedClock(), "directory": KnownDirectory({}), "views": MemoryViews()}
        self.commands = Commands(log=self.log, ids=ids, topic="gonghui.toy", source="/gonghui/toy/1", **parts)

    async def sell(self, *buyers: str, till: str = "till") -> None:
        await self.commands.run(lambda work: _change(work, till, lambda it: sell(it, *buyers)), actor=Actor("clerk"))

    async def open(self, tickets: int, till: str = "till") -> None:
        await self.commands.run(
            lambda work: _change(work, till, lambda it: open_till(it, tickets)), actor=Actor("clerk")
        )

    async def state(self) -> Till:
        return (await self.log.load(Till, "till", fresh=True)).state


async def _change(work: Any, till: str, decide: Any) -> None:
    await work.change(Till, till, decide)


async def started(store: Keeping, kind: type[Snapshots] = Snapshots, **room: int) -> Process:
    snapshots = kind(store)
    await snapshots.hear()
    return Process(store, snapshots, **room)


async def sold_out() -> Keeping:
    """A till whose tickets are all sold, and its kept state."""
    store = Keeping()
    process = await started(store)
    await process.open(SOLD)
    for first in range(0, SOLD, 10):
        await process.sell(*(f"buyer {number}" for number in range(first, first + 10)))
    await process.log.close()
    assert store.kept[TILL]["next_version"] == SOLD + 2
    store.read = 0
    return store


async def test_a_long_stream_is_taken_up_where_it_was_kept() -> None:
    store = await sold_out()
    process = await started(store)
    with pytest.raises(SoldOut):
        await process.sell("one more")
    assert store.read == 0


async def test_a_kept_state_and_what_came_after_it_are_one_history() -> None:
    store = await sold_out()
    early = Process(store, None)
    await early.commands.run(lambda work: _change(work, "till", lambda it: [_returned(it)]), actor=Actor("clerk"))
    store.read = 0
    assert LAST not in (await (await started(store)).state()).buyers
    assert store.read == 1
    await (await started(store)).sell("one more")


async def test_dropping_what_was_kept_changes_nothing() -> None:
    store = await sold_out()
    with_it = await (await started(store)).state()
    store.kept.clear()
    without = await started(store)
    assert await without.state() == with_it
    assert store.read == len(store.commits)
    with pytest.raises(SoldOut):
        await without.sell("one more")


@pytest.mark.parametrize(("kind", "right"), [(Snapshots, True), (Trusting, False)])
async def test_a_state_of_another_schema_is_not_taken_up(kind: type[Snapshots], right: bool) -> None:
    store = await sold_out()
    store.kept[TILL] |= {"form": "0:else"}
    store.kept[TILL]["plain"] |= {"buyers": b"[]"}
    process = await started(store, kind)
    assert (LAST in (await process.state()).buyers) is right


async def test_a_raised_schema_number_is_another_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    store = await sold_out()
    monkeypatch.setattr(Till, "schema", 2)
    assert LAST in (await (await started(store)).state()).buyers
    assert store.read == len(store.commits)


@pytest.mark.parametrize(("kind", "right"), [(Snapshots, True), (Trusting, False)])
async def test_a_state_ahead_of_its_log_is_not_taken_up(kind: type[Snapshots], right: bool) -> None:
    """A failover or a restored database has taken the last commits back: their seats are free."""
    store = await sold_out()
    del store.commits[-3:]
    process = await started(store, kind)
    assert (LAST not in (await process.state()).buyers) is right


async def test_a_state_of_another_history_is_not_taken_up_and_gives_way() -> None:
    store = await sold_out()
    del store.commits[-3:]
    await Process(store, None).sell(*(f"other {number}" for number in range(30)))
    process = await started(store)
    assert (await process.state()).buyers >= {"other 0", "other 29"}
    await process.log.close()
    assert store.kept[TILL]["commit"] == store.commits[-1].id


async def test_what_may_not_have_become_true_is_not_kept() -> None:
    store = await sold_out()
    process = await started(store)
    before = store.kept[TILL]["next_version"]
    await process.state()
    store.fault = Unknown("the answer is late")
    with pytest.raises(Unknown):
        await process.commands.run(lambda work: _change(work, "till", lambda it: [_returned(it)]), actor=Actor("clerk"))
    store.fault = None
    await process.log.close()
    assert store.kept[TILL]["next_version"] == before


async def test_what_a_process_forgets_for_want_of_room_is_kept() -> None:
    store = await sold_out()
    store.kept.clear()
    process = await started(store, remembered=1)
    await process.state()
    assert process.snapshots is not None
    await process.snapshots.settle()
    store.kept.clear()
    await process.open(1, till="another")
    await process.snapshots.settle()
    assert TILL not in store.kept, "nothing has come since it was kept"
    for number in range(SOLD, SOLD + 30):
        await process.commands.run(lambda work: _change(work, "till", lambda it: [_returned(it)]), actor=Actor("clerk"))
        await process.sell(f"buyer {number}")
        await process.snapshots.settle()
    await process.open(1, till="a third")
    await process.snapshots.settle()
    assert store.kept[TILL]["next_version"] == SOLD + 2 + 60


async def test_who_gives_up_waiting_for_a_long_history_has_not_waited_for_nothing() -> None:
    store, tickets = Keeping(), 2 * BREATH
    process = Process(store, None)
    await process.open(tickets)
    for number in range(tickets):
        await process.sell(f"buyer {number}")
    process, store.read = Process(store, None), 0
    waiting = asyncio.create_task(process.state())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await process.state()).sold == tickets
    assert store.read == 2 * (tickets + 1) - BREATH


async def test_long_streams_take_the_room_of_many() -> None:
    store = Keeping()
    process = Process(store, None, of_events=40)
    for till in range(30):
        await process.open(100, till=str(till))
    for buyer in range(25):
        await process.sell(f"buyer {buyer}", till="29")
    store.read = 0
    for till in (29, 28, 23):
        await process.log.load(Till, str(till), fresh=False)
    assert store.read == 0
    await process.log.load(Till, "22", fresh=False)
    assert store.read == 1


async def test_a_fund_account_is_as_it_was_and_only_what_is_asked_for_is_read() -> None:
    account = FundAccount(ACCOUNT)
    account = account.evolve(
        FundAllocated(account_id=ACCOUNT, org_id="G", amount_fen=9_000, on=date(2026, 5, 4), source_ref="bank-1")
    )
    for number in range(300):
        account = account.evolve(_reserved(_id(number)))
    account = account.evolve(FundCaptured(account_id=ACCOUNT, org_id="G", ref=_id(7), amount_fen=10, was_reserved=True))
    account = account.evolve(
        FundCorrectionProposed(
            account_id=ACCOUNT,
            org_id="G",
            correction_id=_id(999),
            corrects="bank-1",
            sense="less",
            amount_fen=1,
            reason_code="wrong_amount",
            by="li",
            on=date(2026, 5, 4),
        )
    )
    kept = await codec_of(FundAccount).write(account)
    taken_up: FundAccount = codec_of(FundAccount).read(kept)
    assert taken_up.entries[_id(7)] == Entry("captured", 10)
    after = taken_up.evolve(_reserved(_id(300)))
    assert len(after.entries) == 301
    places = [place for place in after.entries.places if isinstance(place, Unread)]
    assert sum(place.is_read for place in places) <= 2
    assert await codec_of(FundAccount).write(after) == await codec_of(FundAccount).write(
        account.evolve(_reserved(_id(300)))
    )
    assert taken_up == account


def _reserved(ref: str) -> FundReserved:
    return FundReserved(account_id=ACCOUNT, org_id="G", ref=ref, amount_fen=10)


def _returned(till: Till) -> Any:
    return TicketReturned(till_id=till.id, buyer=max(till.buyers, key=lambda buyer: int(buyer.split()[1])))


async def test_a_state_that_would_not_come_back_as_it_was_is_not_kept() -> None:
    @dataclass(frozen=True)
    class Odd(Aggregate):
        pair: Any = ()

    with pytest.raises(CannotKeep):
        await codec_of(Odd).write(Odd("odd", pair=(1, 2)))


OURS = [kind for kind in Aggregate.__subclasses__() if kind.__module__.startswith("services.")]


@pytest.mark.parametrize("kind", OURS, ids=[kind.__qualname__ for kind in OURS])
async def test_every_aggregate_can_be_kept(kind: type[Aggregate]) -> None:
    assert codec_of(kind).read(await codec_of(kind).write(kind("id"))) == kind("id")


@pytest.mark.stack
async def test_the_database_keeps_states_and_gives_them_back(lab: Laboratory) -> None:
    replica = await lab.replica()
    log = Log(replica.store, snapshots=Snapshots(replica.store))
    replica.commands = replica.commands_with(log=log)
    await replica.open_till("till", SOLD)
    for first in range(0, SOLD, 50):
        await replica.sell("till", *(f"buyer {number}" for number in range(first, first + 50)))
    await log.close()
    snapshots = Snapshots(replica.store)
    await snapshots.hear()
    known = await snapshots.of(Till, TILL)
    assert known is not None
    assert (known.next_version, known.state.sold) == (SOLD + 2, SOLD)
    assert known.state == (await Log(replica.store).load(Till, "till", fresh=True)).state
