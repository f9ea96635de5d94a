"""The ledger from the log: in the order of positions, without a gap, once, whatever happens on the way."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis.strategies import booleans, integers, lists, tuples

from services.welfare.ledger.chain import Entry, Head
from services.welfare.ledger.keep_ledger import Sealer
from services.welfare.ledger.ledger_chain import LedgerChain, ledger_id, seal
from services.welfare.ledger.verify import Told, verify
from services.welfare.ledger.write_ledger import CHECKPOINT, ENTRIES, HEADS, LedgerWriter, following
from shared.events.welfare.ledger import LedgerSealed
from shared.kernel.ports import Commit, Fenced, Unknown, Wire
from tests.story import TODAY, Desk
from tests.story import given as told
from tests.welfare.examples import ALLOCATED, ASKED, OPENED, captured, reserved
from tests.welfare.ledger.shelf import KEY, Numbered, Shelf, check, sealed


def _writer(log: Numbered, shelf: Shelf, owner: str = "one") -> LedgerWriter:
    return LedgerWriter(log, shelf, owner)  # type: ignore[arg-type]


async def _write(log: Numbered, shelf: Shelf) -> None:
    writer = _writer(log, shelf)
    while await writer.write():
        pass


def _told(log: Numbered, shelf: Shelf, org_id: str = "G01") -> Told:
    rows = [row for _, row in sorted(shelf.documents.get(ENTRIES, {}).items()) if row["org_id"] == org_id]
    topic = [
        entry
        for commit in log.commits
        for number, wire in enumerate(commit.events)
        if (entry := Entry.of(wire.headers, (commit.first_position or 0) + number, wire.body))
        and entry.org_id == org_id
    ]
    heads = shelf.documents.get(HEADS, {})
    return Told(rows, Head.read(heads[org_id]) if org_id in heads else None, topic)


def _positions(shelf: Shelf) -> list[int]:
    return [row["position"] for _, row in sorted(shelf.documents[ENTRIES].items())]


async def test_movements_of_accounts_are_written_in_the_order_of_the_log_and_nothing_else() -> None:
    log, shelf = Numbered(), Shelf()
    log.append(OPENED)
    log.append(ASKED)
    log.append(ALLOCATED, reserved())
    log.append(captured())
    await _write(log, shelf)
    assert _positions(shelf) == [1, 3, 4, 5]
    assert verify("G01", _told(log, shelf), check).findings == ()
    assert shelf.marks[CHECKPOINT].next_offset == 5
    before = dict(shelf.documents[ENTRIES])
    await _write(log, shelf)
    assert shelf.documents[ENTRIES] == before


async def test_every_fund_organisation_has_a_chain_of_its_own() -> None:
    log, shelf = Numbered(), Shelf()
    other = OPENED.model_copy(update={"org_id": "G02"})
    log.append(OPENED)
    log.append(other)
    log.append(ALLOCATED)
    await _write(log, shelf)
    assert sorted(shelf.documents[ENTRIES]) == ["G01:000000000001", "G01:000000000002", "G02:000000000001"]
    for org_id in ("G01", "G02"):
        assert verify(org_id, _told(log, shelf, org_id), check).findings == ()


async def test_what_is_not_published_yet_is_waited_for() -> None:
    log, shelf = Numbered(), Shelf()
    log.append(OPENED)
    log.append(ALLOCATED, reserved())
    log.published_to = 2
    await _write(log, shelf)
    assert _positions(shelf) == [1]
    log.published_to = 3
    await _write(log, shelf)
    assert _positions(shelf) == [1, 2, 3]


async def test_a_stamp_that_is_not_visible_yet_is_waited_for() -> None:
    """Commits of one batch are stamped in any order: what comes after a gap must not be taken."""
    log, shelf = Numbered(), Shelf()
    log.append(OPENED)
    log.append(reserved(), first=3)
    await _write(log, shelf)
    assert _positions(shelf) == [1]
    log.append(ALLOCATED, first=2)
    await _write(log, shelf)
    assert _positions(shelf) == [1, 2, 3]


async def test_of_two_writers_one_writes() -> None:
    """One that was thought dead wakes up after another has taken over: it writes nothing."""
    log, shelf = Numbered(), Shelf()
    old, new = _writer(log, shelf, "old"), _writer(log, shelf, "new")
    log.append(OPENED)
    assert await old.write()
    log.append(ALLOCATED)
    assert await new.write()
    log.append(reserved())
    with pytest.raises(Fenced):
        await old.write()
    assert await new.write()
    assert verify("G01", _told(log, shelf), check).findings == ()
    assert _positions(shelf) == [1, 2, 3]


@settings(max_examples=60)
@given(lists(tuples(integers(1, 3), booleans()), min_size=1, max_size=12))
def test_a_fault_at_any_batch_writes_nothing_twice_and_loses_nothing(steps: list[tuple[int, bool]]) -> None:
    async def story() -> None:
        log, shelf = Numbered(), Shelf()
        writer = _writer(log, shelf)
        log.append(OPENED)
        for count, fails in steps:
            log.append(*[ALLOCATED] * count)
            shelf.fault = Unknown("the answer was lost") if fails else None
            try:
                await writer.write()
            except Unknown:
                writer.forget()
        await _write(log, shelf)
        assert verify("G01", _told(log, shelf), check).findings == ()
        assert _positions(shelf) == list(range(1, 2 + sum(count for count, _ in steps)))

    asyncio.run(story())


def test_a_batch_ends_where_the_log_is_not_whole() -> None:
    def commit(first: int, events: int) -> Commit:
        wires = (Wire("t", "k", b"", {}),) * events
        return Commit(str(first), "s", 1, wires, "", "", "", first_position=first)

    whole = [commit(1, 2), commit(3, 1), commit(4, 2)]
    assert following(whole, 0, 5) == whole
    assert following(whole, 0, 4) == whole[:2]
    assert following([whole[0], whole[2]], 0, 5) == whole[:1]
    assert following(whole[1:], 0, 5) == []


# seals

HEAD = Head("G01", 3, 6, "A" * 43)
CHAIN = ledger_id("G01")


def test_a_chain_is_sealed_once_a_day() -> None:
    first = told(LedgerChain, id=CHAIN).when(seal, HEAD, TODAY, KEY).then(sealed(HEAD))
    first.when(seal, HEAD, TODAY, KEY).then_nothing()
    grown = Head("G01", 5, 9, "B" * 43)
    first.when(seal, grown, TODAY, KEY).then_nothing()
    (second,) = first.when(seal, grown, TODAY + timedelta(days=1), KEY).events
    assert isinstance(second, LedgerSealed)
    assert (second.from_seq, second.to_seq) == (4, 5)


def test_what_has_not_grown_is_not_sealed_again() -> None:
    told(LedgerChain, sealed(HEAD), id=CHAIN).when(seal, HEAD, TODAY + timedelta(days=9), KEY).then_nothing()
    told(LedgerChain, id=CHAIN).when(seal, Head.begin("G01"), TODAY, KEY).then_nothing()


class _Core:
    def __init__(self, desk: Desk, shelf: Shelf) -> None:
        self.commands, self.directory, self.views = desk.commands, desk.directory, shelf
        self.clock = desk.commands.clock


async def test_the_sealer_seals_what_has_grown_each_day() -> None:
    log, shelf, desk = Numbered(), Shelf(), Desk()
    core: Any = _Core(desk, shelf)
    sealer = Sealer(core, KEY)
    log.append(OPENED)
    log.append(OPENED.model_copy(update={"org_id": "G9"}))
    await _write(log, shelf)
    await sealer.tend()
    await sealer.tend()
    assert [event.org_id for event in desk.events() if isinstance(event, LedgerSealed)] == ["G01"]
    assert {wire.topic for commit in desk.log.commits for wire in commit.events} == {"gonghui.audit"}
    log.append(ALLOCATED)
    await _write(log, shelf)
    sealer.news = True
    desk.directory.paths["G9"] = "/G/G9/"
    await sealer.tend()
    assert [event.org_id for event in desk.events() if isinstance(event, LedgerSealed)] == ["G01", "G9"]
    core.clock.at += timedelta(days=1)
    await sealer.tend()
    seals = [event for event in desk.events() if isinstance(event, LedgerSealed)]
    assert [(one.org_id, one.from_seq, one.to_seq) for one in seals] == [("G01", 1, 1), ("G9", 1, 1), ("G01", 2, 2)]
    of_it = Told(_told(log, shelf).documents, _told(log, shelf).head, _told(log, shelf).topic, [seals[0], seals[2]])
    assert verify("G01", of_it, check).sealed == 2
    assert verify("G01", of_it, check).findings == ()


@pytest.mark.parametrize("place", [1, 2, 3])
async def test_an_altered_history_is_not_sealed(place: int) -> None:
    """Neither an entry that is not what it was, nor one that is missing, below a head that says all is well."""
    for alter in (lambda row: row.update(actor="nobody"), lambda row: row.pop("actor"), None):
        log, shelf, desk = Numbered(), Shelf(), Desk()
        core: Any = _Core(desk, shelf)
        log.append(OPENED)
        log.append(ALLOCATED, reserved())
        await _write(log, shelf)
        if alter is None:
            del shelf.documents[ENTRIES][f"G01:{place:012}"]
        else:
            alter(shelf.documents[ENTRIES][f"G01:{place:012}"])
        await Sealer(core, KEY).tend()
        assert not desk.events()


async def test_a_seal_follows_from_the_one_before() -> None:
    log, shelf, desk = Numbered(), Shelf(), Desk()
    core: Any = _Core(desk, shelf)
    log.append(OPENED)
    await _write(log, shelf)
    await Sealer(core, KEY).tend()
    shelf.documents[HEADS]["G01"]["hash"] = "A" * 43
    log.append(ALLOCATED)
    await _write(log, shelf)
    core.clock.at += timedelta(days=1)
    await Sealer(core, KEY).tend()
    assert len(desk.events()) == 1, "the chain was forked below the second entry"


async def test_another_sealer_goes_on_where_the_first_one_ended() -> None:
    log, shelf, desk = Numbered(), Shelf(), Desk()
    core: Any = _Core(desk, shelf)
    log.append(OPENED)
    await _write(log, shelf)
    await Sealer(core, KEY).tend()
    await Sealer(core, KEY).tend()
    assert len(desk.events()) == 1
