"""Bugs planted one at a time, each a place where the kernel, or what it asks of its servers, could have been wrong.

A planted bug is a subclass of the part it is in. Where one line makes the difference, that line of the kernel's own
source is exchanged; a kernel that has no such line any more makes the plant fail, so that it is not forgotten.
"""

import inspect
import textwrap
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from shared.kernel import continuity
from shared.kernel import relay as relay_module
from shared.kernel.continuity import Verdict
from shared.kernel.follower import Follower, Plan
from shared.kernel.ports import BrokerFault, Commit, Document, Move, Partition, Sequence_, Taken, Unknown, Write
from shared.kernel.projector import Projector
from shared.kernel.quarantine import held_by
from shared.kernel.reactor import FIRST_RETRY, Reactor
from shared.kernel.relay import Forked, Relay, SteppedDown, last_position, outgoing
from shared.kernel.runner import KafkaConsumer, Runner
from shared.kernel.work import Actor, Commands, NotYet, Work
from tests.simulation.replica import Parts
from tests.simulation.stores import SimulatedLog, SimulatedRelay, SimulatedViews, Transaction

Owner = TypeVar("Owner")


def exchanged(owner: type[Owner], name: str, *pairs: tuple[str, str], **words: Any) -> type[Owner]:
    """A subclass whose method differs from the kernel's in these places, or in what some words mean in it."""
    function = getattr(owner, name)
    source = textwrap.dedent(inspect.getsource(function))
    for old, new in pairs:
        assert source.count(old) == 1, f"{owner.__name__}.{name} has no single {old!r} any more"
        source = source.replace(old, new)
    meaning = {**function.__globals__, **words}
    exec(compile(source, f"<planted in {owner.__name__}.{name}>", "exec"), meaning)
    return type(f"Planted{owner.__name__}", (owner,), {name: meaning[name]})


# -- projector --------------------------------------------------------------------------------------------------------


class OffsetFirst(Projector):
    async def _commit(self, plan: Plan) -> list[Document]:
        async with self.store.transaction() as transaction:
            await transaction.move(self.moves(plan.ends))
        async with self.store.transaction() as transaction:
            folded = await self._folded(transaction, plan.wanted, self.quarantine.held, plan.folded)
            await self._write(transaction, folded)
        self._keep(folded)
        return folded.rows


class KeptAcrossAssignments(Projector):
    """Documents of partitions that others have had meanwhile are taken for what they were."""

    def forget(self) -> None:
        Follower.forget(self)


class KeptAfterFailure(Projector):
    """Documents are taken for what they were to become, or were, when nobody knows what has become of them."""

    async def reload(self) -> dict[Partition, int]:
        return await Follower.reload(self)


class FoldsOnWhatFailed(Projector):
    """A batch is folded ahead on one that has failed."""

    def _forget_documents(self) -> None:
        ahead = self._ahead
        super()._forget_documents()
        self._ahead = ahead


class ReadsOn(Projector):
    """What was taken while a batch was on its way is not read again when that one has failed."""

    async def reload(self) -> dict[Partition, int]:
        ahead = {partition: standing.taken.offset for partition, standing in self.standing.items()}
        await super().reload()
        return ahead


class NoCompareAndSet(SimulatedViews):
    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with super().transaction() as transaction:
            transaction.holds = lambda found, move: True  # type: ignore[method-assign]
            yield transaction


# -- runner -----------------------------------------------------------------------------------------------------------


class NeverPauses(KafkaConsumer):
    def pause(self, partitions: Any) -> None: ...


# -- relay ------------------------------------------------------------------------------------------------------------


class MarksFirst(Relay):
    async def _publish(self, ready: Sequence[Commit]) -> None:
        if not ready:
            return
        records = outgoing(ready, self.observed.published, self._partitions)
        before, end = self.observed.published, last_position(ready[-1])
        if not await self._store.published(self._sequence.epoch, before, end):
            raise SteppedDown("published was moved by another")
        self.observed.published = end
        await self._broker.send(records)


class KeepsWhatWasRead(Relay):
    """Commits that wait are numbered by what was known under an earlier epoch."""

    def _forget_what_was_read(self) -> None:
        self._ready.clear()


class LooksForNoFork(Relay):
    async def _look_for_fork(self, sequence: Sequence_) -> None: ...


