"""Records of the toy's topic numbered and sent by hand, so that one can be lost, repeated, broken or contradicted."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Self

from aiokafka import AIOKafkaProducer

from shared.kernel import cloudevents
from shared.kernel.cloudevents import partition_of
from shared.kernel.event import Event
from shared.kernel.ports import Outgoing, Put, Record
from tests.kernel.laboratory import PARTITIONS, Laboratory, Replica, until
from tests.kernel.toy import TicketSold, TillOpened

Headers = tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True)
class Made:
    """A numbered record, sent or not."""

    partition: int
    position: int
    key: bytes
    value: bytes | None
    headers: Headers

    def with_header(self, name: str, value: bytes | None) -> Self:
        return replace(self, headers=tuple((n, value if n == name else v) for n, v in self.headers))

    def record(self, topic: str, offset: int) -> Record:
        """As a consumer gets it."""
        return Record(topic, self.partition, offset, self.key, self.value, self.headers)

    def without(self, *names: str) -> Self:
        return replace(self, headers=tuple((n, v) for n, v in self.headers if n not in names))


class Hand:
    """Numbers events as the relay does, and sends what it is told to."""

    def __init__(self, lab: Laboratory, source: str = "") -> None:
        self._lab = lab
        self._source = source or f"/gonghui/{lab.name}/1"
        self.position = 0
        self.tails: dict[int, int] = {}

    def make(self, event: Event, stream: str) -> Made:
        self.position += 1
        partition = partition_of(stream, PARTITIONS)
        wire = cloudevents.encode(
            event,
            event_id=f"event-{self.position}",
            topic=self._lab.service.topic,
            source=self._source,
            subject=stream,
            at="2026-05-04T12:00:00.000000Z",
            sequence=self.position,
            commit_id=f"commit-{self.position}",
            org_path="",
            actor="somebody",
            correlation="c",
            causation="",
            trace=None,
        )
        outgoing = Outgoing(wire, partition, self.position, self.tails.get(partition, 0))
        self.tails[partition] = self.position
        headers = tuple(cloudevents.record_headers(outgoing))
        return Made(partition, self.position, stream.encode(), wire.body, headers)

    def unnumbered(self, made: Made) -> Made:
        """The record made last, without a position: the next one takes its number."""
        self.position -= 1
        self.tails[made.partition] = int(dict(made.headers)["ce_previous"] or b"")
        return made.without("ce_position", "ce_previous")

    def opened(self, till: str, tickets: int = 1_000) -> Made:
        return self.make(TillOpened(till_id=till, tickets=tickets), till)

    def sold(self, till: str, buyer: str = "ann", number: int = 0) -> Made:
        return self.make(TicketSold(till_id=till, buyer=buyer, number=number), till)

    def sales(self, till: str, numbers: Iterable[int], buyer: str = "ann") -> list[Made]:
        return [self.sold(till, buyer, number) for number in numbers]

    async def send(self, *records: Made) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self._lab.kafka_bootstrap, linger_ms=1)
        await producer.start()
        try:
            sent = [
                await producer.send(
                    self._lab.service.topic,
                    value=record.value,
                    key=record.key,
                    partition=record.partition,
                    headers=list(record.headers),
                )
                for record in records
            ]
            for one in sent:
                await one
        finally:
            await producer.stop()


def tills(partition: int) -> Iterator[str]:
    """Tills whose events go to this partition."""
    names = (f"till-{number}" for number in count())
    return (name for name in names if partition_of(name, PARTITIONS) == partition)


def till(partition: int = 0) -> str:
    return next(tills(partition))


async def applied(replica: Replica, last: Made, view_set: str | None = None) -> None:
    """Until the views have applied this record."""
    checkpoint = f"{view_set or replica.service.view_set}:{replica.service.topic}:{last.partition}"

    async def holds() -> bool:
        found = await replica.view_store.checkpoints([checkpoint])
        return checkpoint in found and found[checkpoint].last_position == last.position

    await until(holds, 30.0, f"applying position {last.position}")


async def ask(replica: Replica, kind: str, view: str, record: Made, view_set: str = "v1") -> None:
    """What an operator writes to have a stream tried again, or its first event discarded."""
    where = {"set": view_set, "view": view, "topic": replica.service.topic, "partition": record.partition}
    asked = {**where, "stream": record.key.decode(), "kind": kind, "by": "operator"}
    await replica.store.append((), [Put("requests", replica.ids.new(), asked)])


async def quarantined(replica: Replica, **where: Any) -> list[Any]:
    """Rows in the order of their places, as (view, state, offset)."""
    rows = await replica.view_store.rows("quarantine", where)
    return [(row["view"], row["state"], row["offset"]) for row in sorted(rows, key=lambda row: str(row["place"]))]


async def card(replica: Replica, till: str, view_set: str = "v1") -> str:
    """The history of a till, as its view has it."""
    rows = await replica.view_store.rows(f"{view_set}_till_card", {"_id": till})
    return str(rows[0]["history"]) if rows else ""


async def bought(replica: Replica, buyer: str = "ann", view_set: str = "v1") -> int:
    rows = await replica.view_store.rows(f"{view_set}_bought", {"_id": buyer})
    return int(rows[0]["tickets"]) if rows else 0


def history(*numbers: int) -> str:
    return "o" + "".join(f" +{number}" for number in numbers)


def counted(replica: Replica, metric: str, **labels: str) -> float:
    """What a metric of this process says, over all labels but these."""
    collected = getattr(replica.metrics, metric).collect()
    found = (sample for family in collected for sample in family.samples if not sample.name.endswith("_created"))
    return sum(float(one.value) for one in found if labels.items() <= one.labels.items())


async def soon(holds: Callable[[], Any], within: float = 15.0, what: str = "it") -> None:
    """Until a condition holds that nothing has to be awaited for."""

    async def asked() -> Any:
        return holds()

    await until(asked, within, what)
