"""Records that nobody of this platform has written: the codec reads them, or says what is wrong."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.cloudevents import Unreadable, event_of, read_headers, read_position
from shared.kernel.event import REGISTRY
from shared.kernel.ports import Record
from tests.kernel.test_cloudevents import HEADERS, SALE, sent, told

RECORD = sent(told(SALE))
LARGEST = 2**63 - 1
NAMES = tuple(name for name, _ in HEADERS)

values = st.none() | st.binary(max_size=40) | st.integers().map(lambda number: str(number).encode())
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def understood(record: Record) -> bool:
    """Whether its headers are; if not, that is said as it should be."""
    try:
        incoming = read_headers(record)
    except Unreadable:
        return False
    assert 0 <= incoming.previous <= LARGEST, "what a checkpoint can hold"
    assert 0 <= incoming.position <= LARGEST
    return True


@given(headers=st.lists(st.tuples(st.sampled_from(NAMES) | st.text(max_size=12), values), max_size=20))
def test_headers_of_any_kind(headers: list[tuple[str, bytes | None]]) -> None:
    record = replace(RECORD, headers=headers)
    position = read_position(headers)
    assert position is None or 0 <= max(position[:2]) <= LARGEST
    if understood(record):
        assert position is not None


@given(name=st.sampled_from(NAMES), value=values)
def test_one_header_of_any_kind(name: str, value: bytes | None) -> None:
    headers = [(n, value if n == name else v) for n, v in HEADERS]
    if understood(replace(RECORD, headers=headers)):
        assert read_position(headers) is not None


@given(value=st.sampled_from([b"1_0", b" 1", b"+1", "１".encode(), b"-1", b"1" * 20, b"1" * 5000, b"", b"0x1", b"1.0"]))
def test_a_position_is_written_in_one_way(value: bytes) -> None:
    for name in ("ce_position", "ce_previous"):
        headers = [(n, value if n == name else v) for n, v in HEADERS]
        assert read_position(headers) is None
        assert not understood(replace(RECORD, headers=headers))


@given(body=st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()), data=st.data())
def test_a_body_of_any_kind(body: bytes, data: st.DataObject) -> None:
    """It is read, or what cannot be read is a ValueError, for every event there is."""
    kind = data.draw(st.sampled_from(sorted(REGISTRY)))
    headers = dict(told(SALE).headers) | {"ce_type": kind, "ce_dataschema": REGISTRY[kind].schema_id()}
    try:
        event_of(headers, body)
    except ValueError:
        return


@given(fields=st.dictionaries(st.sampled_from(["till_id", "buyer", "number"]), json_values), deep=st.integers(0, 3))
def test_a_body_with_the_right_fields_and_the_wrong_values(fields: dict[str, object], deep: int) -> None:
    body = json.dumps(fields).encode()
    for _ in range(deep):
        body = b"[" * 4_000 + body + b"]" * 4_000
    try:
        assert event_of(told(SALE).headers, body)
    except ValueError:
        return


@given(schema=st.text(max_size=40) | st.integers().map(lambda number: f"urn:gonghui:toy:TicketSold:{number}"))
def test_a_version_of_any_kind(schema: str) -> None:
    try:
        event_of({**told(SALE).headers, "ce_dataschema": schema}, told(SALE).body)
    except ValueError:
        return
