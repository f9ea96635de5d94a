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
from typing import Any, cast

import structlog

from shared.kernel.cloudevents import partition_of, read_position
from shared.kernel.ports import (
    Broker,
    BrokerFault,
    Clock,
    Commit,
    Outgoing,
    Partition,
    Record,
    RelayStore,
    Sequence_,
    StoreFault,
    Wire,
)
from shared.kernel.topics import partition_count

log = structlog.get_logger()

LEASE = 5.0
"""Seconds a leader stays one without renewing; it renews five times as often."""
BATCH = 2_000
"""Commits numbered at once."""
REMEMBERED = 50_000
"""Streams whose last numbered version is known without looking."""
PACE = 0.025
"""Seconds from one look at the log to the next while there is little: what comes in between is numbered, published and
applied together, for every look costs all who follow about as much whether it finds one commit or twenty."""
MUCH = 256
"""Commits in one batch after which the next look follows at once."""
QUIET = 0.2
"""Seconds after the last commit for which the log is looked at; later an append wakes the relay."""
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
        self._held_until = 0.0
        self._sequence = Sequence_()
        self._heads: OrderedDict[str, int] = OrderedDict()
        self._held: set[str] = set()
        self._alarmed: set[str] = set()
        self._ahead: asyncio.Task[tuple[list[Commit], Any]] | None = None
        self._ready: list[Commit] = []
        """Stamped commits that follow what is published, read or numbered ahead."""
        self._worked = 0.0
        self._not_before = 0.0
        """When the log is looked at next."""

    async def run(self) -> None:
        """Lead whenever the lease can be had, for ever; cancel it to stop, and the lease is given back."""
        try:
            while True:
                try:
                    if await self._renew():
                        await self._lead()
                except (StoreFault, BrokerFault, SteppedDown) as reason:
                    log.warning("relay steps down", reason=type(reason).__name__, detail=str(reason)[:200])
                await self._clock.sleep(5.0 if self.observed.fork else 0.5)
        finally:
            with suppress(StoreFault):
                await self._store.resign("relay", self._owner)

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
        keeping = asyncio.create_task(self._keep_lease())
        try:
            while not keeping.done():
                if not await self.step():
                    await self._idle()
            await keeping
        finally:
            self.observed.leader = False
            self._forget_what_was_read()
            keeping.cancel()
            with suppress(asyncio.CancelledError, StoreFault, SteppedDown):
                await keeping

    async def _keep_lease(self) -> None:
        while True:
            await self._store.end_silent_processes(SILENCE)
            await self._clock.sleep(LEASE / 5)
            if not await self._renew():
                raise SteppedDown("another leads")
            begun = self._sequence.next
            if (await self._store.sequence()).next < begun:
                raise SteppedDown("the log is older than it was")
            back = await self._store.republish_requested()
            if back is not None:
                raise SteppedDown(f"asked to publish again from {back + 1}")

    async def _idle(self) -> None:
        """Look again soon after there was something to do; when it is quiet, wait to be woken."""
        if self._clock.monotonic() - self._worked >= QUIET:
            await self._store.appended()

    async def take_over(self, epoch: int) -> None:
        """Finish what the former leader had planned, then look whether log and topic tell the same story."""
        self.observed.epoch = epoch
        await self._store.republish_requested()
        sequence = await self._store.take_over(epoch)
        if sequence is None:
            raise SteppedDown("a later epoch leads")
        self._forget_what_was_read()
        planned = await self._store.commits(sequence.pending)
        if len(planned) != len(sequence.pending):
            raise await self._forked("commits that were numbered are gone from the log")
        redone, tails = assign(planned, sequence.pending_first, sequence.tails, self._partitions)
        await self._store.stamp(redone)
        self._sequence = replace(sequence, tails=tails)
        await self._look_for_fork(sequence)
        self.observed.fork = False
        self.observed.published = sequence.published

    async def _look_for_fork(self, sequence: Sequence_) -> None:
        found = await self._broker.last_records(self._topics)
        if self._lost(found, sequence):  # or a zombie has repeated old records there: look behind them
            found = await self._broker.last_records(self._topics, 2 * self._batch)
        lost = self._lost(found, sequence)
        for topic, number in lost:
            log.error("the topic ends before what was published", topic=topic, partition=number)
        self.observed.lost = len(lost)
        for (topic, number), record in found.items():
            position = _position(record)
            if record is None:
                continue
            where = f"{topic} partition {number} position {position}"
            if position >= sequence.next:
                raise await self._forked(f"{where} was never numbered by this log")
            known = await self._store.numbered(position - 1, 1)
            if not known or event_at(known[0], position) != dict(record.headers).get("ce_id"):
                raise await self._forked(f"{where} is another event in this log")

    def _lost(self, found: Mapping[Partition, Record | None], sequence: Sequence_) -> list[Partition]:
        """Partitions that end before the last position which is known to have been published there."""
        tails = self._sequence.tails
        known = {p: tails[p] if tails[p] <= sequence.published else sequence.tails.get(p, 0) for p in tails}
        return [p for p, record in found.items() if _position(record) < known.get(p, 0) <= sequence.published]

    async def _forked(self, reason: str) -> Forked:
        """One that fell asleep while it took over wakes to a topic that its successor has gone on with: no fork."""
        if (await self._store.sequence()).epoch > self.observed.epoch:
            raise SteppedDown("a later epoch leads")
        self.observed.fork = True
        await self._store.close_log(f"fork: {reason}")
        log.error("fork of the log", reason=reason)
        return Forked(reason)

    async def step(self) -> bool:
        """Publish what is ready while the next batch is numbered; whether there was anything to do."""
        ready, self._ready = self._ready, []
        published, following = await asyncio.gather(
            self._publish(ready), self._following(ready), return_exceptions=True
        )
        for fault in (published, following):
            if isinstance(fault, BaseException):
                raise fault
        self._ready = cast("list[Commit]", following)
        if ready or self._ready:
            self._worked = self._clock.monotonic()
        return bool(ready or self._ready)

    async def _following(self, ready: Sequence[Commit]) -> list[Commit]:
        """The stamped commits that follow these: read where they are numbered already, else numbered now."""
        end = last_position(ready[-1]) if ready else self.observed.published
        if end == self._sequence.next - 1:
            return await self._number()
        found = await self._store.numbered(end, self._batch)
        if not found:
            raise await self._forked(f"position {end + 1} is gone from the log")
        return found

    async def _paced(self) -> None:
        """Wait until it is time to look at the log again."""
        if (early := self._not_before - self._clock.monotonic()) > 0:
            await self._clock.sleep(early)
        self._not_before = self._clock.monotonic() + PACE

    async def _number(self) -> list[Commit]:
        await self._paced()
        if self._clock.monotonic() > self._held_until:
            raise SteppedDown("the lease ran out")
        batch = await self._next_in_order()
        if len(batch) >= MUCH:
            self._not_before = 0.0
        if not batch:
            return []
        before = self._sequence
        if not {commit.id for commit in batch}.isdisjoint(before.pending):
            raise SteppedDown("the log is older than it was")  # what it numbered last is un-numbered again
        stamped, tails = assign(batch, before.next, before.tails, self._partitions)
        planned = replace(
            before,
            next=last_position(stamped[-1]) + 1,
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
        while len(self._heads) > REMEMBERED:
            self._heads.popitem(last=False)
        self.observed.numbered += planned.next - before.next
        return stamped

    async def _next_in_order(self) -> list[Commit]:
        """What is pending, without the streams whose next commit is missing: they wait, all others go on."""
        while True:
            if self._ahead is None:
                self._alarmed, self._held = self._held, set()
            pending, end = await (self._ahead or self._store.pending(self._batch))
            self._ahead = None
            if len(pending) == self._batch:  # a log that is behind is read ahead, while this batch is numbered
                self._ahead = asyncio.create_task(self._store.pending(self._batch, end))
            batch = await self._in_order(pending)
            if batch or not pending:
                return batch
            self._ahead = self._ahead or asyncio.create_task(self._store.pending(self._batch, end))

    async def _in_order(self, pending: Sequence[Commit]) -> list[Commit]:
        unknown = list({c.stream for c in pending if c.version > 1} - self._heads.keys())
        heads = dict(zip(unknown, await asyncio.gather(*map(self._store.last_numbered, unknown)), strict=True))
        ordered, held = [], self._held
        for commit in pending:
            stream = commit.stream
            if stream in held:
                continue
            if commit.version != (heads.get(stream) or self._heads.get(stream, 1)):
                held.add(stream)
                if stream not in self._alarmed:
                    log.error("stream held back", stream=stream)
                continue
            heads[stream] = commit.next_version
            ordered.append(commit)
        self.observed.held_back = len(held)
        return ordered

    def _forget_what_was_read(self) -> None:
        self._ready.clear()
        self._heads.clear()
        self.observed.held_back = 0
        if self._ahead is not None:
            self._ahead.cancel()
            self._ahead.add_done_callback(lambda read: read.cancelled() or read.exception())
            self._ahead = None

    async def _publish(self, ready: Sequence[Commit]) -> None:
        if not ready:
            return
        published, end = self.observed.published, last_position(ready[-1])
        records = outgoing(ready, published, self._partitions)
        if [record.position for record in records] != list(range(published + 1, end + 1)):
            raise await self._forked(f"a position between {published + 1} and {end} is gone from the log")
        await self._broker.send(records)
        self.observed.sent += len(records)
        if not await self._store.published(self._sequence.epoch, published, end):
            raise SteppedDown("published was moved by another")
        self.observed.published = end


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
            partition = (wire.topic, _partition(wire, partitions))
            previous.append(after.get(partition, 0))
            after[partition] = position
            position += 1
        numbered.append(_stamped(commit, begin, tuple(previous)))
    return numbered, after


def _stamped(commit: Commit, first_position: int, previous: tuple[int, ...]) -> Commit:
    """As `dataclasses.replace`, which would take a fifth of the relay's time."""
    stamped = object.__new__(Commit)
    stamped.__dict__.update(commit.__dict__, first_position=first_position, previous=previous)
    return stamped


def outgoing(commits: Iterable[Commit], after: int, partitions: int) -> list[Outgoing]:
    """The events of numbered commits that stand after a position, in order."""
    records = []
    for commit in commits:
        position = commit.first_position or 0
        for wire, previous in zip(commit.events, commit.previous, strict=True):
            if position > after:
                records.append(Outgoing(wire, _partition(wire, partitions), position, previous))
            position += 1
    return records


def _partition(wire: Wire, partitions: int) -> int:
    return partition_of(wire.key, partition_count(wire.topic, partitions))


def last_position(commit: Commit) -> int:
    return (commit.first_position or 0) + len(commit.events) - 1


def event_at(commit: Commit, position: int) -> bytes | None:
    """The id of the event that a commit holds at a position."""
    index = position - (commit.first_position or 0)
    return commit.events[index].headers["ce_id"].encode() if 0 <= index < len(commit.events) else None


def _position(record: Record | None) -> int:
    read = read_position(record.headers) if record else None
    return read[0] if read else 0
