"""Documents in memory: while events are folded into them, and afterwards where nobody else writes them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.kernel import views as documents
from shared.kernel.event import Event
from shared.kernel.ports import Document
from shared.kernel.quarantine import Step
from shared.kernel.service import View

Views = dict[str, dict[str, Any]]
"""By collection and document id; None where there is none."""


@dataclass(slots=True)
class Wanted:
    """An event that views of this set want, and the documents each of them folds it into."""

    step: Step
    event: Event | None
    folds: list[tuple[View, str, tuple[str, ...]]]
    """View, collection, ids of the documents."""
    poison: Sequence[tuple[str, str]] = ()
    """Names of views for which this record cannot be applied, and why."""


class Kept:
    """The views used lately, by document id, as they stand in the database. Those that were not used while half of
    `most` others were are forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._young: dict[str, Any] = {}
        self._old: dict[str, Any] = {}

    def known(self, ids: Iterable[str]) -> dict[str, Any]:
        """Those of these that are in memory, None where there is known to be none."""
        young, old = self._young, self._old
        return {name: young[name] if name in young else old[name] for name in ids if name in young or name in old}

    def keep(self, views: Mapping[str, Any]) -> None:
        """What a transaction that is through has left, None where there is nothing."""
        self._young.update(views)
        if len(self._young) > self._most // 2:
            self._old, self._young = self._young, {}

    def clear(self) -> None:
        self._young, self._old = {}, {}


class Folding:
    """The documents of one transaction while events are folded into them."""

    def __init__(self, models: Mapping[str, type]) -> None:
        self._models = models
        self._codecs: dict[str, documents.Codec] = {}
        self._loaded: dict[str, dict[str, Document]] = {}
        self.views: Views = {}
        """As they are after what was folded."""
        self._changed: dict[str, set[str]] = {}

    def begin(self, collection: str, known: dict[str, Any], loaded: dict[str, Document]) -> None:
        """Before anything is folded into this collection: what stands there, in memory or as it was loaded."""
        self._codecs[collection] = documents.codec(self._models[collection])
        self._loaded[collection] = loaded
        self.views[collection], self._changed[collection] = known, set()

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
        before, found = None, self._loaded[collection].get(document_id)
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


@dataclass(slots=True)
class Folded:
    """What a batch comes to."""

    views: Views
    changed: dict[str, list[Document]]
    """By collection, the documents to be written."""
    rows: list[Document]
    """Of the quarantine, for what could not be applied."""
    events: int = 0
    """How many of the batch concern no other views."""
    after: int = 0
    """How often something had been set aside when it was looked up what this is folded on."""

    def with_(self, other: "Folded") -> "Folded":
        """Together with other views of the same batch."""
        return Folded(self.views | other.views, self.changed | other.changed, self.rows + other.rows)
