"""Reactions: an event here causes a command there, once.

One causing event is one transaction {commits, checkpoint}. Three outcomes: events; a refusal, which the reaction turns
into an event that the cause's owner consumes; and `NotYet`, whose stream parks and is tried again.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import structlog

from shared.kernel.event import Event
from shared.kernel.follower import EVERY_VIEW, Follower, Plan, Step, parked_step
from shared.kernel.ports import Clock, Document, Drop, Move, Partition, Put, Write
from shared.kernel.refusal import Refused, Unavailable
from shared.kernel.service import Reaction
from shared.kernel.work import Actor, Commands, NotYet, Work

log = structlog.get_logger()

FIRST_RETRY = 1.0
"""Seconds until a reaction that was not yet possible is tried again; doubles up to LAST_RETRY."""
LAST_RETRY = 30.0
ALARM_AFTER = 300.0
"""Seconds after which one that is still not possible is reported as an error."""


class Reactor(Follower):
    """Runs the reactions of one service; its group is never rebuilt."""

    def __init__(self, *, reactions: Iterable[Reaction], commands: Commands, clock: Clock, **follower: Any) -> None:
        super().__init__(name="reactions", **follower)
        self._commands, self._clock = commands, clock
        self._reactions = {reaction.name: reaction for reaction in reactions}
        self._by_event: dict[type[Event], list[Reaction]] = defaultdict(list)
        for reaction in self._reactions.values():
            for kind in reaction.events:
                self._by_event[kind].append(reaction)
        self.subscribed = frozenset(self._by_event)
        self._due: dict[tuple[str, str, str], tuple[float, float]] = {}
        """When a waiting (reaction, topic, stream) is tried again, and how long it waits then."""

    def names(self) -> list[str]:
        return list(self._reactions)

    async def apply(self, plan: Plan) -> None:
        """Records without a reaction move the checkpoint together; each one with reactions is a unit of its own."""
        reached: dict[Partition, tuple[int, int | None, str]] = {}
        for step in plan.steps:
            partition = (step.record.topic, step.record.partition)
            reached[partition] = (step.record.offset + 1, step.last, step.source)
            event = self.decode(step, self.subscribed)
            if event is None:
                continue
            await self._react(step, event, self.moves(reached))
            self.stand_at(reached)
            reached = {}
        rest = {partition: end for partition, end in plan.ends.items() if end[0] > self.standing[partition].next_offset}
        if rest:
            async with self.store.transaction() as transaction:
                await transaction.move(self.moves(rest))
            self.stand_at(rest)

    async def _react(self, step: Step, event: Event | str, moves: Sequence[Move]) -> None:
        if isinstance(event, str):
            names = self._concerned(step)
            rows = [self.row(name, step, self._state(name, step, "open"), event) for name in names]
            await self._commit_rows(rows, moves)
            self.note(1, 0)
            return
        reactions = [r for r in self._by_event[type(event)] if not self.is_discarded(r.name, step)]
        if not reactions:
            await self._commit_rows([], moves)
        for reaction in reactions:
            # the checkpoint moves with the last one; those before are once by their idempotency keys
            now = moves if reaction is reactions[-1] else [self._here(step.record.topic, step.record.partition)]
            if self.is_held(reaction.name, step):
                await self._commit_rows([self.row(reaction.name, step, "parked", "behind an earlier record")], now)
            elif row := await self._try(reaction, step, event, now, ()):
                await self._commit_rows([row], now)
        self.note(0, 1)

    def _state(self, name: str, step: Step, state: str) -> str:
        return "parked" if self.is_held(name, step) else state

    def _concerned(self, step: Step) -> list[str]:
        if step.incoming is None:
            return [EVERY_VIEW]
        wire = step.incoming.type
        return [r.name for r in self._reactions.values() if any(kind.wire == wire for kind in r.events)]

    async def _try(
        self, reaction: Reaction, step: Step, event: Event, moves: Sequence[Move], writes: Sequence[Write]
    ) -> Document | None:
        """Run one reaction and commit it with the checkpoint; the quarantine row if that was not possible."""
        assert step.incoming is not None
        headers = step.incoming.headers

        async def act(work: Work) -> None:
            await reaction.handler(event, work)

        try:
            outcome = await self._commands.run(
                act,
                actor=Actor(f"reaction:{reaction.name}"),
                key=headers["ce_id"],
                correlation=headers.get("ce_correlationid"),
                causation=headers["ce_id"],
                trace=headers.get("traceparent"),
                fresh=True,
                moves=moves,
                writes=writes,
            )
        except NotYet as reason:
            return self.row(reaction.name, step, "waiting", str(reason), since=self._clock.now())
        except Unavailable:
            raise
        except Refused as refusal:
            self.metrics.reactions_refused.labels(reaction.name).inc()
            return self.row(reaction.name, step, "open", f"{reaction.name} was refused: {refusal.sentence('en')}")
        if outcome.replayed:
            await self._commands.log.store.append((), writes, moves)
        return None

    async def _commit_rows(self, rows: Sequence[Document], moves: Sequence[Move]) -> None:
        async with self.store.transaction() as transaction:
            await transaction.save("quarantine", rows)
            await transaction.move(moves)
        for row in rows:
            where = (row["view"], row["topic"], row["stream"])
            self.held.add(where)
            if row["state"] == "waiting":
                self._wait(where, FIRST_RETRY)
        if rows:
            self._count_quarantine(await self.store.rows("quarantine", {"set": self.name}))

    def _wait(self, where: tuple[str, str, str], seconds: float) -> None:
        self._due[where] = (self._clock.monotonic() + seconds, seconds)
        self._count_waiting()

    def _count_waiting(self) -> None:
        for name in self._reactions:
            waiting = sum(where[0] == name for where in self._due)
            self.metrics.reactions_not_yet.labels(name).set(waiting)

    def moved(self) -> None:
        """The directory has heard something: whoever waits is tried again at the next opportunity."""
        for where in self._due:
            self._due[where] = (0.0, FIRST_RETRY)

    async def _load_quarantine(self) -> None:
        await super()._load_quarantine()
        waiting = await self.store.rows("quarantine", {"set": self.name, "state": "waiting"})
        owned = [row for row in waiting if (row["topic"], row["partition"]) in self.standing]
        self._due = {(row["view"], row["topic"], row["stream"]): (0.0, FIRST_RETRY) for row in owned}

    async def tend(self) -> None:
        await super().tend()
        now = self._clock.monotonic()
        for where, (due, seconds) in list(self._due.items()):
            if due <= now:
                del self._due[where]
                await self.retry(*where)
                if where in self.held:
                    self._wait(where, min(seconds * 2, LAST_RETRY))
        self._count_waiting()

    async def apply_parked(
        self, view: str, rows: list[Document], done: list[str], discards: list[Document], request: Document | None
    ) -> bool:
        """Each parked event is a unit of its own again, committed with the removal of its row."""
        asked: list[Write] = [Drop("requests", request["_id"])] if request else []
        asked += [Put("discards", row["_id"], row) for row in discards]
        asked += [Drop("quarantine", row_id) for row_id in done]
        for row in rows:
            step = parked_step(row)
            event = self.decode(step, self.subscribed)
            drop = Drop("quarantine", row["_id"])
            moves = [self._here(row["topic"], row["partition"])]
            if isinstance(event, str):
                await self._rewrite(self.row(row["view"], step, "open", event), moves, asked)
                return True
            reactions = [] if event is None else self._by_event[type(event)]
            reactions = [r for r in reactions if view in (EVERY_VIEW, r.name)]
            for reaction in reactions:
                assert event is not None
                again = await self._try(reaction, step, event, moves, [*asked, drop])
                if again is not None:
                    self._report(row, again)
                    await self._rewrite({**again, "since": row.get("since", self._clock.now())}, moves, asked)
                    return True
                asked = []
            if not reactions:
                asked.append(drop)
        if asked:
            owned = request or rows[0]
            await self._commands.log.store.append((), asked, [self._here(owned["topic"], owned["partition"])])
        return False

    def _report(self, row: Document, again: Document) -> None:
        since: datetime = row.get("since") or self._clock.now()
        waited = (self._clock.now() - since.replace(tzinfo=self._clock.now().tzinfo)).total_seconds()
        if again["state"] == "waiting" and waited > ALARM_AFTER:
            log.error("a reaction cannot run yet", reaction=row["view"], reason=again["reason"], seconds=int(waited))

    async def _rewrite(self, row: Document, moves: Sequence[Move], asked: Sequence[Write]) -> None:
        await self._commands.log.store.append((), [*asked, Put("quarantine", row["_id"], row)], moves)

    def _here(self, topic: str, number: int) -> Move:
        """A step on the spot: it holds only while the partition is this process's own."""
        partition = (topic, number)
        standing = self.standing[partition]
        return self.moves({partition: (standing.next_offset, standing.last, standing.source)})[0]
