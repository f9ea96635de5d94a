"""Kafka behind the kernel's `Broker` port: an idempotent producer that is made anew after any failure.

A partition is given one batch at a time, the next one only when that is acknowledged. Whatever a producer that failed
may still deliver is therefore what its successor sends first: a repetition, never a record ahead of its predecessor.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from shared.kernel.cloudevents import read_position, record_headers
from shared.kernel.ports import BrokerFault, Outgoing, Partition, Record
from shared.kernel.topics import partitions_of

SEND_TIMEOUT = 30.0
"""Seconds until all records of one call must be acknowledged."""
LARGEST_BATCH = 512 * 1024
"""Bytes for one partition in one request; a topic takes twice as much."""


class KafkaBroker:
    """`Broker`."""

    def __init__(self, bootstrap: str, security: Mapping[str, Any], partitions: int) -> None:
        self._partitions = partitions
        self._settings = {"bootstrap_servers": bootstrap, **security}
        self._producer: Any = None

    async def send(self, records: Sequence[Outgoing]) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                producer = self._producer or await self._start()
                while records:
                    records = await _send_round(producer, records)
        except (KafkaError, TimeoutError, OSError) as error:
            await self._discard()
            raise BrokerFault(f"{type(error).__name__}: {error}") from error
        except asyncio.CancelledError:
            await self._discard()
            raise

    async def _start(self) -> Any:
        producer = AIOKafkaProducer(
            **self._settings,
            enable_idempotence=True,
            acks="all",
            linger_ms=0,
            max_batch_size=LARGEST_BATCH,
            request_timeout_ms=10_000,
            retry_backoff_ms=50,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer
        return producer

    async def _discard(self) -> None:
        """End the producer without `stop`, which would first deliver, for ever if need be, what it still holds."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        if (sender := producer._sender.sender_task) is not None:
            sender.cancel()
        with suppress(KafkaError, TimeoutError, OSError):
            async with asyncio.timeout(2):
                await producer.client.close()
        producer._closed = True

    async def last_records(self, topics: Sequence[str], back: int = 20) -> dict[Partition, Record | None]:
        partitions = [TopicPartition(*partition) for partition in partitions_of(topics, self._partitions)]
        consumer = AIOKafkaConsumer(**self._settings, enable_auto_commit=False, auto_offset_reset="none")
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                await consumer.start()
                return await _last_records(consumer, partitions, back)
        except (KafkaError, TimeoutError, OSError) as error:
            raise BrokerFault(f"{type(error).__name__}: {error}") from error
        finally:
            await consumer.stop()

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(5):
                    await producer.stop()


async def _send_round(producer: Any, records: Sequence[Outgoing]) -> list[Outgoing]:
    """Hand each partition one batch and wait until all are acknowledged; what did not fit in is for the next round."""
    batches: dict[Partition, Any] = {}
    later = []
    for record in records:
        wire = record.wire
        partition = (wire.topic, record.partition)
        batch = batches.get(partition)
        if batch is None:
            batch = batches[partition] = producer.create_batch()
        moment, headers = _milliseconds(wire.headers["ce_time"]), record_headers(record)
        if batch.append(timestamp=moment, key=wire.key.encode(), value=wire.body, headers=headers) is None:
            later.append(record)
    acknowledged = []
    for (topic, number), batch in batches.items():
        if number not in await producer.partitions_for(topic):
            raise UnknownTopicOrPartitionError(f"{topic} {number}")
        acknowledged.append(await producer.send_batch(batch, topic, partition=number))
    for outcome in await asyncio.gather(*acknowledged, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
    return later


def _milliseconds(moment: str) -> int:
    """A record's own time is that of its event, whenever it is sent."""
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


async def _last_records(
    consumer: Any, partitions: Sequence[TopicPartition], back: int
) -> dict[Partition, Record | None]:
    beginnings, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
    highest: dict[Partition, int] = {}
    last: dict[Partition, Record | None] = dict.fromkeys((p.topic, p.partition) for p in partitions)
    wanted = {p: ends[p] for p in partitions if ends[p] > beginnings[p]}
    consumer.assign(list(wanted))
    for partition, end in wanted.items():
        consumer.seek(partition, max(beginnings[partition], end - back))
    while wanted:
        for partition, found in (await consumer.getmany(timeout_ms=500)).items():
            where = (partition.topic, partition.partition)
            for record in found:
                read = read_position(record.headers)
                if read is not None and read[0] >= highest.get(where, 0):
                    highest[where], last[where] = read[0], to_record(record)
            if found[-1].offset >= wanted[partition] - 1:
                consumer.pause(partition)
                del wanted[partition]
    return last


def to_record(record: Any) -> Record:
    return Record(
        record.topic, record.partition, record.offset, record.key, record.value, record.headers, record.timestamp
    )
