"""What projectors and reactions keep in MongoDB: views, checkpoints, quarantine."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any

from pymongo import ASCENDING

from shared.kernel.mongo.driver import Driver, faults
from shared.kernel.mongo.log import write_moves
from shared.kernel.ports import Checkpoint, Document, Move, Taken, WriteConflict

CHUNK = 1_000
"""Documents of one update command."""


class MongoTransaction:
    """`Transaction`."""

    def __init__(self, driver: Driver, session: Any) -> None:
        self._db, self._session = driver.db, session

    async def load(self, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        cursor = self._db[collection].find({"_id": {"$in": list(ids)}}, session=self._session, batch_size=10_000)
        return {found["_id"]: found for found in await cursor.to_list(None)}

    async def save(self, collection: str, documents: Iterable[Document]) -> None:
        updates = ({"q": {"_id": document["_id"]}, "u": document, "upsert": True} for document in documents)
        while chunk := list(islice(updates, CHUNK)):
            answer = await self._db.command("update", collection, updates=chunk, session=self._session)
            if errors := answer.get("writeErrors"):
                fault = Taken if errors[0]["code"] == 11000 else WriteConflict
                raise fault(str(errors[0]))

    async def remove(self, collection: str, ids: Sequence[str]) -> None:
        await self._db[collection].delete_many({"_id": {"$in": list(ids)}}, session=self._session)

    async def move(self, moves: Sequence[Move]) -> None:
        await write_moves(self._db, moves, self._session)


class MongoViews:
    """`ViewStore`."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.db = driver.db

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[MongoTransaction]:
        async with self.driver.transaction() as session:
            yield MongoTransaction(self.driver, session)

    async def claim(self, ids: Sequence[str], owner: str) -> dict[str, Checkpoint]:
        claimed = {}
        with faults():
            former = await self.db.checkpoints.find({"_id": {"$in": list(ids)}}).to_list(None)
            await self._end_predecessors(former)
            for checkpoint_id in ids:
                found = await self.db.checkpoints.find_one_and_update(
                    {"_id": checkpoint_id},
                    {
                        "$inc": {"epoch": 1},
                        "$set": {"owner": owner, "sessions": self.driver.session_ids},
                        "$setOnInsert": {"next_offset": 0, "last_position": None, "last_source": ""},
                    },
                    upsert=True,
                    return_document=True,
                )
                claimed[checkpoint_id] = _checkpoint(found)
        return claimed

    async def _end_predecessors(self, former: Iterable[Document]) -> None:
        """What a dead owner left open would keep its documents locked until it times out."""
        own = set(self.driver.session_ids)
        theirs = {session for checkpoint in former for session in checkpoint.get("sessions", ())} - own
        await self.driver.end_sessions(sorted(theirs))

    async def checkpoints(self, ids: Sequence[str]) -> dict[str, Checkpoint]:
        with faults():
            found = await self.db.checkpoints.find({"_id": {"$in": list(ids)}}).to_list(None)
        return {document["_id"]: _checkpoint(document) for document in found}

    async def release(self, ids: Sequence[str], owner: str) -> None:
        with faults():
            await self.db.checkpoints.update_many(
                {"_id": {"$in": list(ids)}, "owner": owner}, {"$set": {"owner": "", "sessions": []}}
            )

    async def rows(self, collection: str, where: Mapping[str, Any]) -> list[Document]:
        with faults():
            return await self.db[collection].find(dict(where)).sort("_id", ASCENDING).to_list(None)

    async def ensure_view(self, collection: str, indexes: Sequence[str]) -> None:
        with faults():
            await self.db[collection].create_index([("_id", ASCENDING)])
            for name in indexes:
                await self.db[collection].create_index([(name, ASCENDING), ("_id", ASCENDING)])

    async def standing(self, ids: Sequence[str]) -> None:
        with faults():
            for checkpoint_id in ids:
                await self.db.standing.update_one({"_id": checkpoint_id}, [{"$set": {"at": "$$NOW"}}], upsert=True)


def _checkpoint(found: Document) -> Checkpoint:
    return Checkpoint(
        id=found["_id"],
        next_offset=found["next_offset"],
        last_position=found["last_position"],
        last_source=found["last_source"],
        epoch=found["epoch"],
    )
