"""Following a topic: what comes next in each partition, what is parked, and how far the effects have been committed.

The truth about progress is a checkpoint in the database, moved by compare-and-set in the transaction of the effects.
`Projector` (views) and `Reactor` (reactions) say what the effects are.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any

import structlog

from shared.kernel.cloudevents import Unreadable, read_headers, read_position
from shared.kernel.continuity import Verdict, judge
from shared.kernel.event import REGISTRY, Event, UnknownVersion
from shared.kernel.metrics import Metrics
from shared.kernel.ports import Checkpoint, Consumer, Document, End, Fenced, Move, Partition, Record, ViewStore
from shared.kernel.quarantine import Held, Quarantine, Step, held_by

log = structlog.get_logger()

FUSE_WINDOW = 200
"""Records looked back on; the fuse blows when half of them, and at least FUSE_LEAST, were poison."""
FUSE_LEAST = 20
ALARMS = {
    Verdict.LOSS: "loss: records are missing from the topic; `gonghui relay republish` sends them again",
    Verdict.FORK: "fork: the topic tells another history than the one applied here; this partition stops",
    Verdict.FOREIGN: "foreign: a log that nobody has accepted; this partition stops until `gonghui continuity accept`",
}
ANEW = "the topic was made anew or cut; its positions decide from its beginning"


class FuseBlown(Exception):
    """Poison is the rule, not the exception: the runner stops until somebody has looked."""


@dataclass
class Standing:
    """Where this process stands in one partition."""

    id: str
    epoch: int
    done: End
    """As the checkpoint has it."""
    resume: int
    """Where reading goes on after a failure; differs from `done` only where a topic was made anew and positions must
    decide."""
    taken: End
    """After the records that were taken last: ahead of `done` while these are being applied."""
    seen: int = 0
    """The highest position that came and was not next."""
    stopped: bool = False
    """A fork, or an incarnation nobody accepted."""
    alarmed: tuple[Verdict, int | None, int] | None = None
    """What the alarm was raised for last: reading it once more is not news."""

    @property
    def lost(self) -> bool:
        """A loss was found, and what came behind it is not applied yet: the checkpoint keeps an offset before that."""
        return self.seen > (self.taken.last or 0)


@dataclass
class Plan:
    """What a batch amounts to: the steps to apply in order, and where the partitions stand after all of them."""

    steps: list[Step] = field(default_factory=list)
    ends: dict[Partition, End] = field(default_factory=dict)
    wanted: list[Any] = field(default_factory=list)
    """What the follower makes of the steps: all of it at first, later what was not folded ahead."""
    folded: Any = None
    """What was folded ahead comes to."""
    anew: list[Partition] = field(default_factory=list)
    """Partitions whose topic is not the one that was read before: nothing more is taken from them until they are read
    from their beginning, once this is applied."""


class Follower:
    """Base of projector and reactor: claims partitions, judges records, keeps the quarantine."""

    def __init__(
        self,
        *,
        name: str,
        runner: str,
        subscribed: Iterable[type[Event]],
        store: ViewStore,
        consumer: Consumer,
        owner: str,
        metrics: Metrics,
    ) -> None:
        self.name, self.runner = name, runner
        self.store, self.consumer, self.owner, self.metrics = store, consumer, owner, metrics
        self.subscribed = frozenset(subscribed)
        self._kinds = {kind.wire: kind for kind in self.subscribed}
        self.quarantine = Quarantine(name, runner, store, metrics)
        self.standing: dict[Partition, Standing] = {}
        self._recent: deque[tuple[int, int]] = deque()
        self.blown = False
        self.behind: str | None = None
        """Why what this follower keeps is not fit to be used yet, or None."""

    async def begin(self, topics: Sequence[str]) -> None:
        """Before the first partition is claimed: make what is needed, look at what is there."""
        for collection in ("quarantine", "discards", "requests"):
            await self.store.ensure_view(collection, ())

    # -- partitions ---------------------------------------------------------------------------------------------

    def checkpoint_id(self, partition: Partition) -> str:
        return f"{self.name}:{partition[0]}:{partition[1]}"

    async def claim(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Make partitions this process's own: the offset to read each from."""
        self.forget()
        wanted = sorted(partitions)
        claimed = await self.store.claim([self.checkpoint_id(p) for p in wanted], self.owner)
        found = {partition: claimed[self.checkpoint_id(partition)] for partition in wanted}
        beginnings = await self.consumer.beginning([p for p in wanted if found[p].last_position is None])
        self.standing = {p: _standing(checkpoint, beginnings.get(p, 0)) for p, checkpoint in found.items()}
        await self._load_quarantine()
        await self._retry_unknown_versions()
        return self._read_from()

    async def reload(self) -> dict[Partition, int]:
        """Where to read on after a failure. Fenced if another owner has taken a partition."""
        found = await self.store.settled([s.id for s in self.standing.values()])
        for partition, old in self.standing.items():
            checkpoint = found.get(old.id)
            if checkpoint is None or checkpoint.epoch != old.epoch:
                raise Fenced(old.id)
            if checkpoint.next_offset < old.done.offset:  # restored: what is remembered about it holds no more
                raise Fenced(old.id)
            unmoved = checkpoint.next_offset == old.done.offset
            new = _standing(checkpoint, old.resume)
            if checkpoint.last_position is None:
                new.done = new.taken = new.done._replace(last=old.done.last)
            new.resume, new.alarmed = old.resume if unmoved else new.resume, old.alarmed
            new.taken = new.taken._replace(offset=new.resume)
            self.standing[partition] = new
        await self._load_quarantine()
        return self._read_from()

    def _read_from(self) -> dict[Partition, int]:
        """From one record earlier, if there was one: it must be the last one applied."""
        return {p: max(0, s.resume - (s.done.last is not None)) for p, s in self.standing.items()}

    async def _load_quarantine(self) -> list[Document]:
        return await self.quarantine.load(self.standing.keys())

    async def _retry_unknown_versions(self) -> None:
        """What parked because the former build was too old is tried again before anything new is read."""
        unknown = {"set": self.name, "state": "open", "reason": {"$regex": f"^{UnknownVersion.__name__}"}}
        for row in await self.store.rows("quarantine", unknown, ("view", "topic", "partition", "stream")):
            if (row["topic"], row["partition"]) in self.standing:
                await self.retry(held_by(row))

    def forget(self) -> None:
        """Nothing is this process's own any more."""
        self.standing = {}
        self.quarantine.forget()

    async def release(self) -> None:
        """A graceful good-bye: the successor need not end this process's sessions."""
        await self.store.release([s.id for s in self.standing.values()], self.owner)
        self.forget()

    async def read_anew(self, partitions: Iterable[Partition]) -> None:
        """The topic does not hold what was read here before: raise the alarm, and let positions decide."""
        for partition, offset in (await self.consumer.beginning(list(partitions))).items():
            where = {"runner": self.runner, "topic": partition[0], "partition": str(partition[1])}
            self.metrics.continuity_losses.labels(**where).inc()
            log.error(ANEW, **where, offset=offset)
            if standing := self.standing.get(partition):
                standing.resume, standing.taken = offset, standing.taken._replace(offset=offset)
            self.consumer.seek(partition, offset)

    # -- records ------------------------------------------------------------------------------------------------

    async def batch(self, records: Sequence[Record]) -> None:
        """Apply what is next; all of it or nothing. After any exception the caller reloads and seeks."""
        await self.apply(self.take(records))

    def take(self, records: Sequence[Record]) -> Plan:
        """Which records are next, in order; duplicates fall out, losses and forks are found. Nothing waits here: a
        batch may be taken while the one before it is being applied, and is applied after it."""
        if self.blown:
            raise FuseBlown(self.runner)
        plan = Plan()
        for partition, run in groupby(records, _partition):
            standing = self.standing.get(partition)
            if standing is not None and not standing.stopped and partition not in plan.anew:
                self._sift(plan, partition, standing, run)
        plan.wanted = self.want(plan.steps)
        return plan

    def want(self, steps: Sequence[Step]) -> list[Any]:
        return []

    async def fold_ahead(self, plan: Plan) -> None:
        """Do what can be done while the batch before this one is on its way."""

    async def apply(self, plan: Plan) -> None:
        if self.blown:  # by the batch before this one
            raise FuseBlown(self.runner)
        if plan.ends:
            await self.commit(plan)
            self.stand_at(plan.ends)
        if plan.anew:
            await self.read_anew(plan.anew)

    async def commit(self, plan: Plan) -> None:
        """Make the effects of these steps true, together with where the partitions stand after them."""
        raise TypeError(f"{type(self).__name__} applies nothing")

    def stand_at(self, ends: Mapping[Partition, End]) -> None:
        for partition, end in ends.items():
            standing = self.standing[partition]
            standing.done, standing.resume = end, end.offset

    def moves(self, ends: Mapping[Partition, End]) -> list[Move]:
        return [
            Move(standing.id, standing.epoch, standing.done.offset, *end)
            for partition, end in ends.items()
            for standing in (self.standing[partition],)
        ]

    def here(self, partition: Partition) -> Move:
        """A step on the spot: it holds only while the partition is this process's own."""
        return self.moves({partition: self.standing[partition].done})[0]

    def _sift(self, plan: Plan, partition: Partition, standing: Standing, run: Iterable[Record]) -> None:
        offset, last, source = standing.taken
        lost, steps, moved, duplicates = standing.lost, plan.steps, False, 0
        for record in run:
            if record.offset < offset:
                if last is not None and (told := read_position(record.headers)) and told[0] > last:
                    plan.anew.append(partition)
                    break
                continue
            try:
                incoming, poison = read_headers(record), ""
                position, previous, from_ = incoming.position, incoming.previous, incoming.source
            except Unreadable as unreadable:
                incoming, poison = None, str(unreadable)
                if (told := read_position(record.headers)) is None:
                    offset, moved = offset if lost else record.offset + 1, True
                    steps.append(Step(record, None, poison, None, offset, last, source))
                    continue
                position, previous, from_ = told
            next_ = previous == last and source == from_  # as nearly always
            verdict = Verdict.NEXT if next_ else judge(last, source, position, previous, from_)
            if verdict is Verdict.NEXT:
                last, source, moved, lost = position, from_, True, lost and standing.seen > position
                offset = offset if lost else record.offset + 1
                steps.append(Step(record, incoming, poison, position, offset, last, source))
            elif verdict is Verdict.DUPLICATE:
                duplicates += 1
                if not lost:
                    offset, moved = record.offset + 1, True
            elif verdict is not Verdict.LOSS:
                self._alarm(partition, verdict, last, position)
                break
            else:
                standing.seen = max(standing.seen, position)
                if not lost:
                    self._alarm(partition, verdict, last, position)
                    lost = True
        standing.taken = End(offset, last, source)
        if moved:
            plan.ends[partition] = standing.taken
        if duplicates:
            self.metrics.duplicates_dropped.labels(self.runner, partition[0]).inc(duplicates)

    def _alarm(self, partition: Partition, verdict: Verdict, expected: int | None, position: int) -> None:
        standing = self.standing[partition]
        where = {"runner": self.runner, "topic": partition[0], "partition": str(partition[1])}
        news, standing.alarmed = standing.alarmed != (verdict, expected, position), (verdict, expected, position)
        if verdict is Verdict.LOSS:
            self.metrics.continuity_losses.labels(**where).inc(news)
        else:
            self.metrics.continuity_forks.labels(**where).inc(news)
            standing.stopped = True
            self.consumer.pause([partition])
        if news:
            log.error(ALARMS[verdict], **where, expected=expected, position=position)

    def decode(self, step: Step) -> Event | str | None:
        """The event; None if nobody here wants it; or why it is poison."""
        incoming = step.incoming
        if incoming is None:
            return step.poison
        kind = self._kinds.get(incoming.type)
        if kind is None:
            if incoming.type not in REGISTRY:
                self.metrics.unknown_types.labels(self.runner, step.record.topic).inc()
            return None
        try:
            return kind.read(step.record.value or b"", incoming.version)
        except Exception as unreadable:  # an upcast is anybody's code
            return f"{type(unreadable).__name__}: {unreadable}"

    def note(self, poison: int, sound: int) -> None:
        """Feed the fuse."""
        self._recent.append((poison, poison + sound))
        while sum(records for _, records in self._recent) - self._recent[0][1] >= FUSE_WINDOW:
            self._recent.popleft()
        bad, all_ = (sum(numbers) for numbers in zip(*self._recent, strict=True))
        if not self.blown and bad >= FUSE_LEAST and bad * 2 >= all_:
            self.blown = True
            self.metrics.fuse_blown.labels(self.runner).set(1)
            log.error("fuse blown: most records are poison; look, mend, start again", runner=self.runner, count=bad)

    async def stand(self, ends: Sequence[Partition]) -> None:
        """These partitions have been applied to their ends."""

    # -- what is parked -----------------------------------------------------------------------------------------

    async def tend(self) -> None:
        """Carry out what operators asked for (retry, discard), and what was interrupted. About once a second."""
        for request in await self.store.rows("requests", {"set": self.name}):
            if (request["topic"], request["partition"]) in self.standing:
                await self.retry(held_by(request), request)
        for where in self.quarantine.left_behind():
            await self.retry(where)

    async def retry(self, where: Held, request: Document | None = None) -> None:
        """Try the parked events of one stream again, in order, as far as they go; or discard the first one first."""
        raise TypeError


_partition = attrgetter("topic", "partition")


def _standing(found: Checkpoint, beginning: int) -> Standing:
    """On first contact with a topic whose beginning is gone the first record is taken as it comes."""
    first = found.last_position is None and not found.next_offset
    last = (None if beginning else 0) if first else found.last_position
    done = End(found.next_offset, last, found.last_source)
    resume = beginning if first else found.next_offset
    return Standing(found.id, found.epoch, done, resume, done._replace(offset=resume))
