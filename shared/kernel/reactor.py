"""Reactions: an event here causes a command there, once.

One causing event is one transaction {commits, checkpoint}. Three outcomes: events; a refusal, which the reaction turns
into an event that the cause's owner consumes; and `NotYet`, whose stream parks and is tried again.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from shared.kernel.event import Event
from shared.kernel.follower import Follower, Plan
from shared.kernel.log import NewerHistory
from shared.kernel.ports import Clock, Document, Drop, End, Move, Partition, Put, StoreFault, Write
from shared.kernel.quarantine import EVERY_VIEW, Held, Step, held_by, parked_step, parks
from shared.kernel.refusal import Refused, Unavailable
from shared.kernel.service import Reaction
from shared.kernel.work import Actor, Commands, NotYet, Work

log = structlog.get_logger()

FIRST_RETRY = 1.0
"""Seconds until a reaction that was not yet possible is tried again; doubles up to LAST_RETRY."""
LAST_RETRY = 30.0
ALARM_AFTER = 300.0
"""Seconds after which one that is still not possible is reported as an error."""
PATIENCE = 0.5
"""Seconds that retries may take from the events that wait behind them; the others come a second later."""


class Faulty(Exception):
    """A reaction raised what is no outcome."""


class Reactor(Follower):
    """Runs the reactions of one service; its group is never rebuilt."""

    def __init__(self, *, reactions: Iterable[Reaction], commands: Commands, clock: Clock, **follower: Any) -> None:
        self._commands, self._clock = commands, clock
        self._reactions = {reaction.name: reaction for reaction in reactions}
        self._by_event: dict[type[Event], list[Reaction]] = defaultdict(list)
        for reaction in self._reactions.values():
            for kind in reaction.events:
                self._by_event[kind].append(reaction)
        super().__init__(name="reactions", subscribed=self._by_event, **follower)
        self._due: dict[Held, tuple[float, float]] = {}
        """When a waiting stream is tried again, and how long it waits then."""
        self._alarmed: set[Held] = set()
        self._moved = False

    # -- records ------------------------------------------------------------------------------------------------

    async def commit(self, plan: Plan) -> None:
        """Records without a reaction move the checkpoint together; each one with reactions is a unit of its own."""
        reached: dict[Partition, End] = {}
        for step in plan.steps:
            reached[step.partition] = step.end
            event = self.decode(step)
            if event is None:
                continue
            await self._react(step, event, self.moves(reached))
            self.stand_at(reached)
            reached = {}
        rest = {partition: end for partition, end in plan.ends.items() if end != self.standing[partition].done}
        if rest:
            await self._append((), self.moves(rest))

    async def _react(self, step: Step, event: Event | str, moves: Sequence[Move]) -> None:
        rows: list[Document] = []
        due: list[Reaction] = []
        for name in self._concerned(step):
            held = parks(name, step, self.quarantine.held)
            if self.quarantine.discarded(name, step):
                continue
            if isinstance(event, str):
                rows.append(self.quarantine.row(name, step, "parked" if held else "open", event))
            elif held:
                rows.append(self.quarantine.row(name, step, "parked", "behind an earlier record"))
            else:
                due.append(self._reactions[name])
        rows += await self._run(due, step, event, [_put(row) for row in rows], moves)
        self._noted(rows)
        poison = any(row["state"] == "open" for row in rows)
        self.note(poison, not poison)

    def _concerned(self, step: Step) -> list[str]:
        if step.incoming is None:
            return [EVERY_VIEW]
        wire = step.incoming.type
        return [r.name for r in self._reactions.values() if any(kind.wire == wire for kind in r.events)]

    async def _run(
        self,
        due: Sequence[Reaction],
        step: Step,
        event: Any,
        writes: Sequence[Write],
        moves: Sequence[Move],
        since: datetime | None = None,
    ) -> list[Document]:
        """Run reactions to one event; `writes` and `moves` become true with the last one. Those before it are once by
        their idempotency keys. The quarantine rows, written by then, of those that were not possible."""
        rows: list[Document] = []
        done = False
        for reaction in due:
            last = reaction is due[-1]
            with_it = [*writes, *map(_put, rows)] if last else []
            row = await self._try(reaction, step, event, with_it, moves if last else [self.here(step.partition)], since)
            done = last and row is None
            if row is not None:
                rows.append(row)
        if not done:
            await self._append([*writes, *map(_put, rows)], moves)
        return rows

    async def _try(
        self,
        reaction: Reaction,
        step: Step,
        event: Any,
        writes: Sequence[Write],
        moves: Sequence[Move],
        since: datetime | None,
    ) -> Document | None:
        """Run one reaction and commit it; the quarantine row, not written yet, if that was not possible."""
        assert step.incoming is not None
        headers = step.incoming.headers

        async def act(work: Work) -> None:
            try:
                await reaction.handler(event, work)
            except (NotYet, Refused, StoreFault):
                raise
            except Exception as error:  # a reaction that raises must not stop the others
                raise Faulty(f"{reaction.name}: {error!r}") from error

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
        except (NotYet, NewerHistory) as reason:
            since = since or self._clock.now()
            return self.quarantine.row(reaction.name, step, "waiting", str(reason), since=since)
        except Unavailable:
            raise
        except Refused as refusal:
            self.metrics.reactions_refused.labels(reaction.name).inc()
            why = f"{reaction.name} was refused: {refusal.sentence('en')}"
            return self.quarantine.row(reaction.name, step, "open", why)
        except (Faulty, ValueError) as error:  # ValueError: an event that cannot be sent
            return self.quarantine.row(reaction.name, step, "open", str(error))
        if outcome.replayed:
            await self._append(writes, moves)
        return None

    async def _append(self, writes: Sequence[Write], moves: Sequence[Move]) -> None:
        await self._commands.log.store.append((), writes, moves)

    # -- what is parked -----------------------------------------------------------------------------------------

    def moved(self) -> None:
        """The directory has heard something: whoever waits is tried again at the next opportunity."""
        self._moved = True

    async def _load_quarantine(self) -> list[Document]:
        rows = await super()._load_quarantine()
        self._due = {held_by(row): (0.0, FIRST_RETRY) for row in rows if row["state"] == "waiting"}
        return rows

    def forget(self) -> None:
        super().forget()
        self._due = {}

    async def tend(self) -> None:
        await super().tend()
        now = self._clock.monotonic()
        if self._moved:
            self._moved = False
            self._due = dict.fromkeys(self._due, (0.0, FIRST_RETRY))
        for where in [where for where, (due, _) in self._due.items() if due <= now]:
            if self._clock.monotonic() - now <= PATIENCE:
                await self.retry(where)
        self._alarmed &= self._due.keys()
        for name in self._reactions:
            self.metrics.reactions_not_yet.labels(name).set(sum(where[0] == name for where in self._due))

    async def retry(self, where: Held, request: Document | None = None) -> None:
        rows = await self.quarantine.rows(where)
        asked: list[Write] = [Drop("requests", request["_id"])] if request else []
        gone: list[Document] = []
        if request and request["kind"] == "discard":
            gone = [row for row in rows if row["view"] == where[0]][:1]
            discards = [self.quarantine.discard(row, request["by"]) for row in gone]
            asked += [Put("discards", row["_id"], row) for row in discards]
            asked += [Drop("quarantine", row["_id"]) for row in gone]
        left: list[Document] = []
        for row in rows:
            if row in gone:
                continue
            if any(EVERY_VIEW in (row["view"], other["view"]) or row["view"] == other["view"] for other in left):
                left.append(row)
            else:
                left += await self._again(row, asked)
                asked = []
        if asked:
            await self._append(asked, [self.here(where[1:3])])
        self._noted(left, instead_of=rows)

    async def _again(self, row: Document, asked: Sequence[Write]) -> list[Document]:
        """Try a parked event: a unit of its own again, committed with the removal of its row. What is left of it."""
        step = parked_step(row)
        event, here = self.decode(step), [self.here(step.partition)]
        if isinstance(event, str):
            left = [{**row, "state": "open", "reason": event}]
            await self._append([*asked, *map(_put, left)], here)
            return left
        names = self._concerned(step) if row["view"] == EVERY_VIEW else [row["view"]]
        names = [name for name in names if name in self._reactions and not self.quarantine.discarded(name, step)]
        due = [self._reactions[name] for name in names] if event is not None else []
        since = row["since"] if row["state"] == "waiting" else None
        return await self._run(due, step, event, [*asked, Drop("quarantine", row["_id"])], here, since)

    def _noted(self, rows: Sequence[Document], instead_of: Sequence[Document] = ()) -> None:
        self.quarantine.note(rows, instead_of)
        tried = {row["_id"] for row in instead_of if row["state"] == "waiting"}
        waited = {where: self._due.pop(where, (0.0, FIRST_RETRY))[1] for where in {held_by(row) for row in instead_of}}
        for row in rows:
            if row["state"] == "waiting":
                where = held_by(row)
                seconds = min(waited[where] * 2, LAST_RETRY) if row["_id"] in tried else FIRST_RETRY
                self._due[where] = (self._clock.monotonic() + seconds, seconds)
                self._report(where, row)

    def _report(self, where: Held, row: Document) -> None:
        since: datetime = row["since"]
        waited = (self._clock.now() - since.replace(tzinfo=UTC)).total_seconds()
        if waited > ALARM_AFTER and where not in self._alarmed:
            self._alarmed.add(where)
            log.error("a reaction cannot run yet", reaction=row["view"], reason=row["reason"], seconds=int(waited))


def _put(row: Document) -> Put:
    return Put("quarantine", row["_id"], row)
