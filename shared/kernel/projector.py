"""The projector: batch -> fold -> one transaction {views, checkpoint, quarantine}. Exactly once, or not at all."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.kernel import views as documents
from shared.kernel.event import Event
from shared.kernel.follower import EVERY_VIEW, Follower, Plan, Step, parked_step, stream_key
from shared.kernel.ports import Document, Partition, Transaction, WriteConflict
from shared.kernel.service import View

Keyed = tuple[View, tuple[str, ...]]


@dataclass(slots=True)
class Wanted:
    """An event that views of this set want, and the documents each of them folds it into."""

    step: Step
    event: Event | None
    poison: str
    folds: list[Keyed]


class Projector(Follower):
    """Keeps one set of views of one service."""

    def __init__(self, *, view_set: str, views: Sequence[View], **follower: Any) -> None:
        super().__init__(name=view_set, **follower)
        self.views = list(views)
        self._by_event: dict[type[Event], list[View]] = defaultdict(list)
        for view in self.views:
            for kind in view.events:
                self._by_event[kind].append(view)
        self.subscribed = frozenset(self._by_event)

    async def prepare(self) -> None:
        """Make the collections and indexes of this set."""
        for view in self.views:
            indexes = ("id",) if view.kind == "tally" else view.indexes
            await self.store.ensure_view(documents.collection_of(self.name, view), indexes)

    def names(self) -> list[str]:
        return [view.name for view in self.views]

    async def apply(self, plan: Plan) -> None:
        wanted = [found for step in plan.steps if (found := self._want(step))]
        try:
            rows = await self._commit(wanted, plan)
        except WriteConflict:
            if len(plan.steps) < 2:
                raise
            await self._halves(plan)
            return
        self.held |= {(row["view"], row["topic"], row["stream"]) for row in rows}
        poison = sum(row["state"] == "open" for row in rows)
        self.note(poison, len(wanted) - min(poison, len(wanted)))
        if rows:
            self._count_quarantine(await self.store.rows("quarantine", {"set": self.name}))

    async def _halves(self, plan: Plan) -> None:
        """Another process works on the same documents: smaller transactions meet less often."""
        middle = len(plan.steps) // 2
        first, second = Plan(plan.steps[:middle]), Plan(plan.steps[middle:], plan.ends)
        for step in first.steps:
            first.ends[step.record.topic, step.record.partition] = (step.record.offset + 1, step.last, step.source)
        await self.apply(first)
        self.stand_at(first.ends)
        await self.apply(second)

    def _want(self, step: Step) -> Wanted | None:
        event = self.decode(step, self.subscribed)
        if event is None:
            return None
        if isinstance(event, str):
            return Wanted(step, None, event, [])
        folds: list[Keyed] = []
        for view in self._by_event[type(event)]:
            if self.is_discarded(view.name, step):
                continue
            try:
                folds.append((view, tuple(view.key(event))))
            except Exception as error:  # the key function is part of a view: what it raises is poison
                return Wanted(step, None, f"{view.name}: {error!r}", [])
        return Wanted(step, event, "", folds) if folds else None

    def _subscribers(self, step: Step) -> list[str]:
        """The views that an undecodable record concerns; all of them if not even its type is known."""
        if step.incoming is None:
            return [EVERY_VIEW]
        return [view.name for view in self.views if any(kind.wire == step.incoming.type for kind in view.events)]

    async def _commit(self, wanted: Sequence[Wanted], plan: Plan) -> list[Document]:
        async with self.store.transaction() as transaction:
            fold = Folding(await self._load(transaction, wanted), self.name)
            rows = self._fold(wanted, fold)
            for collection, changed in fold.changed().items():
                await transaction.save(collection, changed)
            if rows:
                await transaction.save("quarantine", rows)
            await transaction.move(self.moves(plan.ends))
        return rows

    async def _load(self, transaction: Transaction, wanted: Sequence[Wanted]) -> dict[str, dict[str, Document]]:
        needed: dict[str, dict[str, None]] = defaultdict(dict)
        for one in wanted:
            for view, keys in one.folds:
                ids = needed[documents.collection_of(self.name, view)]
                for key in keys:
                    ids[documents.document_key(view, key, partition_of(one.step))] = None
        return {collection: await transaction.load(collection, list(ids)) for collection, ids in needed.items() if ids}

    def _fold(self, wanted: Sequence[Wanted], fold: "Folding") -> list[Document]:
        """Fold in order; what cannot be applied, and what comes behind it in its stream, becomes quarantine rows."""
        rows: list[Document] = []
        held: set[tuple[str, str, str]] = set()

        def park(view: str, step: Step, state: str, reason: str) -> None:
            rows.append(self.row(view, step, state, reason))
            held.add((view, step.record.topic, stream_key(step.record)))

        for one in wanted:
            if one.event is None:
                for name in self._subscribers(one.step):
                    if not self.is_discarded(name, one.step):
                        behind = bool(held or self.held) and self._behind(name, one.step, held)
                        park(name, one.step, "parked" if behind else "open", one.poison)
                continue
            for view, keys in one.folds:
                if (held or self.held) and self._behind(view.name, one.step, held):
                    park(view.name, one.step, "parked", "behind an earlier record")
                    continue
                try:
                    fold.apply(view, keys, one.step, one.event)
                except Exception as error:  # a view that raises must not stop the others
                    park(view.name, one.step, "open", f"{view.name}: {error!r}")
        return rows

    def _behind(self, view: str, step: Step, held: set[tuple[str, str, str]]) -> bool:
        topic, stream = step.record.topic, stream_key(step.record)
        return (view, topic, stream) in held or (EVERY_VIEW, topic, stream) in held or self.is_held(view, step)

    async def apply_parked(
        self, view: str, rows: list[Document], done: list[str], discards: list[Document], request: Document | None
    ) -> bool:
        views = {one.name: one for one in self.views}
        async with self.store.transaction() as transaction:
            left: list[Document] = []
            for number, row in enumerate(rows):
                reason = await self._apply_row(transaction, views, view, parked_step(row))
                if reason is not None:
                    left = [{**row, "state": "open", "reason": reason}, *rows[number + 1 :]]
                    break
                done.append(row["_id"])
            await transaction.remove("quarantine", done)
            await transaction.save("quarantine", left[:1])
            await transaction.save("discards", discards)
            if request:
                await transaction.remove("requests", [request["_id"]])
            await transaction.move(self.moves(self._where_it_stands(rows, request)))
        return bool(left)

    def _where_it_stands(
        self, rows: Sequence[Document], request: Document | None
    ) -> dict[Partition, tuple[int, int | None, str]]:
        """A step on the spot: holds only while this process owns the partition."""
        row = request or rows[0]
        partition = (row["topic"], row["partition"])
        standing = self.standing[partition]
        return {partition: (standing.next_offset, standing.last, standing.source)}

    async def _apply_row(
        self, transaction: Transaction, views: Mapping[str, View], name: str, step: Step
    ) -> str | None:
        """Fold one parked record; why it still cannot be applied, or None."""
        event = self.decode(step, self.subscribed)
        if isinstance(event, str):
            return event
        if event is None:
            return None
        for view in self._by_event[type(event)] if name == EVERY_VIEW else [views[name]]:
            try:
                keys = tuple(view.key(event))
            except Exception as error:  # the key function is part of a view
                return f"{view.name}: {error!r}"
            fold = Folding(await self._load(transaction, [Wanted(step, event, "", [(view, keys)])]), self.name)
            try:
                fold.apply(view, keys, step, event)
            except Exception as error:  # and so is its fold
                return f"{view.name}: {error!r}"
            for collection, changed in fold.changed().items():
                await transaction.save(collection, changed)
        return None


class Folding:
    """The documents of one transaction while events are folded into them."""

    def __init__(self, loaded: dict[str, dict[str, Document]], view_set: str) -> None:
        self._loaded = loaded
        self._view_set = view_set
        self._models: dict[tuple[str, str], Any] = {}
        self._changed: dict[str, dict[str, View]] = defaultdict(dict)

    def apply(self, view: View, keys: Sequence[str], step: Step, event: Event) -> None:
        """All of the view's documents that this event touches, or none if the fold raises."""
        collection = documents.collection_of(self._view_set, view)
        results = []
        for key in keys:
            document_id = documents.document_key(view, key, partition_of(step))
            before = self._before(view, collection, document_id)
            if before is None and view.kind == "tally":
                before = view.model(id=key)
            if view.wants_meta:
                after = view.fold(before, event, step.incoming and step.incoming.meta())
            else:
                after = view.fold(before, event)
            if after is not None and after is not before:
                results.append((document_id, after))
        for document_id, after in results:
            self._models[collection, document_id] = after
            self._changed[collection][document_id] = view

    def _before(self, view: View, collection: str, document_id: str) -> Any:
        where = (collection, document_id)
        if where not in self._models:
            found = self._loaded.get(collection, {}).get(document_id)
            self._models[where] = None if found is None else documents.from_document(view.model, found)
        return self._models[where]

    def changed(self) -> dict[str, list[Document]]:
        return {
            collection: [
                documents.to_document(view, document_id, self._models[collection, document_id])
                for document_id, view in changed.items()
            ]
            for collection, changed in self._changed.items()
        }


def partition_of(step: Step) -> Partition:
    return step.record.topic, step.record.partition
