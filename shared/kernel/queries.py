"""Reading this service's own views, and waiting until they show what was just committed."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from shared.kernel import views as documents
from shared.kernel.cloudevents import partition_of
from shared.kernel.mongo.reads import MongoReads
from shared.kernel.ports import Commit, Document, Partition, RelayStore, ViewStore
from shared.kernel.relay import assign
from shared.kernel.service import Service, View
from shared.values.org_path import ROOT, OrgPath

V = TypeVar("V")

LARGEST_PAGE = 1_000
SETTLING = 2.0
"""Seconds for which `settled` waits before it says not yet."""
POLL = 0.015
"""Seconds between two looks of the one poller that serves all who wait."""


class Queries:
    """`Views` of a unit of work."""

    def __init__(
        self, service: Service, reads: MongoReads, relay: RelayStore, store: ViewStore, directory: Any, partitions: int
    ) -> None:
        self._service, self._reads, self._relay, self._store = service, reads, relay, store
        self._directory, self._partitions = directory, partitions
        self._waiting: dict[str, _Waiting] = {}
        self._poller: asyncio.Task[None] | None = None

    async def view(self, model: type[V], key: str) -> V | None:
        view = self._service.view_of(model)
        collection = documents.collection_of(self._service.view_set, view)
        if view.kind == "tally":
            return cast(
                "V | None", documents.added(model, key, await self._reads.page(collection, {"id": key}, 10_000))
            )
        found = await self._reads.get(collection, key)
        return None if found is None else cast("V", documents.from_document(model, found))

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
        wanted = dict(where)
        if scopes is not None and ROOT not in scopes:
            wanted["org_id"] = {"$in": self._directory.within(scopes)}
        if view.kind == "tally":
            return await self._tallies(view, wanted, min(limit, LARGEST_PAGE), after)
        if after is not None:
            wanted["_id"] = {"$gt": after}
        collection = documents.collection_of(self._service.view_set, view)
        found = await self._reads.page(collection, wanted, min(limit, LARGEST_PAGE))
        return [documents.from_document(model, document) for document in found]

    async def _tallies(self, view: View, where: dict[str, Any], limit: int, after: str | None) -> list[Any]:
        if after is not None:
            where["id"] = {"$gt": after}
        collection = documents.collection_of(self._service.view_set, view)
        by_key: dict[str, list[Document]] = {}
        for document in await self._reads.page(collection, where, 1_000_000):
            by_key.setdefault(document["id"], []).append(document)
        return [documents.added(view.model, key, by_key[key]) for key in sorted(by_key)[:limit]]

    async def settled(self, model: type) -> bool:
        """Whether this service's views now show all that it had committed when this was asked."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + SETTLING
        newest = await self._reads.newest_pending()
        while newest and not await self._reads.positions([newest]):
            if loop.time() > deadline:
                return False
            await asyncio.sleep(POLL)
        tails = await self._tails()
        while not await self._shows(tails):
            if loop.time() > deadline:
                return False
            await asyncio.sleep(POLL)
        return True

    async def _tails(self) -> dict[Partition, int]:
        sequence = await self._relay.sequence()
        planned = await self._relay.commits(sequence.pending)
        return assign(planned, sequence.pending_first, sequence.tails, self._partitions)[1]

    async def _shows(self, positions: Mapping[Partition, int]) -> bool:
        view_set = self._service.view_set
        ids = {p: f"{view_set}:{p[0]}:{p[1]}" for p in positions if p[0] == self._service.topic}
        found = await self._store.checkpoints(list(ids.values()))
        return all(name in found and (found[name].last_position or 0) >= positions[p] for p, name in ids.items())

    # -- Prefer: wait -------------------------------------------------------------------------------------------

    async def wait(self, commits: Sequence[Commit], seconds: float) -> bool:
        """Whether this service's own views show these commits within so many seconds."""
        if not commits:
            return True
        waiting = _Waiting(asyncio.get_running_loop().create_future())
        for commit in commits:
            self._waiting[commit.id] = waiting
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())
        try:
            async with asyncio.timeout(seconds):
                while not all([await asyncio.shield(self._waiting[c.id].done) for c in commits]):
                    pass
            return not await self._parked(commits)
        except TimeoutError:
            return False
        finally:
            for commit in commits:
                self._waiting.pop(commit.id, None)

    async def _poll(self) -> None:
        while self._waiting:
            found = await self._reads.positions(list(self._waiting))
            for commit_id, numbered in found.items():
                waiting = self._waiting.get(commit_id)
                if waiting and not waiting.done.done() and await self._shows(self._ends(numbered)):
                    waiting.done.set_result(True)
            await asyncio.sleep(POLL)

    def _ends(self, numbered: Document) -> dict[Partition, int]:
        """The last position of a commit in each partition it went to."""
        ends: dict[Partition, int] = {}
        for index, wire in enumerate(numbered["events"]):
            partition = (wire["topic"], partition_of(wire["key"], self._partitions))
            ends[partition] = numbered["first_position"] + index
        return ends

    async def _parked(self, commits: Sequence[Commit]) -> bool:
        keys = [wire.key for commit in commits for wire in commit.events]
        where = {"set": self._service.view_set, "topic": self._service.topic, "stream": {"$in": keys}}
        return bool(await self._store.rows("quarantine", where))


@dataclass
class _Waiting:
    done: asyncio.Future[bool]
