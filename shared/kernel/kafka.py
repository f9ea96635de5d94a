"""Kafka behind the kernel's `Broker` port: an idempotent producer that is made anew after any failure."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from shared.kernel.cloudevents import read_position, record_headers
from shared.kernel.ports import BrokerFault, Outgoing, Partition, Record

LOOK_BACK = 20
"""Records from the end of a partition among which the newest that carries a position is looked for."""
SEND_TIMEOUT = 30.0
"""Seconds until all records of one batch must be acknowledged."""


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
                acknowledged = [
                    await producer.send(
                        record.wire.topic,
                        value=record.wire.body,
                        key=record.wire.key.encode(),
                        partition=record.partition,
                        headers=record_headers(record),
                    )
                    for record in records
                ]
                for one in acknowledged:
                    await one
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
            max_batch_size=256 * 1024,
            max_request_size=1024 * 1024,
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
        """Whatever this producer still holds must never be sent behind what comes next."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        sender = producer._sender._sender_task
        if sender is not None:
            sender.cancel()
        with suppress(KafkaError, TimeoutError, OSError, asyncio.CancelledError):
            async with asyncio.timeout(2):
                await producer.client.close()
        producer._closed = True

    async def last_records(self, topics: Sequence[str]) -> dict[Partition, Record | None]:
        partitions = [TopicPartition(topic, number) for topic in topics for number in range(self._partitions)]
        consumer = AIOKafkaConsumer(**self._settings, enable_auto_commit=False, auto_offset_reset="none")
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                await consumer.start()
                return await _last_records(consumer, partitions)
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


async def _last_records(consumer: Any, partitions: Sequence[TopicPartition]) -> dict[Partition, Record | None]:
    beginnings, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
    last: dict[Partition, Record | None] = dict.fromkeys((p.topic, p.partition) for p in partitions)
    wanted = {p: ends[p] for p in partitions if ends[p] > beginnings[p]}
    consumer.assign(list(wanted))
    for partition, end in wanted.items():
        consumer.seek(partition, max(beginnings[partition], end - LOOK_BACK))
    while wanted:
        for partition, found in (await consumer.getmany(timeout_ms=500)).items():
            for record in found:
                if read_position(record.headers) is not None:
                    last[record.topic, record.partition] = to_record(record)
            if found[-1].offset >= wanted[partition] - 1:
                consumer.pause(partition)
                del wanted[partition]
    return last


def to_record(record: Any) -> Record:
    return Record(
        record.topic, record.partition, record.offset, record.key, record.value, record.headers, record.timestamp
    )
