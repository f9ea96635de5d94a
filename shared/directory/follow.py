"""Where a process's directory reads from: the three views of its own service, in the set that this build keeps."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeVar

from shared.directory.entries import Organisation, RoleHeld
from shared.kernel import views as documents
from shared.kernel.mongo.reads import MongoReads
from shared.kernel.service import Service

E = TypeVar("E")

SOURCE = "gonghui.members"
"""The topic that feeds the directory."""


class DirectoryEntries:
    """`Entries` of a directory."""

    def __init__(self, service: Service, reads: MongoReads, partitions: int) -> None:
        self._service, self._reads, self._partitions = service, reads, partitions
        self.changed: Callable[[], None] = lambda: None
        """Called whenever organisations or roles have changed."""

    def _collection(self, model: type) -> str:
        return documents.collection_of(self._service.view_set, self._service.view_of(model))

    async def get(self, model: type[E], key: str) -> E | None:
        found = await self._reads.get(self._collection(model), key)
        return documents.from_document(model, found) if found else None

    async def follow(self) -> AsyncIterator[Sequence[Organisation | RoleHeld]]:
        models = {self._collection(model): model for model in (Organisation, RoleHeld)}
        async for changes in self._reads.follow(list(models)):
            yield [documents.from_document(models[collection], document) for collection, document in changes]
            self.changed()

    async def standing(self) -> float:
        return await self._reads.standing_age(f"{self._service.view_set}:{SOURCE}", self._partitions)
