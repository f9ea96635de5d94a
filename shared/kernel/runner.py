"""A runner: one FastStream batch subscriber that feeds a follower, and survives what goes wrong around it.

Rebalance: the partitions are paused and given a provisional offset before anything is awaited, for aiokafka assigns
them before it awaits the listener and would hand out records from the wrong offset meanwhile. Any failure: pause,
reload the checkpoints, seek, back off, resume; FastStream swallows what a handler raises and the consumer has already
moved on, so going on without the seek would skip a batch.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any, cast

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError, OffsetOutOfRangeError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from shared.kernel.follower import Follower, FuseBlown
from shared.kernel.kafka import to_record
from shared.kernel.metrics import Metrics
from shared.kernel.ports import Clock, Fenced, Partition

log = structlog.get_logger()

BATCH = 2_000
"""Records folded in one transaction."""
POLL_MS = 200
"""How long a fetch waits for data; it wakes on data."""
HEARD_MS = 5_000
"""How old the broker's word on the end of a partition may be."""
SESSION_MS = 10_000
FIRST_BACKOFF, LAST_BACKOFF = 0.2, 10.0
FENCED_BACKOFF = 6.0
"""Seconds before a partition is claimed again that another owner has taken: it is probably that one's now."""


class KafkaConsumer:
    """The kernel's `Consumer` port around the subscriber's own consumer."""

    def __init__(self) -> None:
        self.inner: Any = None

    def pause(self, partitions: Iterable[Partition]) -> None:
        self.inner.pause(*self._assigned(partitions))

    def resume(self, partitions: Iterable[Partition]) -> None:
        self.inner.resume(*self._assigned(partitions))

    def seek(self, partition: Partition, offset: int) -> None:
        for assigned in self._assigned([partition]):
            self.inner.seek(assigned, offset)

    async def beginning(self, partitions: Sequence[Partition]) -> dict[Partition, int]:
        wanted = [TopicPartition(*p) for p in partitions]
        if not wanted:
            return {}
        found = await self.inner.beginning_offsets(wanted)
        return {(p.topic, p.partition): offset for p, offset in found.items()}

    def _assigned(self, partitions: Iterable[Partition]) -> list[TopicPartition]:
        mine = self.inner.assignment()
        return [p for p in (TopicPartition(*q) for q in partitions) if p in mine]


