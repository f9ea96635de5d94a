"""What the records of a topic tell about their own continuity."""

from collections.abc import Iterable

import pytest

from shared.kernel.ports import Record
from shared.kernel.topic_scan import Continuity, continuity

A, B = "a" * 8, "b" * 8


def record(
    partition: int, offset: int, position: int, previous: int, subject: str, sequence: int, **more: str
) -> Record:
    headers = {
        "ce_position": str(position),
        "ce_previous": str(previous),
        "ce_sequence": str(sequence),
        "ce_subject": subject,
        "ce_source": "/gonghui/members/one",
        **more,
    }
    content = [(name, value.encode()) for name, value in headers.items()]
    return Record("gonghui.members", partition, offset, subject.encode(), b"{}", content)


WHOLE = [
    record(0, 0, 1, 0, A, 1),
    record(1, 0, 2, 0, B, 1),
    record(0, 1, 3, 1, A, 2),
    record(1, 1, 4, 2, B, 2),
    record(0, 2, 5, 3, A, 3),
]


def wrong(records: Iterable[Record]) -> str:
    return "\n".join(continuity(records).end())


def test_a_whole_history_is_whole() -> None:
    found: Continuity = continuity(WHOLE)
    assert (found.end(), found.repeated, found.counts()) == ([], 0, {"members": 5})


def test_what_was_sent_twice_identically_is_no_break() -> None:
    again = [record(0, 3, 3, 1, A, 2), record(0, 4, 5, 3, A, 3)]
    found = continuity([*WHOLE, *again])
    assert (found.end(), found.repeated) == ([], 2)


def test_another_record_at_a_known_position_is_a_break() -> None:
    assert "another record at position 3" in wrong([*WHOLE, record(0, 3, 3, 1, A, 2, ce_actor="x")])


@pytest.mark.parametrize("lost", range(5))
def test_no_record_can_be_lost_unseen(lost: int) -> None:
    assert wrong([one for number, one in enumerate(WHOLE) if number != lost]) or lost == 4
    assert wrong([*(one for number, one in enumerate(WHOLE) if number != lost), record(0, 3, 6, 5, A, 4)])


def test_two_that_changed_places_are_a_break() -> None:
    assert "follows position 3" in wrong([WHOLE[0], WHOLE[1], WHOLE[4], WHOLE[3], WHOLE[2]])


def test_a_gap_in_a_stream_is_a_break_even_where_positions_go_on() -> None:
    assert "event 3 of its stream comes after 1" in wrong([WHOLE[0], record(0, 1, 2, 1, A, 3)])


def test_a_second_log_is_a_break() -> None:
    assert "from another log" in wrong([*WHOLE, record(0, 3, 6, 5, A, 4, ce_source="/gonghui/members/two")])


def test_headers_that_cannot_be_read_are_a_break() -> None:
    assert "cannot be read" in wrong([record(0, 0, 1, 0, A, 1, ce_position="one")])
