"""The projector: batch -> fold -> one transaction {views, checkpoint, quarantine}. Exactly once, or not at all."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.kernel import views as documents
from shared.kernel.event import Event
from shared.kernel.follower import Follower, Plan
from shared.kernel.kept import Kept
from shared.kernel.ports import Document, End, Partition, Transaction, Unwritable, WriteConflict
from shared.kernel.quarantine import EVERY_VIEW, Held, Step, parked_step, parks
from shared.kernel.rebuild import Rebuild
from shared.kernel.service import View

RETRIED = 500
"""Parked records applied in one transaction."""
KEPT = 50_000
"""Documents of one view that stay in memory."""


@dataclass(slots=True)
class Wanted:
    """An event that views of this set want, and the documents each of them folds it into."""

    step: Step
    event: Event | None
    folds: list[tuple[View, str, tuple[str, ...]]]
    """View, collection, ids of the documents."""
    poison: Sequence[tuple[str, str]] = ()
    """Names of views for which this record cannot be applied, and why."""


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
        self._kept = {
            documents.collection_of(view_set, view): Kept(KEPT if view.one_writer else 0) for view in self.views
        }
        """By collection. Changed once a transaction is through, forgotten when it is not known whether it is."""
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
        for kept in self._kept.values():
            kept.clear()

    async def commit(self, plan: Plan) -> None:
        try:
            await self._apply(plan.wanted, plan)
        except WriteConflict:
            await self._apply_smaller(plan)

    async def _apply_smaller(self, plan: Plan) -> None:
        """Another process works on the same documents: smaller transactions meet less often."""
        try:
            await self._apply(plan.wanted, plan)
        except WriteConflict:
            if len(plan.steps) < 2:
                raise
            await self._halves(plan)

    async def _apply(self, wanted: list[Wanted], plan: Plan) -> None:
        try:
            rows = await self._commit(wanted, plan.ends)
        except Unwritable as error:
            if len(plan.steps) > 1:
                await self._halves(plan)
                return
            rows = await self._commit([_unwritable(one, error) for one in wanted], plan.ends)
        self.quarantine.note(rows)
        poison = len({row["place"] for row in rows if row["state"] == "open"})
        parked = len({row["place"] for row in rows if row["state"] == "parked"})
        self.note(poison, max(0, len(wanted) - poison - parked))

    async def _halves(self, plan: Plan) -> None:
        middle = len(plan.steps) // 2
        first = Plan(plan.steps[:middle], {step.partition: step.end for step in plan.steps[:middle]})
        second = Plan(plan.steps[middle:], plan.ends)
        for half in (first, second):
            half.wanted = self.want(half.steps)
        await self.commit(first)
        self.stand_at(first.ends)
        await self.commit(second)

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

    async def _commit(self, wanted: Sequence[Wanted], ends: Mapping[Partition, End]) -> list[Document]:
        async with self.store.transaction() as transaction:
            fold, rows = await self._write(transaction, wanted, self.quarantine.held)
            if rows:
                await transaction.save("quarantine", rows)
            await transaction.move(self.moves(ends))
        self._keep(fold)
        return rows

    async def _write(
        self, transaction: Transaction, wanted: Sequence[Wanted], held: Collection[Held]
    ) -> tuple["Folding", list[Document]]:
        """Load, fold and write back; with the quarantine rows of what could not be applied."""
        needed: dict[str, set[str]] = defaultdict(set)
        for one in wanted:
            for _, collection, ids in one.folds:
                needed[collection].update(ids)
        fold = Folding(self._models)
        for collection, touched in needed.items():
            kept = self._kept[collection]
            absent = kept.absent(touched)
            fold.begin(collection, kept, await transaction.load(collection, absent) if absent else {})
        rows = self._fold(wanted, fold, held)
        for collection, changed in fold.changed().items():
            await transaction.save(collection, changed)
        return fold, rows

    def _keep(self, fold: "Folding") -> None:
        for view in self.views:
            collection = documents.collection_of(self.name, view)
            if view.one_writer and collection in fold.views:
                self._kept[collection].keep(fold.views[collection])

    def _fold(self, wanted: Iterable[Wanted], fold: "Folding", held: Collection[Held]) -> list[Document]:
        """Fold in order; what cannot be applied, and what comes behind it in its stream, becomes quarantine rows."""
        rows: list[Document] = []
        also: set[Held] = set()

        def park(view: str, step: Step, state: str, reason: str) -> None:
            rows.append(self.quarantine.row(view, step, state, reason))
            also.add((view, *step.partition, step.stream))

        for one in wanted:
            for name, reason in one.poison:
                park(name, one.step, "parked" if parks(name, one.step, held, also) else "open", reason)
            for view, collection, ids in one.folds:
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
            fold, left = await self._write(transaction, wanted, ())
            kept = {row["_id"] for row in left}
            gone = [row["_id"] for row in (*settled.gone, *rows) if row["_id"] not in kept]
            await transaction.remove("quarantine", gone)
            await transaction.save("quarantine", left)
            await transaction.save("discards", settled.discards)
            await transaction.remove("requests", settled.requests)
            await transaction.move([self.here(settled.partition)])
        self._keep(fold)
        return left


@dataclass
class Settled:
    """What becomes true together with the first parked records that are applied."""

    partition: Partition
    requests: Sequence[str] = ()
    gone: Sequence[Document] = ()
    discards: Sequence[Document] = ()


class Folding:
    """The documents of one transaction while events are folded into them."""

    def __init__(self, models: Mapping[str, type]) -> None:
        self._models = models
        self._codecs: dict[str, documents.Codec] = {}
        self._kept: dict[str, Kept] = {}
        self._loaded: dict[str, dict[str, Document]] = {}
        self.views: dict[str, dict[str, Any]] = {}
        """By collection and id, as they are after what was folded; None where nothing is."""
        self._changed: dict[str, set[str]] = {}

    def begin(self, collection: str, kept: Kept, loaded: dict[str, Document]) -> None:
        """Before anything is folded into this collection: what stands there, in memory or as it was loaded."""
        self._codecs[collection] = documents.codec(self._models[collection])
        self._kept[collection], self._loaded[collection] = kept, loaded
        self.views[collection], self._changed[collection] = {}, set()

    def apply(self, view: View, collection: str, ids: Sequence[str], wanted: Wanted) -> None:
        """All of the view's documents that this event touches, or none if the fold raises."""
        views, results = self.views[collection], []
        more = (wanted.step.incoming.meta(),) if view.wants_meta and wanted.step.incoming else ()
        for document_id in ids:
            before = views[document_id] if document_id in views else self._before(view, collection, document_id)
            after = view.fold(before, wanted.event, *more)
            if after is not None and after is not before:
                results.append((document_id, after))
        changed = self._changed[collection]
        for document_id, after in results:
            views[document_id] = after
            changed.add(document_id)

    def _before(self, view: View, collection: str, document_id: str) -> Any:
        before = self._kept[collection].get(document_id)
        if before is None:
            found = self._loaded[collection].get(document_id)
            if found is not None:
                before = self._codecs[collection][1](found)
            elif view.kind == "tally":  # whose fold always has a row
                before = view.model(id=document_id.rpartition("|")[0])
        self.views[collection][document_id] = before
        return before

    def changed(self) -> dict[str, list[Document]]:
        return {
            collection: [
                {"_id": document_id, **self._codecs[collection][0](self.views[collection][document_id])}
                for document_id in changed
            ]
            for collection, changed in self._changed.items()
            if changed
        }


def _unwritable(wanted: Wanted, error: Exception) -> Wanted:
    """The same event as poison for every view that it was to be folded into."""
    poison = [(view.name, f"{view.name}: {error}") for view, _, _ in wanted.folds]
    return Wanted(wanted.step, wanted.event, [], [*wanted.poison, *poison])
