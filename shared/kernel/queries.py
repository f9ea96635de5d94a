"""Reading this service's own views, and waiting until they show what was just committed."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import structlog

from shared.kernel import views as documents
from shared.kernel.cloudevents import partition_of
from shared.kernel.mongo.reads import AT_ONCE, MongoReads
from shared.kernel.ports import Commit, Document, Partition, RelayStore, StoreFault, ViewStore
from shared.kernel.quarantine import EVERY_VIEW
from shared.kernel.relay import assign
from shared.kernel.service import Service, View
from shared.kernel.topics import partition_count, partitions_of
from shared.values.org_path import ROOT, OrgPath

log = structlog.get_logger()
V = TypeVar("V")

LARGEST_PAGE = 1_000
LARGEST_TALLY = 1_000_000
"""Documents of one tally, over all keys and partitions."""
SETTLING = 2.0
"""Seconds for which `settled` waits before it says not yet."""
UNNUMBERED = 5_000
"""Commits for whose numbers `settled` waits; with more it says not yet."""
POLL = 0.015
"""Seconds between two looks of the one poller that serves all who wait."""


@dataclass
class Waiting:
    """Those who wait for one commit."""

    ends: Mapping[Partition, int] | None = None
    """The last position of the commit in each partition it went to; None: not numbered yet."""
    shown: asyncio.Event = field(default_factory=asyncio.Event)
    count: int = 0


class Queries:
    """`Views` of a unit of work."""

    def __init__(
        self, service: Service, reads: MongoReads, relay: RelayStore, store: ViewStore, directory: Any, partitions: int
    ) -> None:
        self._service, self._reads, self._relay, self._store = service, reads, relay, store
        self._directory, self._partitions = directory, partitions
        kinds = {kind for view in service.views.values() for kind in view.events if kind.owner == service.name}
        self._followed = {service.topic, *(kind.published_on() for kind in kinds)}
        """The topics of this very service that its views are folded from."""
        self._waiting: dict[str, Waiting] = {}
        self._poller: asyncio.Task[None] | None = None

    async def view(self, model: type[V], key: str) -> V | None:
        view = self._service.view_of(model)
        if view.kind == "tally":
            found = await self._reads.page(self._collection(view), {"id": key}, LARGEST_TALLY)
            return cast("V | None", documents.added(model, key, found))
        document = await self._reads.get(self._collection(view), key)
        return None if document is None else cast("V", documents.from_document(model, document))

    async def find(
        self,
        model: type[V],
        where: Mapping[str, Any],
        *,
        limit: int = 100,
        after: str | None = None,
        scopes: Sequence[OrgPath] | None = None,
    ) -> list[V]:
        view = self._service.view_of(model)
        limit = min(limit, LARGEST_PAGE)
        wanted = [dict(where)] if where else []
        if scopes is not None and ROOT not in scopes:
            organisations = self._directory.within(scopes)
            if len(organisations) > AT_ONCE and not where and "org_id" in view.indexes:
                found = await self._reads.page_of(self._collection(view), "org_id", organisations, after, limit)
                return [documents.from_document(model, document) for document in found]
            wanted.append({"org_id": {"$in": organisations}})
        if after is not None:
            wanted.append({("_id" if view.kind == "owned" else "id"): {"$gt": after}})
        filter_: Document = {"$and": wanted} if wanted else {}
        if view.kind == "tally":
            return self._added(view, await self._reads.page(self._collection(view), filter_, LARGEST_TALLY))[:limit]
        found = await self._reads.page(self._collection(view), filter_, limit)
        return [documents.from_document(model, document) for document in found]

    def _added(self, view: View, found: Sequence[Document]) -> list[Any]:
        by_key: dict[str, list[Document]] = {}
        for document in found:
            by_key.setdefault(document["id"], []).append(document)
        return [documents.added(view.model, key, by_key[key]) for key in sorted(by_key)]

    def _collection(self, view: View) -> str:
        return documents.collection_of(self._service.view_set, view)

    # -- whether the views show what was committed --------------------------------------------------------------

    async def settled(self, model: type) -> bool:
        """Whether this view now shows all that its service had committed when this was asked."""
        try:
            async with asyncio.timeout(SETTLING):
                pending = await self._store.rows("log", {"pending": True}, ("_id",), UNNUMBERED)
                unnumbered = [commit["_id"] for commit in pending]
                while len(unnumbered) > len(await self._reads.positions(unnumbered)):
                    await asyncio.sleep(POLL)
                tails = await self._tails()
                while not _covers(await self._shown(), tails):
                    await asyncio.sleep(POLL)
        except TimeoutError:
            return False
        held = {"set": self._service.view_set, "view": {"$in": [self._service.view_of(model).name, EVERY_VIEW]}}
        return len(unnumbered) < UNNUMBERED and not await self._store.rows("quarantine", held, ("_id",), 1)

    async def _tails(self) -> dict[Partition, int]:
        """The last numbered position of each partition."""
        sequence = await self._relay.sequence()
        planned = await self._relay.commits(sequence.pending)
        tails = assign(planned, sequence.pending_first, sequence.tails, self._partitions)[1]
        return {partition: position for partition, position in tails.items() if partition[0] in self._followed}

    async def _shown(self) -> dict[Partition, int]:
        """How far this service's views have applied each partition of its own topics."""
        wanted = partitions_of(self._followed, self._partitions)
        ids = {f"{self._service.view_set}:{topic}:{number}": (topic, number) for topic, number in wanted}
        found = await self._store.checkpoints(list(ids))
        return {ids[name]: checkpoint.last_position or 0 for name, checkpoint in found.items()}

    async def wait(self, commits: Sequence[Commit], seconds: float) -> bool:
        """Whether this service's own views show these commits within so many seconds."""
        if not commits:
            return True
        waiting = [self._waiting.setdefault(commit.id, Waiting()) for commit in commits]
        for one in waiting:
            one.count += 1
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())
        try:
            async with asyncio.timeout(seconds):
                for one in waiting:
                    await one.shown.wait()
                return not await self._parked(commits)
        except TimeoutError:
            return False
        finally:
            for commit, one in zip(commits, waiting, strict=True):
                one.count -= 1
                if not one.count:
                    self._waiting.pop(commit.id, None)

    async def _poll(self) -> None:
        """One look at the checkpoints serves all who wait."""
        while self._waiting:
            try:
                await self._look()
            except StoreFault as fault:
                log.warning("cannot see how far the views are", reason=str(fault)[:200])
            await asyncio.sleep(POLL)

    async def _look(self) -> None:
        unknown = [commit_id for commit_id, waiting in self._waiting.items() if waiting.ends is None]
        for commit_id, numbered in (await self._reads.positions(unknown) if unknown else {}).items():
            if waiting := self._waiting.get(commit_id):
                waiting.ends = self._ends(numbered)
        shown = await self._shown() if any(one.ends is not None for one in self._waiting.values()) else {}
        for waiting in self._waiting.values():
            if waiting.ends is not None and _covers(shown, waiting.ends):
                waiting.shown.set()

    def _ends(self, numbered: Document) -> dict[Partition, int]:
        """The last position of a commit in each partition that it went to, of topics that the views follow."""
        ends: dict[Partition, int] = {}
        for index, wire in enumerate(numbered["events"]):
            if (topic := wire["topic"]) in self._followed:
                number = partition_of(wire["key"], partition_count(topic, self._partitions))
                ends[topic, number] = numbered["first_position"] + index
        return ends

    async def _parked(self, commits: Sequence[Commit]) -> bool:
        keys = [wire.key for commit in commits for wire in commit.events]
        where = {"set": self._service.view_set, "topic": {"$in": sorted(self._followed)}, "stream": {"$in": keys}}
        return bool(await self._store.rows("quarantine", where, ("_id",), 1))


def _covers(shown: Mapping[Partition, int], positions: Mapping[Partition, int]) -> bool:
    return all(shown.get(partition, 0) >= position for partition, position in positions.items())
