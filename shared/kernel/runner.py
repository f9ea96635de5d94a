"""A runner: one FastStream batch subscriber that feeds a follower, and survives what goes wrong around it.

Rebalance: the partitions are paused and given a provisional offset before anything is awaited, for aiokafka assigns
them before it awaits the listener and would hand out records from the wrong offset meanwhile. Any failure: pause,
reload the checkpoints, seek, back off, resume; FastStream swallows what a handler raises and the consumer has already
moved on, so going on without the seek would skip a batch.
"""

import asyncio
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import chain
from typing import Any, cast

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError, OffsetOutOfRangeError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from shared.kernel.follower import Follower, FuseBlown, Plan
from shared.kernel.metrics import Metrics
from shared.kernel.ports import Clock, Fenced, Partition, StoreFault

log = structlog.get_logger()

BATCH = 3_000
"""Records folded in one transaction."""
POLL_MS = 1_000
"""How long a fetch waits for data, here and at the broker; it wakes on data."""
HEARD_MS = 3_000
"""How old the broker's word on the end of a partition may be."""
SESSION_MS, HEARTBEAT_MS = 10_000, 1_000
"""A dead member is missed after the first, a rebalance heard of after the second."""
TOPICS_MS = 10_000
"""How often it is looked whether topics have come or gone."""
FIRST_BACKOFF, LAST_BACKOFF = 0.2, 10.0
FENCED_BACKOFF = 6.0
"""Seconds before a partition is claimed again that another owner has taken: it is probably that one's now."""
BEHIND = 60.0
"""Seconds that a runner may be behind and still be called ready."""
SWITCH = 0.0005
"""Seconds after which a batch that is being taken lets a thread of the driver have a word; Python's own 5 ms, several
times a batch, made a tenth of the whole."""
TELLING = 2.0
"""Seconds for the broker to take note of advisory offsets."""


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
        found = await self.inner.beginning_offsets(wanted) if wanted else {}
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
        self._topics, self._group = list(topics), group
        self._bootstrap, self._security = bootstrap, security
        self._busy = asyncio.Lock()
        self._assigned: set[Partition] = set()
        self._claimed = self._stopping = False
        self._recovery: asyncio.Task[None] | None = None
        self._applying: asyncio.Task[None] | None = None
        """The batch that is on its way to the database."""
        self._heads: dict[Partition, float] = {}
        """Of the batch that was fetched last, when the first event of each partition was written."""
        self._oldest: dict[Partition, float] = {}
        """Seconds since 1970 of the oldest event that is being applied."""
        self._newest: dict[Partition, float] = {}
        """When the partition was last known to be applied to its end, or the time of the last event applied."""
        self._told: dict[Partition, int] = {}
        self.joined = False
        self._broker: KafkaBroker | None = None
        self._subscriber: Any = None

    async def run(self) -> None:
        """Connect, again and again until database and broker are there; then follow until cancelled."""
        while True:
            self._broker = broker = self._connect()
            try:
                await self.follower.begin(self._topics)
                await broker.start()
                break
            except (KafkaError, OSError, StoreFault) as error:
                log.warning("waiting for database and broker", runner=self.name, reason=repr(error)[:200])
                await broker.stop()
                await self._clock.sleep(2.0)
        sys.setswitchinterval(SWITCH)
        await asyncio.Event().wait()

    def _connect(self) -> KafkaBroker:
        broker = KafkaBroker(
            self._bootstrap,
            logger=None,
            apply_types=False,
            consumer_only=True,
            allow_auto_create_topics=False,
            metadata_max_age_ms=TOPICS_MS,
            **_client(self._security),
        )
        self._subscriber = broker.subscriber(
            *self._topics,
            group_id=self._group,
            batch=True,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="none",
            max_records=self._batch,
            batch_timeout_ms=POLL_MS,
            fetch_max_wait_ms=POLL_MS,
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=HEARTBEAT_MS,
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
        self._stopping = True
        self._stop_recovery()
        async with self._busy:
            self._claimed = False
            if self._assigned and self._consumer.inner is not None:
                self._consumer.pause(self._assigned)
            await self._applied_or_not()
            with suppress(Exception):  # a database that is away must not keep the process from ending
                await self.follower.release()
        if self._broker is not None:
            await self._broker.stop()

    @property
    def healthy(self) -> str | None:
        """Why it does not work now, or None."""
        standings = self.follower.standing.values()
        reasons = {
            "has not joined its group yet": not self.joined,
            "fuse blown": self.follower.blown,
            "partitions are not claimed": bool(self._assigned) and not self._claimed,
            "recovering": self._recovery is not None,
            "a partition stopped at a fork": any(standing.stopped for standing in standings),
            "a partition waits for what was lost": any(standing.lost for standing in standings),
            self.follower.behind or "": self.follower.behind is not None,
            f"more than {BEHIND:.0f} s behind": any(self._age(partition) > BEHIND for partition in self._assigned),
        }
        return next((f"{self.name}: {reason}" for reason, holds in reasons.items() if holds), None)

    # -- rebalance ----------------------------------------------------------------------------------------------

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        self._stop_recovery()
        async with self._busy:
            self._claimed = False
            self._assigned = set()
            await self._applied_or_not()
            self._stop_recovery()  # which the last batch may have asked for
            with suppress(Exception):  # whoever comes next fences this process anyway
                await self.follower.release()
            self.follower.forget()
            self._oldest.clear()
            self._newest.clear()
            self._told.clear()

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
        if self._recovery is None and not self._stopping:
            self._recovery = asyncio.create_task(self._recovering(backoff))

    def _stop_recovery(self) -> None:
        recovery, self._recovery = self._recovery, None
        if recovery is not None:
            self._claimed = False  # what has failed was not read again: nothing behind it may be applied
            recovery.cancel()

    async def _recovering(self, backoff: float) -> None:
        """Claim or reload, seek and resume; again and again until it succeeds."""
        while True:
            await self._clock.sleep(backoff)
            async with self._busy:
                await self._applied_or_not()
                try:
                    offsets = await (self.follower.reload() if self._claimed else self.follower.claim(self._assigned))
                except Fenced:
                    self._metrics.fenced.labels(self.name).inc()
                    self._claimed, backoff = False, FENCED_BACKOFF
                    self.follower.forget()
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
            async with self._busy:
                await self._applied_or_not()
                await self.follower.read_anew((p.topic, p.partition) for p in error.args[0])
            return ()
        self._heads = {(where.topic, where.partition): written(records[0]) for where, records in found.items()}
        return tuple(chain.from_iterable(found.values()))

    async def _handle(self, records: Sequence[Any]) -> None:
        """Take a batch, and fold ahead what can be, while the one before it is being applied; at most one waits."""
        async with self._busy:
            if not self._following:
                return
            began = self._clock.monotonic()
            try:
                plan = self.follower.take(records)  # aiokafka's own records will do: copies would cost
                await asyncio.sleep(0)  # the batch that is on its way may need a word
                await self.follower.fold_ahead(plan)
                await asyncio.sleep(0)
            except FuseBlown:
                self._consumer.pause(self._assigned)
                return
            except Exception as error:  # all of the batch, or nothing of it, whatever went wrong
                self._fail(error)
                return
            await self._applied_or_not()
            if self._following:
                self._oldest = self._heads | self._oldest
                self._applying = asyncio.create_task(self._apply(plan, len(records), began))
                await asyncio.sleep(0)  # until it waits for the database: what comes next is taken meanwhile
                if plan.anew:  # what comes next is read from another place
                    await self._applied_or_not()

    @property
    def _following(self) -> bool:
        return self._claimed and self._recovery is None

    async def _applied_or_not(self) -> None:
        """Until no batch is on its way any more. If it failed, `_following` says no from then on."""
        if self._applying is not None:
            await asyncio.wait([self._applying])  # whoever gives up waiting does not give up the batch
            self._applying = None

    async def _apply(self, plan: Plan, records: int, began: float) -> None:
        try:
            await self.follower.apply(plan)
        except FuseBlown:
            self._consumer.pause(self._assigned)
        except Exception as error:  # all of the batch, or nothing of it, whatever went wrong
            self._fail(error)
        else:
            self._applied(records, self._clock.monotonic() - began)

    def _fail(self, error: Exception) -> None:
        """Read again from the checkpoints; whether another owner has taken a partition they will tell."""
        log.warning("batch failed", runner=self.name, reason=repr(error)[:300])
        self._metrics.batches_failed.labels(self.name).inc()
        self._consumer.pause(self._assigned)
        self._claimed = self._claimed and not self._stopping  # whoever stops applies nothing behind what has failed
        self._recover(FIRST_BACKOFF)

    def _applied(self, records: int, seconds: float) -> None:
        self._metrics.batch_events.labels(self.name).observe(records)
        self._metrics.batch_seconds.labels(self.name).observe(seconds)
        now = self._clock.now().timestamp()
        for partition, oldest in self._oldest.items():
            self._metrics.event_visible_seconds.labels(self.name).observe(max(0.0, now - oldest))
            self._newest[partition] = oldest
        self._oldest.clear()

    # -- once a second ------------------------------------------------------------------------------------------

    async def tick(self) -> None:
        """What operators asked for, what waits, how far it is; and an advisory offset for the broker's lag tools."""
        async with self._busy:
            await self._applied_or_not()
            if not self._following:
                return
            now = self._clock.now().timestamp()
            try:
                await self.follower.tend()
                ends = [partition for partition in self.follower.standing if self.lag(partition) == 0]
                await self.follower.stand(ends)
            except Exception as error:  # as with a batch: the checkpoints tell what became true
                self._fail(error)
                return
            self._newest.update(dict.fromkeys(ends, now))
        for row in self.report():
            where = (self.name, row["topic"], str(row["partition"]))
            self._metrics.runner_next_offset.labels(*where).set(row["next_offset"])
            self._metrics.runner_high_watermark.labels(*where).set(row["next_offset"] + row["lag_records"])
            self._metrics.runner_lag_records.labels(*where).set(row["lag_records"])
            self._metrics.runner_lag_seconds.labels(*where).set(row["lag_seconds"])
        await self._tell_the_broker()

    async def _tell_the_broker(self) -> None:
        at = {partition: standing.done.offset for partition, standing in self.follower.standing.items()}
        news = {partition: offset for partition, offset in at.items() if self._told.get(partition) != offset}
        with suppress(KafkaError, IllegalStateError, TimeoutError):
            if news:
                async with asyncio.timeout(TELLING):
                    await self._consumer.inner.commit({TopicPartition(*p): offset for p, offset in news.items()})
                self._told |= news

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
        return max(0, end - self.follower.standing[partition].resume)

    def _age(self, partition: Partition) -> float:
        """Seconds by which it is behind: the age of the next event that is not applied, as far as it is known."""
        if partition not in self.follower.standing or not self.lag(partition):
            return 0.0
        now = self._clock.now().timestamp()
        return max(0.0, now - self._oldest.get(partition, self._newest.get(partition, now)))

    def report(self) -> list[dict[str, Any]]:
        """For `/status`: where each partition stands."""
        return [
            {
                "runner": self.name,
                "topic": partition[0],
                "partition": partition[1],
                "next_offset": standing.done.offset,
                "lag_records": self.lag(partition) or 0,
                "lag_seconds": round(self._age(partition), 3),
                "position": standing.done.last,
                "state": "stopped" if standing.stopped else "lost" if standing.lost else "following",
            }
            for partition, standing in sorted(self.follower.standing.items())
        ]


def written(record: Any) -> float:
    """When an event was recorded, in seconds since 1970; when it was sent, if it does not tell."""
    try:
        return datetime.fromisoformat(dict(record.headers)["ce_time"].decode()).timestamp()
    except (KeyError, ValueError, AttributeError):
        return float(record.timestamp) / 1000


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
