"""Whatever is done to a ledger is found, and the entry is named (INV-W9). Each tampering, with the chain left as it was
and with the chain made anew by somebody who can write to the database."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import integers, permutations, sampled_from

from services.welfare.ledger.chain import Entry, Head
from services.welfare.ledger.verify import Finding, Told, Verified, What, verify
from shared.events.welfare.fund import FundAllocated
from tests.welfare.examples import ALLOCATED, OPENED
from tests.welfare.ledger.shelf import KEY, MONEY, OTHER_KEY, chained_anew, check, entries, sealed, sound


def _found(told: Told) -> list[tuple[int, What]]:
    return [(finding.seq, finding.what) for finding in verify("G01", told, check).findings]


def _documents(told: Told) -> list[dict[str, Any]]:
    return [dict(document) for document in told.documents]


def _of_event(entry: Entry, what: What, seq: int) -> Finding:
    return Finding("G01", what, seq, entry.position, entry.event_id)


def test_a_sound_ledger_holds() -> None:
    assert verify("G01", sound(), check) == Verified((), 5, 3)
    assert verify("G01", sound(seal_after=5), check) == Verified((), 5, 5)
    assert verify("G01", sound(seal_after=0), check) == Verified((), 5, 0)
    assert verify("G01", Told(), check) == Verified()


def test_a_changed_amount_is_named() -> None:
    told = sound()
    documents = _documents(told)
    documents[1]["body"] = documents[1]["body"].replace("2000000", "3000000")
    assert documents[1] != told.documents[1]
    assert verify("G01", replace(told, documents=documents), check).findings == (
        _of_event(told.topic[1], "changed", 2),
    )


@pytest.mark.parametrize("name", ["body", "actor", "time", "event_id", "account_id", "position", "org_id", "hash"])
def test_a_change_of_any_field_is_found_at_its_entry(name: str) -> None:
    told = sound()
    documents = _documents(told)
    documents[2][name] = documents[2][name] + (1 if name == "position" else "x")
    found = _found(replace(told, documents=documents))
    assert found[0][0] == 3


def test_an_entry_that_is_none_any_more_is_found() -> None:
    told = sound()
    documents = _documents(told)
    del documents[2]["actor"]
    assert _found(replace(told, documents=documents)) == [(3, "removed")]
    assert _found(replace(told, documents=documents, topic=())) != []
    documents[2] = {**told.documents[2], "seq": "three"}
    assert _found(replace(told, documents=documents)) == [(3, "removed")]


def test_a_change_with_a_chain_made_anew_is_named() -> None:
    told = sound()
    other = replace(told.topic[1], body=told.topic[1].body.replace("2000000", "3000000"))
    found = _found(chained_anew(told, [told.topic[0], other, *told.topic[2:]]))
    assert found == [(2, "changed"), (3, "seal_differs")]


@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_a_removed_entry_is_named(place: int) -> None:
    told = sound(seal_after=0)
    documents = _documents(told)
    del documents[place - 1]
    result = verify("G01", replace(told, documents=documents), check)
    assert result.findings == (_of_event(told.topic[place - 1], "removed", place),)


def test_a_removed_entry_with_a_chain_made_anew_is_named() -> None:
    told = sound()
    result = verify("G01", chained_anew(told, [*told.topic[:1], *told.topic[2:]]), check)
    assert result.findings[0] == _of_event(told.topic[1], "removed", 2)
    assert [finding.what for finding in result.findings[1:]] == ["seal_differs"]


@pytest.mark.parametrize("left", [0, 1, 2, 4])
def test_a_cut_tail_is_named(left: int) -> None:
    told = sound()
    documents = told.documents[:left]
    found = _found(replace(told, documents=documents))
    assert found == [(place, "tail_cut") for place in range(left + 1, 6)]


def test_a_cut_tail_with_its_head_is_found_in_the_topic() -> None:
    told = sound()
    assert _found(chained_anew(told, told.topic[:4])) == [(5, "tail_cut")]


def test_a_cut_tail_is_found_by_the_seal_even_if_the_topic_was_cut_with_it() -> None:
    """Or if the ledger pretends that it has not come so far yet."""
    told = sound()
    cut = replace(chained_anew(told, told.topic[:2]), topic=told.topic[:2])
    assert _found(cut) == [(3, "tail_cut")]


def test_two_entries_in_another_order_are_named() -> None:
    told = sound(seal_after=0)
    documents = _documents(told)
    documents[1], documents[2] = {**documents[2], "seq": 2}, {**documents[1], "seq": 3}
    found = _found(replace(told, documents=documents))
    assert (3, "reordered") in found
    assert {place for place, _ in found} <= {2, 3, 4}


def test_another_order_with_a_chain_made_anew_is_named() -> None:
    told = sound(seal_after=0)
    swapped = [told.topic[0], told.topic[2], told.topic[1], *told.topic[3:]]
    assert verify("G01", chained_anew(told, swapped), check).findings == (_of_event(told.topic[1], "reordered", 3),)


def test_an_added_entry_is_named() -> None:
    told = sound(seal_after=0)
    forged = replace(told.topic[0], event_id="00000000-0000-7000-8000-00000000beef", position=5)
    found = verify("G01", chained_anew(told, [*told.topic[:2], forged, *told.topic[2:]]), check).findings
    assert found == (_of_event(forged, "added", 3),)
    twice = verify("G01", chained_anew(told, [*told.topic[:2], told.topic[1], *told.topic[2:]]), check).findings
    assert twice == (_of_event(told.topic[1], "added", 3),)


def test_a_head_that_says_otherwise_is_found() -> None:
    told = sound()
    assert told.head is not None
    assert _found(replace(told, head=replace(told.head, hash="A" * 43))) == [(5, "head_differs")]
    assert _found(replace(told, head=None)) == [(5, "head_differs")]


def test_a_seal_of_another_key_is_found() -> None:
    told = sound()
    head = Head("G01", 3, told.topic[2].position, told.seals[0].head_hash)
    assert _found(replace(told, seals=[sealed(head, key=OTHER_KEY)])) == [(3, "seal_forged")]
    pretends = sealed(head, key=OTHER_KEY).model_copy(update={"key_id": KEY.key_id})
    assert _found(replace(told, seals=[pretends])) == [(3, "seal_forged")]


def test_a_seal_says_nothing_else_than_was_signed() -> None:
    told = sound()
    for words in ({"to_position": 7}, {"from_seq": 2}, {"to_seq": 2}, {"head_hash": "A" * 43}):
        assert "seal_forged" in {
            what for _, what in _found(replace(told, seals=[told.seals[0].model_copy(update=words)]))
        }


def test_each_seal_begins_where_the_one_before_ended() -> None:
    told = sound()
    assert told.head is not None
    assert _found(replace(told, seals=[*told.seals, sealed(told.head, 4)])) == []
    assert _found(replace(told, seals=[*told.seals, sealed(told.head, 5)])) == [(5, "seal_forged")]
    assert _found(replace(told, seals=[sealed(told.head, 4)])) == [(5, "seal_forged")]


def test_ledgers_do_not_vouch_for_each_other() -> None:
    """The chain begins with the organisation's code: the ledger of one cannot stand for another's."""
    assert Head.begin("G01").hash != Head.begin("G02").hash
    assert _found(sound()) == []
    assert verify("G02", sound(), check).findings


HISTORY = entries(OPENED, *(ALLOCATED.model_copy(update={"source_ref": f"B-{n}"}) for n in range(1, 9)))


@given(integers(0, 8), integers(1, 10**9))
def test_any_amount_changed_anywhere_is_named(place: int, amount: int) -> None:
    told = chained_anew(Told(topic=HISTORY), HISTORY)
    body = HISTORY[place].body.replace("2000000", str(amount)).replace('"aid"', f'"aid{amount}"')
    changed = [replace(entry, body=body) if entry is HISTORY[place] else entry for entry in HISTORY]
    found = _found(chained_anew(told, changed))
    assert found == ([] if body == HISTORY[place].body else [(place + 1, "changed")])


@given(permutations(HISTORY))
def test_any_other_order_is_found(order: list[Entry]) -> None:
    found = _found(chained_anew(Told(topic=HISTORY), order))
    assert bool(found) == (order != HISTORY)
    assert {what for _, what in found} <= {"reordered"}


@given(sampled_from(range(9)), integers(1, 9))
def test_any_gap_is_named(place: int, length: int) -> None:
    left = [*HISTORY[:place], *HISTORY[place + length :]]
    found = _found(chained_anew(Told(topic=HISTORY), left))
    gone = range(place + 1, min(place + length, 9) + 1)
    assert found == [(seq, "tail_cut" if place + length >= 9 else "removed") for seq in gone]
    assert isinstance(ALLOCATED, FundAllocated)
    assert len(MONEY) == 5