class Runner(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(
        self,
        *,
        name: str,
        group: str,
        topics: Sequence[str],
        bootstrap: str,
        security: Mapping[str, Any],
        follower: Follower,
        clock: Clock,
        metrics: Metrics,
        batch: int = BATCH,
    ) -> None:
        assert isinstance(follower.consumer, KafkaConsumer)
        self.name = name
        self.follower, self._consumer = follower, follower.consumer
        self._clock, self._metrics, self._batch = clock, metrics, batch
        self._subscription: dict[str, Any] = {"topics": topics, "group": group, "bootstrap": bootstrap, "security": security}
        self._busy = asyncio.Lock()
        self._assigned: set[Partition] = set()
        self._claimed = False
        self._recovery: asyncio.Task[None] | None = None
        self._oldest: dict[Partition, float] = {}
        """Seconds since 1970 of the oldest record that was fetched and is not applied yet."""
        self.joined = False
        self._broker: KafkaBroker | None = None
        self._subscriber: Any = None

    async def run(self) -> None:
        """Connect, again and again until the broker is there; then follow until cancelled."""
        while True:
            broker = self._connect(**self._subscription)
            try:
                await broker.start()
            except (KafkaError, OSError) as error:
                log.warning("waiting for the broker", runner=self.name, reason=str(error)[:200])
                await broker.stop()
                await self._clock.sleep(2.0)
                continue
            self._broker = broker
            await asyncio.Event().wait()

    def _connect(self, topics: Sequence[str], group: str, bootstrap: str, security: Mapping[str, Any]) -> KafkaBroker:
        broker = KafkaBroker(bootstrap, logger=None, apply_types=False, **_client(security))
        self._subscriber = broker.subscriber(
            *topics,
            group_id=group,
            batch=True,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="none",
            max_records=self._batch,
            batch_timeout_ms=POLL_MS,
            session_timeout_ms=SESSION_MS,
            max_poll_interval_ms=300_000,
            fetch_max_bytes=8 * 1024 * 1024,
            no_reply=True,
            listener=self,
            parser=_raw,
            decoder=_undecoded,
        )
        self._subscriber.get_msg = self._fetch
        self._subscriber(self._handle)
        return broker

    async def stop(self) -> None:
        """Finish the batch, give the partitions back, leave the group."""
        self._stop_recovery()
        async with self._busy:
            if self._assigned and self._consumer.inner is not None:
                self._consumer.pause(self._assigned)
            with suppress(Exception):  # a database that is away must not keep the process from ending
                await self.follower.release()
            self._claimed = False
        if self._broker is not None:
            await self._broker.stop()

    @property
    def healthy(self) -> str | None:
        """Why it does not work now, or None."""
        if not self.joined:
            return f"{self.name}: has not joined its group yet"
        if self.follower.blown:
            return f"{self.name}: fuse blown"
        if self._assigned and not self._claimed:
            return f"{self.name}: partitions are not claimed"
        if self._recovery is not None:
            return f"{self.name}: recovering"
        if any(standing.stopped for standing in self.follower.standing.values()):
            return f"{self.name}: a partition stopped at a fork"
        return None

    # -- rebalance ----------------------------------------------------------------------------------------------

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        self._stop_recovery()
        async with self._busy:
            self._claimed = False
            self._assigned = set()
            with suppress(Exception):  # whoever comes next fences this process anyway
                await self.follower.release()
            self.follower.forget()
            self._oldest.clear()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        consumer: Any = self._subscriber.consumer
        self._consumer.inner = consumer
        consumer.pause(*assigned)
        for partition in assigned:
            consumer.seek(partition, 0)
        self._metrics.rebalances.labels(self.name).inc()
        self._stop_recovery()
        self._assigned = {(p.topic, p.partition) for p in assigned}
        self._claimed = False
        self._recover(0.0)
        self.joined = True

    def _recover(self, backoff: float) -> None:
        if self._recovery is None:
            self._recovery = asyncio.create_task(self._recovering(backoff))

    def _stop_recovery(self) -> None:
        recovery, self._recovery = self._recovery, None
        if recovery is not None:
            recovery.cancel()

    async def _recovering(self, backoff: float) -> None:
        """Claim or reload, seek and resume; again and again until it succeeds."""
        while True:
            await self._clock.sleep(backoff)
            async with self._busy:
                try:
                    offsets = await (self.follower.reload() if self._claimed else self.follower.claim(self._assigned))
                except Fenced:
                    self._metrics.fenced.labels(self.name).inc()
                    self._claimed, backoff = False, FENCED_BACKOFF
                    continue
                except Exception as error:  # whatever it is, the partitions stay paused until it is over
                    log.warning("cannot resume yet", runner=self.name, reason=repr(error)[:300])
                    backoff = min(max(backoff * 2, FIRST_BACKOFF), LAST_BACKOFF)
                    continue
                self._claimed = True
                for partition, offset in offsets.items():
                    self._consumer.seek(partition, offset)
                self._consumer.resume(p for p, s in self.follower.standing.items() if not s.stopped)
                self._recovery = None
                return

    # -- records ------------------------------------------------------------------------------------------------

    async def _fetch(self, consumer: Any) -> tuple[Any, ...]:
        try:
            found = await consumer.getmany(timeout_ms=POLL_MS, max_records=self._batch)
        except OffsetOutOfRangeError as error:
            await self._rewind(consumer, list(error.args[0]))
            return ()
        return tuple(chain(*found.values()))

    async def _rewind(self, consumer: Any, partitions: Sequence[TopicPartition]) -> None:
        """The broker does not hold the offset: the topic was made anew, or cut. Positions decide from its beginning."""
        async with self._busy:
            beginnings = await consumer.beginning_offsets(partitions)
            for partition, offset in beginnings.items():
                log.error(
                    "the topic was made anew or cut",
                    runner=self.name,
                    topic=partition.topic,
                    partition=partition.partition,
                    offset=offset,
                )
                self._metrics.continuity_losses.labels(self.name, partition.topic, str(partition.partition)).inc()
                if (where := (partition.topic, partition.partition)) in self.follower.standing:
                    self.follower.rewind(where, offset)
                with suppress(IllegalStateError):
                    consumer.seek(partition, offset)

    async def _handle(self, records: Sequence[Any]) -> None:
        async with self._busy:
            if not self._claimed or self._recovery is not None:
                return
            batch = [to_record(record) for record in records]
            for record in batch:
                self._oldest.setdefault((record.topic, record.partition), record.timestamp / 1000)
            began = self._clock.monotonic()
            try:
                await self.follower.batch(batch)
            except FuseBlown:
                self._consumer.pause(self._assigned)
            except Exception as error:  # all of the batch, or nothing of it, whatever went wrong
                self._fail(error)
            else:
                self._applied(len(batch), self._clock.monotonic() - began)

    def _fail(self, error: Exception) -> None:
        log.warning("batch failed", runner=self.name, reason=repr(error)[:300])
        self._metrics.batches_failed.labels(self.name).inc()
        self._consumer.pause(self._assigned)
        if isinstance(error, Fenced):
            self._metrics.fenced.labels(self.name).inc()
            self._claimed = False
            self._recover(FENCED_BACKOFF)
        else:
            self._recover(FIRST_BACKOFF)

    def _applied(self, events: int, seconds: float) -> None:
        self._metrics.batch_events.labels(self.name).observe(events)
        self._metrics.batch_seconds.labels(self.name).observe(seconds)
        now = self._clock.now().timestamp()
        if self._oldest:
            self._metrics.event_visible_seconds.labels(self.name).observe(max(0.0, now - min(self._oldest.values())))
        self._oldest.clear()

    # -- once a second ------------------------------------------------------------------------------------------

    async def tick(self) -> None:
        """What operators asked for, what waits, how far it is; and an advisory offset for the broker's lag tools."""
        async with self._busy:
            if not self._claimed or self._recovery is not None:
                return
            try:
                await self.follower.tend()
                ends = [partition for partition in self.follower.standing if self.lag(partition) == 0]
                await self.follower.store.standing([self.follower.checkpoint_id(p) for p in ends])
            except Exception as error:  # as with a batch: the checkpoints tell what became true
                self._fail(error)
        for row in self.report():
            where = (self.name, row["topic"], str(row["partition"]))
            self._metrics.runner_next_offset.labels(*where).set(row["next_offset"])
            self._metrics.runner_high_watermark.labels(*where).set(row["next_offset"] + row["lag_records"])
            self._metrics.runner_lag_records.labels(*where).set(row["lag_records"])
            self._metrics.runner_lag_seconds.labels(*where).set(row["lag_seconds"])
        await self._tell_the_broker()

    async def _tell_the_broker(self) -> None:
        offsets = {TopicPartition(*p): s.next_offset for p, s in self.follower.standing.items()}
        with suppress(KafkaError, IllegalStateError):
            if offsets:
                await self._consumer.inner.commit(offsets)

    def lag(self, partition: Partition) -> int | None:
        """Records that are in the topic and not applied; None while the broker has not told for a while."""
        where = TopicPartition(*partition)
        consumer = self._consumer.inner
        if where not in consumer.assignment():
            return None
        end: int | None = consumer.highwater(where)
        heard = consumer.last_poll_timestamp(where) or 0
        if end is None or time.time() * 1000 - heard > HEARD_MS:
            return None
        return max(0, end - self.follower.standing[partition].next_offset)

    def report(self) -> list[dict[str, Any]]:
        """For `/status`: where each partition stands."""
        now = self._clock.now().timestamp()
        return [
            {
                "runner": self.name,
                "topic": partition[0],
                "partition": partition[1],
                "next_offset": standing.next_offset,
                "lag_records": self.lag(partition) or 0,
                "lag_seconds": round(max(0.0, now - self._oldest.get(partition, now)), 3),
                "position": standing.last,
                "state": "stopped" if standing.stopped else "lost" if standing.lost else "following",
            }
            for partition, standing in sorted(self.follower.standing.items())
        ]


async def _raw(records: Any) -> Any:
    """A message around the records as they are: FastStream's own batch parser decodes every header, and may raise."""
    return KafkaMessage(body=b"", raw_message=records, headers={}, consumer=cast("Any", None))


async def _undecoded(message: Any) -> Any:
    return message.raw_message


def _client(security: Mapping[str, Any]) -> dict[str, Any]:
    """aiokafka's security keywords as FastStream takes them."""
    from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

    protocol = security.get("security_protocol", "PLAINTEXT")
    context = security.get("ssl_context")
    if protocol.startswith("SASL"):
        kinds = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
        make = kinds[security["sasl_mechanism"]]
        secured = make(
            username=security["sasl_plain_username"],
            password=security["sasl_plain_password"],
            use_ssl=protocol == "SASL_SSL",
            ssl_context=context,
        )
        return {"security": secured}
    return {"security": BaseSecurity(use_ssl=True, ssl_context=context)} if protocol == "SSL" else {}
