"""The relay: number, then publish, in one loop under one leader.

Numbering gives every event its own consecutive position and the position of the record before it in its
topic-partition, in a write-ahead form: the sequence document names the batch before the commits are stamped, so that
a successor redoes it identically. Publishing sends only what is stamped, in position order. A leader that has been
replaced can repeat what is numbered, byte for byte; it can never number.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import structlog

from shared.kernel.cloudevents import partition_of, read_headers
from shared.kernel.ports import (
    Broker,
    BrokerFault,
    Clock,
    Commit,
    Outgoing,
    Partition,
    RelayStore,
    Sequence_,
    StoreFault,
)

log = structlog.get_logger()

LEASE = 5.0
"""Seconds a leader stays one without renewing; it renews five times as often."""
BATCH = 2_000
"""Commits numbered at once."""
SILENCE = 3.0
"""Seconds after which a process that does not report has its sessions ended."""


class SteppedDown(Exception):
    """This process does not lead any more, or may not number; it takes over again with all checks, or waits."""


class Forked(SteppedDown):
    """The topic holds what this log never numbered: the database is not the one that the topic was written from."""


@dataclass
class Observed:
    """What the relay has to tell; read by metrics and by `gonghui status`."""

    leader: bool = False
    epoch: int = 0
    numbered: int = 0
    published: int = 0
    sent: int = 0
    """Events acknowledged by the broker to this process, re-sent ones included."""
    held_back: int = 0
    fork: bool = False
    lost: int = 0
    """Partitions whose topic ends before what was published: `gonghui relay republish` sends it again."""


class Relay:
    def __init__(
        self,
        *,
        store: RelayStore,
        broker: Broker,
        clock: Clock,
        owner: str,
        topics: Sequence[str],
        partitions: int,
        batch: int = BATCH,
        observed: Observed | None = None,
    ) -> None:
        self._store, self._broker, self._clock = store, broker, clock
        self._owner, self._topics, self._partitions = owner, topics, partitions
        self._batch = batch
        self.observed = observed or Observed()
        self._wake = asyncio.Event()
        self._held_until = 0.0
        self._sequence = Sequence_()
        self._heads: OrderedDict[str, int] = OrderedDict()
        self._ready: list[Commit] = []

    async def run(self) -> None:
        """Lead whenever the lease can be had, for ever; cancel it to stop, and the lease is given back."""
        waking = asyncio.create_task(self._listen())
        try:
            while True:
                try:
                    if await self._renew():
                        await self._lead()
                except (StoreFault, BrokerFault, SteppedDown) as reason:
                    log.warning("relay steps down", reason=type(reason).__name__, detail=str(reason)[:200])
                self.observed.leader = False
                await self._clock.sleep(5.0 if self.observed.fork else 0.5)
        finally:
            waking.cancel()
            self.observed.leader = False
            with suppress(StoreFault):
                await self._store.resign("relay", self._owner)

    async def _listen(self) -> None:
        while True:
            async for _ in self._store.wakes():
                self._wake.set()
            await self._clock.sleep(0.5)

    async def _renew(self) -> bool:
        asked = self._clock.monotonic()
        epoch = await self._store.lead("relay", self._owner, LEASE)
        if epoch is None:
            return False
        if self.observed.leader and epoch != self._sequence.epoch:
            raise SteppedDown("the lease lapsed in between")
        self.observed.epoch = epoch
        self._held_until = asked + LEASE
        return True

    async def _lead(self) -> None:
        await self.take_over(self.observed.epoch)
        self.observed.leader = True
        renewing = asyncio.create_task(self._keep_lease())
        try:
            while not renewing.done():
                if not await self.step():
                    await self._idle()
            await renewing
        finally:
            self.observed.leader = False
            renewing.cancel()
            with suppress(asyncio.CancelledError, StoreFault, SteppedDown):
                await renewing

    async def _keep_lease(self) -> None:
        while True:
            await self._clock.sleep(LEASE / 5)
            if not await self._renew():
                raise SteppedDown("another leads")
            await self._store.end_silent_processes(SILENCE)
            back = await self._store.republish_requested()
            if back is not None:
                raise SteppedDown(f"asked to publish again from {back + 1}")

    async def _idle(self) -> None:
        self._wake.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), 1.0)

    async def take_over(self, epoch: int) -> None:
        """Finish what the former leader had planned, then look whether log and topic tell the same story."""
        sequence = await self._store.take_over(epoch)
        if sequence is None:
            raise SteppedDown("a later epoch leads")
        self._ready.clear()
        self._heads.clear()
        planned = await self._store.commits(sequence.pending)
        if len(planned) != len(sequence.pending):
            raise await self._forked("commits that were numbered are gone from the log")
        redone, tails = assign(planned, sequence.pending_first, sequence.tails, self._partitions)
        await self._store.stamp(redone)
        self._sequence = replace(sequence, tails=tails)
        await self._look_for_fork()
        self.observed.published = sequence.published

    async def _look_for_fork(self) -> None:
        self.observed.lost = 0
        for (topic, number), record in (await self._broker.last_records(self._topics)).items():
            tail = self._sequence.tails.get((topic, number), 0)
            last = read_headers(record) if record else None
            position = last.position if last else 0
            where = f"{topic} partition {number} position {position}"
            if position < tail <= self._sequence.published:
                self.observed.lost += 1
                log.error("the topic ends before what was published", reason=where, expected=tail)
            if last is None:
                continue
            if position >= self._sequence.next:
                raise await self._forked(f"{where} was never numbered by this log")
            known = await self._store.numbered(position - 1, 1)
            if not known or event_at(known[0], position) != last.headers.get("ce_id"):
                raise await self._forked(f"{where} is another event in this log")

    async def _forked(self, reason: str) -> Forked:
        self.observed.fork = True
        await self._store.close_log(f"fork: {reason}")
        log.error("fork of the log", reason=reason)
        return Forked(reason)

    async def step(self) -> bool:
        """Number one batch and publish what is numbered; whether there was anything to do."""
        numbered = await self._number()
        return await self._publish() or numbered

    def _still_leads(self) -> None:
        if self._clock.monotonic() > self._held_until:
            raise SteppedDown("the lease ran out")

    async def _number(self) -> bool:
        self._still_leads()
        batch = await self._in_order(await self._store.pending(self._batch))
        if not batch:
            return False
        before = self._sequence
        stamped, tails = assign(batch, before.next, before.tails, self._partitions)
        planned = replace(
            before,
            next=before.next + sum(len(commit.events) for commit in batch),
            pending=tuple(commit.id for commit in batch),
            pending_first=before.next,
        )
        if not await self._store.plan(before, planned):
            raise SteppedDown("the sequence is not where this leader left it")
        await self._store.stamp(stamped)
        self._sequence = replace(planned, tails=tails)
        for commit in stamped:
            self._heads[commit.stream] = commit.next_version
            self._heads.move_to_end(commit.stream)
        while len(self._heads) > 50_000:
            self._heads.popitem(last=False)
        if self.observed.published == before.next - 1:
            self._ready = stamped
        self.observed.numbered += planned.next - before.next
        return True

    async def _in_order(self, pending: Iterable[Commit]) -> list[Commit]:
        """Leave out the commits of a stream whose predecessor is not there: they wait, all others go on."""
        heads: dict[str, int] = {}
        held: set[str] = set()
        ordered = []
        for commit in pending:
            stream = commit.stream
            if stream in held:
                continue
            expected = heads.get(stream) or self._heads.get(stream) or await self._store.last_numbered(stream)
            if commit.version != expected:
                held.add(stream)
                log.error("stream held back", stream=stream, expected=expected, found=commit.version)
                continue
            heads[stream] = commit.next_version
            ordered.append(commit)
        self.observed.held_back = len(held)
        return ordered

    async def _publish(self) -> bool:
        published = self.observed.published
        ready = self._ready or await self._numbered_already(published)
        if not ready:
            return False
        records = outgoing(ready, published, self._partitions)
        await self._broker.send(records)
        self.observed.sent += len(records)
        last = ready[-1].first_position or 0
        position = last + len(ready[-1].events) - 1
        if not await self._store.published(self._sequence.epoch, position):
            raise SteppedDown("published was moved by another")
        self._ready = []
        self.observed.published = position
        return True

    async def _numbered_already(self, published: int) -> list[Commit]:
        if published >= self._sequence.next - 1:
            return []
        return await self._store.numbered(published, self._batch)


def assign(
    commits: Sequence[Commit], first: int, tails: Mapping[Partition, int], partitions: int
) -> tuple[list[Commit], dict[Partition, int]]:
    """Number commits from `first`: the same commits after the same tails always get the same numbers."""
    after = dict(tails)
    numbered = []
    position = first
    for commit in commits:
        previous = []
        begin = position
        for wire in commit.events:
            partition = (wire.topic, partition_of(wire.key, partitions))
            previous.append(after.get(partition, 0))
            after[partition] = position
            position += 1
        numbered.append(replace(commit, first_position=begin, previous=tuple(previous)))
    return numbered, after


def outgoing(commits: Iterable[Commit], after: int, partitions: int) -> list[Outgoing]:
    """The events of numbered commits that stand after a position, in order."""
    records = []
    for commit in commits:
        position = commit.first_position or 0
        for wire, previous in zip(commit.events, commit.previous, strict=True):
            if position > after:
                records.append(Outgoing(wire, partition_of(wire.key, partitions), position, previous))
            position += 1
    return records


def event_at(commit: Commit, position: int) -> str | None:
    """The id of the event that a commit holds at a position."""
    index = position - (commit.first_position or 0)
    return commit.events[index].headers["ce_id"] if 0 <= index < len(commit.events) else None
