"""What projectors and reactions keep in MongoDB: views, checkpoints, quarantine."""

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any

from bson.errors import BSONError
from pymongo import ASCENDING

from shared.kernel.mongo.driver import Driver, faults
from shared.kernel.ports import Checkpoint, Document, Fenced, Move, Taken, Unwritable, WriteConflict

CHUNK = 2_000
"""Documents of one update command."""
ALIVE_MS = 10_000
"""A process that has reported within so many milliseconds lives."""


class SetServed(Exception):
    """Another living process keeps or serves this set of views; `str()` names it."""


class MongoTransaction:
    """`Transaction`."""

    def __init__(self, driver: Driver, session: Any) -> None:
        self._db, self._session = driver.db, session

    async def load(self, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        return await _loaded(self._db[collection], ids, self._session)

    async def save(self, collection: str, documents: Iterable[Document]) -> None:
        updates = ({"q": {"_id": document["_id"]}, "u": document, "upsert": True} for document in documents)
        while chunk := list(islice(updates, CHUNK)):
            try:
                await self._update(collection, chunk)
            except (BSONError, OverflowError, UnicodeError) as error:
                raise Unwritable(str(error)) from error

    async def _update(self, collection: str, updates: Sequence[Document]) -> int:
        """One raw command, which reports in its answer what went wrong: how many documents were found or made."""
        answer = await self._db.command("update", collection, updates=updates, session=self._session)
        if errors := answer.get("writeErrors"):
            raise (Taken if errors[0]["code"] == 11000 else WriteConflict)(str(errors[0]))
        return int(answer["n"])

    async def remove(self, collection: str, ids: Sequence[str]) -> None:
        if ids:
            await self._db[collection].delete_many({"_id": {"$in": ids}}, session=self._session)

    async def move(self, moves: Sequence[Move]) -> None:
        steps = [
            {
                "q": {"_id": move.id, "epoch": move.epoch, "next_offset": move.expected},
                "u": {
                    "$set": {
                        "next_offset": move.next_offset,
                        "last_position": move.last_position,
                        "last_source": move.last_source,
                    },
                    "$inc": {"moves": 1},  # a step on the spot is a write too, so that it meets a claim
                },
            }
            for move in moves
        ]
        if await self._update("checkpoints", steps) != len(moves):
            raise Fenced(", ".join(move.id for move in moves))


class MongoViews:
    """`ViewStore`."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.db = driver.db

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[MongoTransaction]:
        async with self.driver.transaction() as session:
            yield MongoTransaction(self.driver, session)

    async def load(self, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        with faults():
            async with self.driver.causal() as session:
                return await _loaded(self.db[collection], ids, session)

    async def claim(self, ids: Sequence[str], owner: str) -> dict[str, Checkpoint]:
        claimed = {}
        with faults():
            former = await self.db.checkpoints.find({"_id": {"$in": ids}}).to_list(None)
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
            found = await self.db.checkpoints.find({"_id": {"$in": ids}}).to_list(None)
        return {document["_id"]: _checkpoint(document) for document in found}

    async def settled(self, ids: Sequence[str]) -> dict[str, Checkpoint]:
        found = {}
        with faults():
            for checkpoint_id in ids:
                document = await self.db.checkpoints.find_one_and_update(
                    {"_id": checkpoint_id}, {"$inc": {"moves": 1}}, return_document=True
                )
                if document is not None:
                    found[checkpoint_id] = _checkpoint(document)
        return found

    async def release(self, ids: Sequence[str], owner: str) -> None:
        if ids:
            with faults():
                await self.db.checkpoints.update_many(
                    {"_id": {"$in": ids}, "owner": owner}, {"$set": {"owner": "", "sessions": []}}
                )

    async def rows(
        self, collection: str, where: Mapping[str, Any], fields: Sequence[str] = (), limit: int = 0
    ) -> list[Document]:
        with faults():
            found = self.db[collection].find(dict(where), list(fields) or None).sort("_id", ASCENDING).limit(limit)
            return await found.to_list(None)

    async def ensure_view(self, collection: str, indexes: Sequence[str]) -> None:
        with faults():
            await self.db[collection].create_index([("_id", ASCENDING)])
            for name in indexes:
                await self.db[collection].create_index([(name, ASCENDING), ("_id", ASCENDING)])

    async def standing(self, ids: Sequence[str]) -> None:
        now: list[Document] = [{"$set": {"at": "$$NOW"}}]
        with faults():
            known = await self.db.standing.update_many({"_id": {"$in": ids}}, now) if ids else None
            if known and known.matched_count < len(ids):
                for checkpoint_id in ids:
                    await self.db.standing.update_one({"_id": checkpoint_id}, now, upsert=True)

    async def drop_set(self, view_set: str) -> list[str]:
        """Remove a set of views that no build claims any more: the names of its collections. SetServed."""
        of_set = {"_id": {"$regex": f"^{re.escape(view_set)}:"}}
        with faults():
            living = await self._living()
            owners = await self.db.checkpoints.distinct("owner", of_set)
            if users := [name for name, served in living.items() if served == view_set or name in owners]:
                raise SetServed(", ".join(users))
            collections = [c for c in await self.db.list_collection_names() if c.startswith(f"{view_set}_")]
            for collection in (self.db.checkpoints, self.db.standing):
                await collection.delete_many(of_set)
            for collection in (self.db.quarantine, self.db.requests):
                await collection.delete_many({"set": view_set})
            for name in collections:
                await self.db.drop_collection(name)
        return collections

    async def _living(self) -> dict[str, str]:
        """The other processes that have reported just now, and the set that each serves."""
        reported = {"$gt": ["$beat", {"$subtract": ["$$NOW", ALIVE_MS]}]}
        recent = {"$expr": reported, "_id": {"$ne": self.driver.process}}
        return {found["_id"]: found.get("serves", "") for found in await self.db.processes.find(recent).to_list(None)}


async def _loaded(collection: Any, ids: Sequence[str], session: Any) -> dict[str, Document]:
    cursor = collection.find({"_id": {"$in": ids}}, session=session, batch_size=10_000)
    return {found["_id"]: found for found in await cursor.to_list(None)}


def _checkpoint(found: Document) -> Checkpoint:
    return Checkpoint(
        id=found["_id"],
        next_offset=found["next_offset"],
        last_position=found["last_position"],
        last_source=found["last_source"],
        epoch=found["epoch"],
    )
