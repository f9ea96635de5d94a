"""CloudEvents 1.0 in the Kafka binary binding: the event's JSON in the body, everything about it in headers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from aiokafka.partitioner import murmur2

from shared.kernel.event import REGISTRY, Event, Meta
from shared.kernel.ports import Outgoing, Record, Wire
from shared.kernel.refusal import Invalid

LARGEST_EVENT = 256 * 1024
"""Bytes of an event's body; longer lists are divided over several events."""


LARGEST_POSITION = 2**63 - 1
POSITIONED = ("ce_position", "ce_previous", "ce_source")


class EventTooLarge(Invalid):
    """An event has at most {limit} bytes, this one has {bytes}: divide it.
    单个事件最多 {limit} 字节，当前为 {bytes} 字节，请拆分。"""

    status = 413


class NotAHeader(Invalid):
    """A line break stands in {name}, which travels as a header.
    {name} 将作为消息头传输，不能包含换行符。"""


class Unreadable(ValueError):
    """A record whose headers are not those of this platform: the reason says which."""


class Lines(Mapping[str, str]):
    """Headers as the log keeps them, names and values a line each: to decode fifteen small fields of an event, and to
    make a dictionary of them, took longer than all else that a relay does with it."""

    __slots__ = ("names", "text")

    def __init__(self, names: tuple[str, ...], text: str) -> None:
        self.names, self.text = names, text

    def __getitem__(self, name: str) -> str:
        try:
            return self.text.split("\n")[self.names.index(name)]
        except ValueError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


@dataclass(slots=True)
class Incoming:
    """A record whose headers have been understood; all else is read only by those who want it."""

    record: Record
    type: str
    schema: bytes | None
    position: int
    previous: int
    source: str
    subject: str

    @property
    def headers(self) -> dict[str, str]:
        return {name: value.decode() for name, value in self.record.headers if value is not None}

    @property
    def version(self) -> int:
        if self.schema is None:
            raise Unreadable("header ce_dataschema is missing")
        return _version(self.schema)

    def event(self) -> Event:
        """The body in the newest version of its class. ValueError if it cannot be read."""
        return event_of(self.headers, self.record.value or b"")

    def meta(self) -> Meta:
        return meta_of(self.headers, self.record)


def event_of(headers: Mapping[str, str], body: bytes) -> Event:
    """KeyError if this build does not know the type; ValueError if it cannot read the version or the body."""
    kind = REGISTRY[headers["ce_type"]]
    return kind.read(body, version_of(headers["ce_dataschema"]))


@lru_cache(4096)
def version_of(schema: str) -> int:
    return int(schema.rpartition(":")[2])


@lru_cache(4096)
def _version(schema: bytes) -> int:
    return version_of(schema.decode())


@lru_cache(65_536)
def partition_of(key: str, partitions: int) -> int:
    """Kafka's own default partitioner: murmur2 of the key."""
    return int(murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def encode(
    event: Event,
    *,
    event_id: str,
    topic: str,
    source: str,
    subject: str,
    at: str,
    sequence: int,
    commit_id: str,
    org_path: str,
    actor: str,
    correlation: str,
    causation: str,
    trace: str | None,
) -> Wire:
    """The final bytes and header values of an event. EventTooLarge, NotAHeader."""
    kind = type(event)
    body = event.model_dump_json(exclude_none=True).encode()
    if len(body) > LARGEST_EVENT:
        raise EventTooLarge(limit=LARGEST_EVENT, bytes=len(body), event=kind.wire)
    headers = {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_type": kind.wire,
        "ce_source": source,
        "ce_subject": subject,
        "ce_time": at,
        "ce_dataschema": kind.schema_id(),
        "content-type": "application/json",
        "ce_sequence": str(sequence),
        "ce_commitid": commit_id,
        "ce_orgpath": org_path,
        "ce_actor": actor,
        "ce_correlationid": correlation,
        "ce_causationid": causation,
        "ce_dataclass": kind.data_class,
    }
    if trace:
        headers["traceparent"] = trace
    if "\n" in "".join(headers.values()):
        raise NotAHeader(name=next(name for name, value in headers.items() if "\n" in value))
    return Wire(topic, subject, body, headers)


def record_headers(outgoing: Outgoing) -> list[tuple[str, bytes]]:
    """All headers of a numbered event as they are sent."""
    wired = outgoing.wire.headers
    values = wired.text if isinstance(wired, Lines) else "\n".join(wired.values())
    headers = list(zip(wired, values.encode().split(b"\n"), strict=True))
    headers.append(("ce_position", b"%d" % outgoing.position))
    headers.append(("ce_previous", b"%d" % outgoing.previous))
    return headers


def read_headers(record: Record) -> Incoming:
    """Unreadable when a header is missing, empty, not UTF-8, or a position is not a number."""
    try:
        raw: dict[str, bytes] = dict(record.headers)  # type: ignore[arg-type]
        if not b"".join(raw.values()).isascii():
            for value in raw.values():
                value.decode()
        return Incoming(
            record,
            raw["ce_type"].decode(),
            raw.get("ce_dataschema"),
            _position(raw["ce_position"]),
            _position(raw["ce_previous"]),
            raw["ce_source"].decode(),
            raw["ce_subject"].decode(),
        )
    except TypeError:
        raise Unreadable("a header has no value") from None
    except UnicodeDecodeError:
        raise Unreadable("a header is not UTF-8") from None
    except KeyError as missing:
        raise Unreadable(f"header {missing.args[0]} is missing") from None
    except ValueError:
        raise Unreadable("a position is not a number") from None


def _position(text: bytes) -> int:
    """As it is written here and in no other way, and no larger than a checkpoint holds; ValueError."""
    number = int(text)
    if b"%d" % number != text or not 0 <= number <= LARGEST_POSITION:
        raise ValueError("not a position")
    return number


def read_position(headers: Sequence[tuple[str, bytes | None]]) -> tuple[int, int, str] | None:
    """Position, previous and source of a record whose other headers may be broken; None if these are too."""
    found = dict(headers)
    try:
        position, previous, source = (found[name] or b"" for name in POSITIONED)
        return _position(position), _position(previous), source.decode()
    except (KeyError, ValueError):
        return None


def meta_of(headers: Mapping[str, str], record: Record) -> Meta:
    return Meta(
        id=headers["ce_id"],
        type=headers["ce_type"],
        version=version_of(headers["ce_dataschema"]),
        source=headers["ce_source"],
        subject=headers["ce_subject"],
        time=headers["ce_time"],
        position=int(headers["ce_position"]),
        previous=int(headers["ce_previous"]),
        sequence=int(headers["ce_sequence"]),
        commit=headers["ce_commitid"],
        org_path=headers["ce_orgpath"],
        actor=headers["ce_actor"],
        correlation=headers["ce_correlationid"],
        causation=headers["ce_causationid"],
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
    )
