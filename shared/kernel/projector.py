"""The projector: batch -> fold -> one transaction {views, checkpoint, quarantine}. Exactly once, or not at all."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.kernel import views as documents
from shared.kernel.event import Event
from shared.kernel.folding import Folded, Folding, Kept, Views, Wanted
from shared.kernel.follower import Follower, Plan
from shared.kernel.ports import Document, Partition, Transaction, Unwritable, WriteConflict
from shared.kernel.quarantine import EVERY_VIEW, Held, Step, parked_step, parks
from shared.kernel.rebuild import Rebuild
from shared.kernel.service import View

RETRIED = 500
"""Parked records applied in one transaction."""
KEPT = 50_000
"""Documents of one view that stay in memory."""


class Projector(Follower):
    """Keeps one set of views of one service."""

    def __init__(self, *, view_set: str, views: Sequence[View], **follower: Any) -> None:
        self.views = list(views)
        self._by_event: dict[type[Event], list[tuple[View, str]]] = defaultdict(list)
        for view in self.views:
            for kind in view.events:
                self._by_event[kind].append((view, documents.collection_of(view_set, view)))
        super().__init__(name=view_set, subscribed=self._by_event, **follower)
        self._models = {documents.collection_of(view_set, view): view.model for view in self.views}
        self._one_writer = {documents.collection_of(view_set, view) for view in self.views if view.one_writer}
        self._kept = {collection: Kept(KEPT if collection in self._one_writer else 0) for collection in self._models}
        """By collection. Changed once a transaction is through, forgotten when it is not known whether it is."""
        self._ahead: Views | None = {}
        """What documents will be once the batch that is on its way is through; None while that is not known."""
        self._set_aside = 0
        self._rebuild = Rebuild(self.store, view_set)

    async def prepare(self) -> None:
        """Make the collections and indexes of this set."""
        for view in self.views:
            indexes = ("id",) if view.kind == "tally" else view.indexes
            await self.store.ensure_view(documents.collection_of(self.name, view), indexes)

    async def begin(self, topics: Sequence[str]) -> None:
        await super().begin(topics)
        await self._rebuild.begin(topics)
        self.behind = self._rebuild.behind

    async def tend(self) -> None:
        await super().tend()
        self.behind = await self._rebuild.look()

    async def stand(self, ends: Sequence[Partition]) -> None:
        await self.store.standing([self.checkpoint_id(partition) for partition in ends])

    def forget(self) -> None:
        super().forget()
        self._forget_documents()

    async def reload(self) -> dict[Partition, int]:
        self._forget_documents()
        return await super().reload()

    def _forget_documents(self) -> None:
        self._ahead = {}
        for kept in self._kept.values():
            kept.clear()

    async def commit(self, plan: Plan) -> None:
        if plan.folded and plan.folded.after != self._set_aside:  # it does not know what was set aside before it
            plan.folded, plan.wanted = None, self.want(plan.steps)
        self._ahead = plan.folded.views if plan.folded else None
        await self._commit_or_less(plan)
        self._ahead = {}

    async def _commit_or_less(self, plan: Plan) -> None:
        try:
            await self._apply(plan)
        except WriteConflict:
            await self._apply_smaller(plan)

    async def _apply_smaller(self, plan: Plan) -> None:
        """Another process works on the same documents: smaller transactions meet less often."""
        try:
            await self._apply(plan)
        except WriteConflict:
            if len(plan.steps) < 2:
                raise
            await self._halves(plan)

    async def _apply(self, plan: Plan) -> None:
        try:
            rows = await self._commit(plan)
        except Unwritable as error:
            if len(plan.steps) > 1:
                await self._halves(plan)
                return
            poison = [_unwritable(one, error) for one in self.want(plan.steps)]
            rows = await self._commit(Plan(plan.steps, plan.ends, poison))
        self.quarantine.note(rows)
        self._set_aside += len(rows)
        open_ = len({row["place"] for row in rows if row["state"] == "open"})
        parked = len({row["place"] for row in rows if row["state"] == "parked"})
        events = len(plan.wanted) + (plan.folded.events if plan.folded else 0)
        self.note(open_, max(0, events - open_ - parked))

    async def _halves(self, plan: Plan) -> None:
        middle = len(plan.steps) // 2
        first, second = plan.steps[:middle], plan.steps[middle:]
        ends = {step.partition: step.end for step in first}
        await self._commit_or_less(Plan(first, ends, self.want(first)))
        self.stand_at(ends)
        await self._commit_or_less(Plan(second, plan.ends, self.want(second)))

    def want(self, steps: Sequence[Step]) -> list[Wanted]:
        return [found for step in steps if (found := self._want(step))]

    def _want(self, step: Step) -> Wanted | None:
        event = self.decode(step)
        if event is None:
            return None
        if isinstance(event, str):
            names = [name for name in self._subscribers(step) if not self.quarantine.discarded(name, step)]
            return Wanted(step, None, [], [(name, event) for name in names])
        folds: list[tuple[View, str, tuple[str, ...]]] = []
        poison: list[tuple[str, str]] = []
        for view, collection in self._by_event[type(event)]:
            if self.quarantine.discarded(view.name, step):
                continue
            try:
                keys = tuple(view.key(event))
            except Exception as error:  # the key function is part of a view: what it raises is poison
                poison.append((view.name, f"{view.name}: {error!r}"))
                continue
            if view.by_subject and keys != (step.incoming.subject,):  # type: ignore[union-attr]
                poison.append((view.name, f"{view.name}: by subject, but its key is not the subject"))
                continue
            if view.kind != "owned":
                keys = tuple([documents.document_key(view, key, step.partition) for key in keys])
            folds.append((view, collection, keys))
        return Wanted(step, event, folds, poison)

    def _subscribers(self, step: Step) -> list[str]:
        """The views that an undecodable record concerns; all of them if not even its type is known."""
        if step.incoming is None:
            return [EVERY_VIEW]
        return [view.name for view in self.views if any(kind.wire == step.incoming.type for kind in view.events)]

    async def _commit(self, plan: Plan) -> list[Document]:
        async with self.store.transaction() as transaction:
            folded = await self._folded(transaction, plan.wanted, self.quarantine.held, plan.folded)
            await self._write(transaction, folded)
            await transaction.move(self.moves(plan.ends))
        self._keep(folded)
        return folded.rows

    async def _write(self, transaction: Transaction, folded: Folded) -> None:
        for collection, changed in folded.changed.items():
            await transaction.save(collection, changed)
        if folded.rows:
            await transaction.save("quarantine", folded.rows)

    async def _folded(
        self, transaction: Transaction, wanted: Sequence[Wanted], held: Collection[Held], ahead: Folded | None = None
    ) -> Folded:
        """Load what is not in memory, and fold, but for the views that were folded ahead."""
        fold = Folding(self._models)
        for collection, ids in _touched(wanted).items():
            if not (ahead and collection in ahead.views):
                known = self._kept[collection].known(ids)
                absent = [document_id for document_id in ids if document_id not in known]
                fold.begin(collection, known, await transaction.load(collection, absent) if absent else {})
        rows = self._fold(wanted, fold, held)
        folded = Folded(fold.views, fold.changed(), rows)
        return folded.with_(ahead) if ahead else folded

    async def fold_ahead(self, plan: Plan) -> None:
        """Fold into the views of one writer while the batch before this one is on its way: what that one changes is in
        memory, and what it does not is the same in the database before and after it, as long as the partition is this
        process's own (the checkpoint decides)."""
        if self._ahead is None or any(one.poison for one in plan.wanted):
            return
        ahead, after, fold = self._ahead, self._set_aside, Folding(self._models)
        for collection, ids in _touched(plan.wanted).items():
            if collection in self._one_writer:
                before = ahead.get(collection, {})
                known = self._kept[collection].known(ids) | {name: before[name] for name in ids if name in before}
                absent = [document_id for document_id in ids if document_id not in known]
                fold.begin(collection, known, await self.store.load(collection, absent) if absent else {})
        rows = self._fold(plan.wanted, fold, self.quarantine.held)
        if not rows:
            rest = [one for one in plan.wanted if any(name not in fold.views for _, name, _ in one.folds)]
            done = len(plan.wanted) - len(rest)
            plan.folded, plan.wanted = Folded(fold.views, fold.changed(), rows, done, after), rest

    def _keep(self, folded: Folded) -> None:
        for collection in self._one_writer & folded.views.keys():
            self._kept[collection].keep(folded.views[collection])

    def _fold(self, wanted: Iterable[Wanted], fold: "Folding", held: Collection[Held]) -> list[Document]:
        """Fold in order into the collections that have begun; what cannot be applied, and what comes behind it in its
        stream, becomes quarantine rows."""
        rows: list[Document] = []
        also: set[Held] = set()

        def park(view: str, step: Step, state: str, reason: str) -> None:
            rows.append(self.quarantine.row(view, step, state, reason))
            also.add((view, *step.partition, step.stream))

        for one in wanted:
            for name, reason in one.poison:
                park(name, one.step, "parked" if parks(name, one.step, held, also) else "open", reason)
            for view, collection, ids in one.folds:
                if collection not in fold.views:
                    continue
                if (held or also) and parks(view.name, one.step, held, also):
                    park(view.name, one.step, "parked", "behind an earlier record")
                    continue
                try:
                    fold.apply(view, collection, ids, one)
                except Exception as error:  # a view that raises must not stop the others
                    park(view.name, one.step, "open", f"{view.name}: {error!r}")
        return rows

    # -- what is parked -----------------------------------------------------------------------------------------

    async def retry(self, where: Held, request: Document | None = None) -> None:
        rows, size = await self.quarantine.rows(where), RETRIED
        settled = Settled(where[1:3], requests=[request["_id"]] if request else [])
        if request and request["kind"] == "discard":
            settled.gone = [row for row in rows if row["view"] == where[0]][:1]
            settled.discards = [self.quarantine.discard(row, request["by"]) for row in settled.gone]
            rows = [row for row in rows if row not in settled.gone]
        elif not request and (not rows or self._still_unknown(rows[0])):
            return
        left: list[Document] = []
        while (rows or settled.requests) and not left:
            chunk = rows[:size]
            wanted = [found for row in chunk if (found := self._wanted_again(row))]
            try:
                left = await self._settle(settled, chunk, wanted)
            except Unwritable as error:
                if len(chunk) > 1:
                    size = 1
                    continue
                left = await self._settle(settled, chunk, [_unwritable(one, error) for one in wanted])
            rows = rows[size:]
            self.quarantine.note([*left, *rows], instead_of=[*settled.gone, *chunk, *rows])
            settled = Settled(settled.partition)

    def _still_unknown(self, row: Document) -> bool:
        return row["state"] == "open" and isinstance(self.decode(parked_step(row)), str)

    def _wanted_again(self, row: Document) -> Wanted | None:
        wanted = self._want(parked_step(row))
        if wanted is not None and row["view"] != EVERY_VIEW:
            wanted.folds = [fold for fold in wanted.folds if fold[0].name == row["view"]]
            wanted.poison = [poison for poison in wanted.poison if poison[0] == row["view"]]
        return wanted

    async def _settle(self, settled: "Settled", rows: Sequence[Document], wanted: Sequence[Wanted]) -> list[Document]:
        """Apply parked records in one transaction with the removal of their rows: the rows that are left of them."""
        async with self.store.transaction() as transaction:
            folded = await self._folded(transaction, wanted, ())
            await self._write(transaction, folded)
            kept = {row["_id"] for row in folded.rows}
            gone = [row["_id"] for row in (*settled.gone, *rows) if row["_id"] not in kept]
            await transaction.remove("quarantine", gone)
            await transaction.save("discards", settled.discards)
            await transaction.remove("requests", settled.requests)
            await transaction.move([self.here(settled.partition)])
        self._keep(folded)
        return folded.rows


@dataclass
class Settled:
    """What becomes true together with the first parked records that are applied."""

    partition: Partition
    requests: Sequence[str] = ()
    gone: Sequence[Document] = ()
    discards: Sequence[Document] = ()


def _touched(wanted: Iterable[Wanted]) -> dict[str, set[str]]:
    """By collection, the ids of the documents that these events fold into."""
    touched: dict[str, set[str]] = defaultdict(set)
    for one in wanted:
        for _, collection, ids in one.folds:
            touched[collection].update(ids)
    return touched


def _unwritable(wanted: Wanted, error: Exception) -> Wanted:
    """The same event as poison for every view that it was to be folded into."""
    poison = [(view.name, f"{view.name}: {error}") for view, _, _ in wanted.folds]
    return Wanted(wanted.step, wanted.event, [], [*wanted.poison, *poison])
