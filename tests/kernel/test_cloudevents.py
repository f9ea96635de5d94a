"""The codec against the official SDK, Kafka's own partitioner, and whatever Hypothesis thinks of."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from aiokafka.partitioner import DefaultPartitioner
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka, to_binary
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.cloudevents import (
    LARGEST_EVENT,
    EventTooLarge,
    NotAHeader,
    Unreadable,
    encode,
    event_of,
    partition_of,
    read_headers,
    read_position,
    record_headers,
)
from shared.kernel.event import Event
from shared.kernel.mongo.log import from_document, to_document
from shared.kernel.ports import Commit, Outgoing, Record, Wire
from tests.kernel.toy import TicketSold, TillOpened

AT = "2026-05-04T12:00:00.123456Z"


def told(event: Event, **more: str | None) -> Wire:
    words: dict[str, str | None] = {
        "event_id": "0197f2a0-0000-7000-8000-000000000001",
        "topic": "gonghui.toy",
        "source": "/gonghui/toy/1",
        "subject": "till-1",
        "at": AT,
        "commit_id": "0197f2a0-0000-7000-8000-000000000002",
        "org_path": "/G/G01/",
        "actor": "somebody",
        "correlation": "c",
        "causation": "0197f2a0-0000-7000-8000-000000000003",
        "trace": None,
    }
    return encode(event, sequence=7, **{**words, **more})  # type: ignore[arg-type]


def sent(wire: Wire, position: int = 42, previous: int = 40) -> Record:
    """The record that a consumer gets of it."""
    headers = record_headers(Outgoing(wire, 1, position, previous))
    return Record(wire.topic, 1, 5, wire.key.encode(), wire.body, headers)


SALE = TicketSold(till_id="till-1", buyer="b", number=3)


def test_the_official_sdk_reads_what_we_write() -> None:
    record = sent(told(SALE, trace="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
    headers = {name: value or b"" for name, value in record.headers}
    event = from_kafka(KafkaMessage(headers, record.key, record.value or b""), JSONFormat())
    assert event.get_specversion() == "1.0"
    assert event.get_id() == "0197f2a0-0000-7000-8000-000000000001"
    assert event.get_type() == "gonghui.toy.TicketSold"
    assert event.get_source() == "/gonghui/toy/1"
    assert event.get_subject() == event.get_extension("partitionkey") == "till-1"
    assert event.get_time() == datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)
    assert event.get_dataschema() == "urn:gonghui:toy:TicketSold:1"
    assert event.get_datacontenttype() == "application/json"
    assert event.get_data() == {"till_id": "till-1", "buyer": "b", "number": 3}
    extensions = {"position": "42", "previous": "40", "sequence": "7", "orgpath": "/G/G01/", "dataclass": "C1"}
    assert {name: event.get_extension(name) for name in extensions} == extensions


def test_we_read_what_the_official_sdk_writes() -> None:
    record = sent(told(SALE))
    headers = {name: value or b"" for name, value in record.headers}
    event = from_kafka(KafkaMessage(headers, record.key, record.value or b""), JSONFormat())
    again = to_binary(event, JSONFormat())
    assert {name: value for name, value in again.headers.items() if name != "ce_partitionkey"} == headers
    assert again.key == "till-1"
    incoming = read_headers(replace(record, value=again.value, headers=list(again.headers.items())))
    assert incoming.event() == SALE


def test_nothing_that_is_empty_keeps_the_sdk_from_reading() -> None:
    record = sent(told(TillOpened(till_id="till-1", tickets=1), org_path="", causation=""))
    headers = {name: value or b"" for name, value in record.headers}
    assert (
        from_kafka(KafkaMessage(headers, record.key, record.value or b""), JSONFormat()).get_extension("orgpath") == ""
    )


line = st.text(st.characters(codec="utf-8", exclude_characters="\n"))


@given(buyer=st.text(), number=st.integers(), actor=line, path=line, position=st.integers(1, 2**62))
def test_what_is_written_is_read_again(buyer: str, number: int, actor: str, path: str, position: int) -> None:
    event = TicketSold(till_id="t", buyer=buyer, number=number)
    record = sent(told(event, actor=actor, org_path=path), position, position - 1)
    incoming = read_headers(record)
    assert incoming.event() == event
    meta = incoming.meta()
    assert (meta.actor, meta.org_path, meta.sequence) == (actor, path, 7)
    assert (meta.position, meta.previous, meta.offset) == (position, position - 1, 5)
    assert read_position(record.headers) == (position, position - 1, "/gonghui/toy/1")


@given(buyer=st.text(), actor=line, events=st.integers(1, 4))
def test_a_commit_comes_out_of_the_database_as_it_went_in(buyer: str, actor: str, events: int) -> None:
    wires = tuple(told(TicketSold(till_id="t", buyer=buyer, number=n), actor=actor) for n in range(events))
    commit = Commit("id", "Till:t", 3, wires, AT, actor, "unit", key="K", body_hash="h")
    again = from_document(to_document(commit))
    assert again == commit
    assert [list(wire.headers) for wire in again.events] == [list(wire.headers) for wire in wires], "in this order"


@given(key=st.text(), partitions=st.integers(1, 48))
def test_a_key_goes_where_kafka_would_send_it(key: str, partitions: int) -> None:
    every = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key.encode(), every, random.sample(every, partitions))


def test_an_event_has_a_largest_size_and_a_header_is_one_line() -> None:
    empty = len(told(TicketSold(till_id="t", buyer="", number=1)).body)
    told(TicketSold(till_id="t", buyer="x" * (LARGEST_EVENT - empty), number=1))
    with pytest.raises(EventTooLarge, match="TicketSold"):
        told(TicketSold(till_id="t", buyer="x" * (LARGEST_EVENT - empty + 1), number=1))
    with pytest.raises(NotAHeader, match="ce_actor"):
        told(SALE, actor="two\nlines")


def test_a_body_of_an_unknown_type_or_version_is_never_guessed_at() -> None:
    headers = told(SALE).headers
    with pytest.raises(KeyError):
        event_of({**headers, "ce_type": "gonghui.toy.Unheard"}, b"{}")
    with pytest.raises(ValueError, match="version 2"):
        event_of({**headers, "ce_dataschema": "urn:gonghui:toy:TicketSold:2"}, told(SALE).body)
    with pytest.raises(ValueError, match="number"):
        event_of(headers, json.dumps({"till_id": "t", "buyer": "b"}).encode())


HEADERS = tuple(sent(told(SALE)).headers)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ([(n, v) for n, v in HEADERS if n != "ce_position"], "ce_position is missing"),
        ([(n, None if n == "ce_actor" else v) for n, v in HEADERS], "no value"),
        ([(n, b"\xff" if n == "ce_actor" else v) for n, v in HEADERS], "not UTF-8"),
        ([(n, b"many" if n == "ce_previous" else v) for n, v in HEADERS], "not a number"),
    ],
)
def test_headers_that_cannot_be_read_say_why(headers: list[tuple[str, bytes | None]], reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_headers(replace(sent(told(SALE)), headers=headers))


def test_a_position_is_read_though_other_headers_are_broken() -> None:
    broken = [(n, b"\xff" if n == "ce_actor" else v) for n, v in HEADERS]
    assert read_position(broken) == (42, 40, "/gonghui/toy/1")
    assert read_position([(n, v) for n, v in HEADERS if n != "ce_previous"]) is None
    assert read_position([(n, None if n == "ce_source" else v) for n, v in HEADERS]) == (42, 40, "")
    assert read_position([]) is None