class SeesForksInItsSleep(Relay):
    """As it once was: what a successor has numbered meanwhile is taken for a fork."""

    async def _forked(self, reason: str) -> Forked:
        await self._store.close_log(f"fork: {reason}")
        return Forked(reason)


class Overtaken(Relay):
    """What the broker did not acknowledge is taken for sent."""

    async def _publish(self, ready: Sequence[Commit]) -> None:
        if ready:
            records = outgoing(ready, self.observed.published, self._partitions)
            with suppress(BrokerFault):
                await self._broker.send(records)
            before, end = self.observed.published, last_position(ready[-1])
            await self._store.published(self._sequence.epoch, before, end)
            self.observed.published = end


class NeverLooksBack(Commands):
    async def _earlier(self, unit: Any, actor: Any, tried: bool) -> None:
        return None


class Forgetful(Reactor):
    """As it once was: parked records whose waiting one has been applied are nobody's."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.quarantine.__dict__["left_behind"] = list  # whatever else looks for them finds none

    async def _load_quarantine(self) -> list[Document]:
        rows = await super()._load_quarantine()
        self._due = {held_by(row): (0.0, FIRST_RETRY) for row in rows if row["state"] == "waiting"}
        return rows


class Apart(Reactor):
    """The commits of a reaction first, without a key, and its checkpoint afterwards."""

    async def _try(
        self, reaction: Any, step: Any, event: Any, writes: Sequence[Write], moves: Sequence[Move], since: Any
    ) -> Document | None:
        try:
            await self._commands.run(
                lambda work: reaction.handler(event, work), actor=Actor(f"reaction:{reaction.name}"), fresh=True
            )
        except NotYet as reason:
            since = since or self._clock.now()
            return self.quarantine.row(reaction.name, step, "waiting", str(reason), since=since)
        await self._append(writes, moves)
        return None


def one_position(
    commits: Sequence[Commit], first: int, tails: Mapping[Partition, int], partitions: int
) -> tuple[list[Commit], dict[Partition, int]]:
    numbered, after = relay_module.assign(commits, first, tails, partitions)
    for index, commit in enumerate(numbered):
        numbered[index] = relay_module._stamped(commit, first + index, commit.previous)
    return numbered, after


class Unguarded(SimulatedRelay):
    """Neither epoch nor next is compared."""

    def unmoved(self, found: Sequence_, before: Sequence_) -> bool:
        return True


class NoSnapshot(SimulatedRelay):
    """What is pending is read commit by commit, each as of its own moment, as a scan of the index would."""

    async def pending(self, limit: int, after: Any = None) -> tuple[list[Commit], Any]:
        found: list[Commit] = []
        end = after
        while len(found) < limit:
            more, end = await super().pending(1, end and (None, end[1]))
            found += more
            if not more:
                break
        return found, end


class Dirty(SimulatedLog):
    def as_of(self) -> int:
        return self.database.now


class RefusedForDone(SimulatedLog):
    """Of several commits in one order, one that was refused is taken for appended like the others."""

    async def append(self, commits: Sequence[Commit], writes: Sequence[Write] = (), moves: Sequence[Move] = ()) -> None:
        with suppress(Taken):
            await super().append(commits, writes, moves)


class UnsureForDone(SimulatedLog):
    """Commits that no error names are taken for appended, though nobody knows whether a majority has them."""

    async def append(self, commits: Sequence[Commit], writes: Sequence[Write] = (), moves: Sequence[Move] = ()) -> None:
        with suppress(Unknown):
            await super().append(commits, writes, moves)


# -- the table --------------------------------------------------------------------------------------------------------


def _second_look() -> Parts:
    hasty = exchanged(
        Work,
        "change",
        ("if stream.known.fresh or stream.events:", "if True:"),
        ("if not events and not stream.known.fresh and not stream.events:", "if False:"),
    )
    commands = exchanged(Commands, "run", ("if work.remembered:", "if False:"), Work=hasty)
    return Parts(commands=commands)


def _one_position() -> Parts:
    numbers = exchanged(Relay, "_number", assign=one_position)
    return Parts(relay=exchanged(numbers, "take_over", assign=one_position))


def _judging(mistaken: Verdict) -> Parts:
    """Take one verdict for `next`."""

    def judge(*of: Any) -> Verdict:
        found = continuity.judge(*of)
        return Verdict.NEXT if found is mistaken else found

    return Parts(
        projector=exchanged(Projector, "_sift", judge=judge),
        reactor=exchanged(Reactor, "_sift", judge=judge),
    )


@dataclass(frozen=True)
class Plant:
    what: str
    parts: Callable[[], Parts]
    near: int = 0
    """Where a test begins to look, so that it need not look for long. Any seed on from there will do."""


PLANTS = (
    Plant("offset before effects", lambda: Parts(projector=OffsetFirst)),
    Plant("no compare-and-set of a checkpoint", lambda: Parts(view_store=NoCompareAndSet), near=80),
    Plant("epoch ignored, and next with it", lambda: Parts(relay_store=Unguarded), near=120),
    Plant("numbered twice by what was read before", lambda: Parts(relay=KeepsWhatWasRead)),
    Plant(
        "`previous` wrong after a crash",
        lambda: Parts(
            relay=exchanged(
                Relay,
                "take_over",
                ("self._sequence = replace(sequence, tails=tails)", "self._sequence = sequence"),
            )
        ),
    ),
    Plant(
        "resume without seek",
        lambda: Parts(runner=exchanged(Runner, "_recovering", ("self._consumer.seek(partition, offset)", "pass"))),
    ),
    Plant("mark before ack", lambda: Parts(relay=MarksFirst)),
    Plant("no pause", lambda: Parts(consumer=NeverPauses), near=255),
    Plant("no second look on a cached refusal", _second_look),
    Plant("one position per commit", _one_position),
    Plant(
        "load before the pending commit",
        lambda: Parts(
            runner=exchanged(Runner, "_handle", ("await self._applied_or_not()\n        if self", "if self"))
        ),
    ),
    Plant("cache kept across an assignment", lambda: Parts(projector=KeptAcrossAssignments)),
    Plant("cache kept after a failure", lambda: Parts(projector=KeptAfterFailure)),
    Plant(
        "cache filled before the commit",
        lambda: Parts(
            projector=exchanged(
                Projector,
                "_commit",
                ("        await transaction.move", "        self._keep(folded)\n        await transaction.move"),
            )
        ),
    ),
    Plant(
        "a batch that outlives its assignment",
        lambda: Parts(
            runner=exchanged(
                exchanged(Runner, "on_partitions_revoked", ("await self._applied_or_not()", "pass")),
                "_recovering",
                ("await self._applied_or_not()", "pass"),
            )
        ),
    ),
    Plant("folded ahead on a batch that failed", lambda: Parts(projector=FoldsOnWhatFailed)),
    Plant(
        "folded ahead without the batch before",
        lambda: Parts(
            projector=exchanged(
                Projector, "fold_ahead", ("ahead, after, fold = self._ahead,", "ahead, after, fold = {},")
            )
        ),
    ),
    Plant(
        "a recovery called off, going on behind what failed",
        lambda: Parts(runner=exchanged(Runner, "_stop_recovery", ("self._claimed = False", "pass"))),
        near=90490,
    ),
    Plant("reading on behind a batch that failed", lambda: Parts(projector=ReadsOn)),
    Plant("tail read below majority", lambda: Parts(log_store=Dirty)),
    Plant("a refused commit taken for appended", lambda: Parts(log_store=RefusedForDone)),
    Plant("an unsure commit taken for appended", lambda: Parts(log_store=UnsureForDone)),
    Plant("pending read without a snapshot", lambda: Parts(relay_store=NoSnapshot), near=730),
    Plant("duplicates applied", lambda: _judging(Verdict.DUPLICATE)),
    Plant("losses passed over", lambda: _judging(Verdict.LOSS)),
    Plant("no look for a fork", lambda: Parts(relay=LooksForNoFork), near=160),
    Plant("own commit not looked up", lambda: Parts(commands=NeverLooksBack)),
    Plant("a failed send overtaken by the next", lambda: Parts(relay=Overtaken)),
    Plant("a fork seen by one that slept", lambda: Parts(relay=SeesForksInItsSleep), near=580),
    Plant("parked reactions forgotten", lambda: Parts(reactor=Forgetful), near=320),
    Plant("a reaction apart from its checkpoint", lambda: Parts(reactor=Apart)),
    Plant(
        "tails moved before the redo",
        lambda: Parts(
            relay=exchanged(Relay, "_number", ("pending_first=before.next,", "pending_first=before.next, tails=tails,"))
        ),
    ),
)
