"""What a projector needs of a database and of a consumer, in memory: to fold records and look at what comes out."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from typing import Any

from shared.kernel.ports import Checkpoint, Document, Move, Partition


class MemoryViews:
    """`ViewStore` and its transactions, without a database."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Document]] = {}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["MemoryViews"]:
        yield self

    async def load(self, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        found = self.documents.get(collection, {})
        return {name: deepcopy(found[name]) for name in ids if name in found}

    async def save(self, collection: str, documents: Iterable[Document]) -> None:
        self.documents.setdefault(collection, {}).update((document["_id"], document) for document in documents)

    async def remove(self, collection: str, ids: Sequence[str]) -> None: ...

    async def move(self, moves: Sequence[Move]) -> None: ...

    async def claim(self, ids: Sequence[str], owner: str) -> dict[str, Checkpoint]:
        return {name: Checkpoint(name) for name in ids}

    async def rows(self, collection: str, where: Mapping[str, Any], *_: Any) -> list[Document]:
        return []


class NoConsumer:
    async def beginning(self, partitions: Sequence[Partition]) -> dict[Partition, int]:
        return dict.fromkeys(partitions, 0)
