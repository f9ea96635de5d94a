"""The log in MongoDB: one document a commit, unique on (stream, version) and on (actor, key)."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from bson import Timestamp
from pymongo import ASCENDING, DeleteOne, ReplaceOne

from shared.kernel.cloudevents import Lines
from shared.kernel.mongo.appends import Appends
from shared.kernel.mongo.driver import Driver, faults
from shared.kernel.mongo.together import Together
from shared.kernel.ports import Commit, Document, Drop, Fenced, Move, Put, Reserve, Wire, Write


class MongoLog:
    """`LogStore`."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.db = driver.db
        self.closed_for: str | None = None
        self._appends = Appends(driver)
        self._holders = Together(self._holding)
        self._beginnings = Together(self._from_the_beginning)

    async def prepare(self) -> None:
        """Make the indexes; a duplicate key names the first one that it breaks, `_id` and then these in their order."""
        log = self.db.log
        with faults():
            await log.create_index([("stream", ASCENDING), ("version", ASCENDING)], unique=True, name="stream_version")
            await log.create_index(
                [("actor", ASCENDING), ("key", ASCENDING)],
                unique=True,
                name="actor_key",
                partialFilterExpression={"key": {"$exists": True}},
            )
            await log.create_index([("ts", ASCENDING)], name="pending", partialFilterExpression={"pending": True})
            await log.create_index(
                [("first_position", ASCENDING)], name="position", partialFilterExpression={"first_position": {"$gt": 0}}
            )
            await self.db.snapshots.create_index([("_id", ASCENDING), ("next_version", ASCENDING)], name="kept")

    async def append(self, commits: Sequence[Commit], writes: Sequence[Write] = (), moves: Sequence[Move] = ()) -> None:
        if len(commits) == 1 and not writes and not moves:
            await self._appends.of(to_document(commits[0]))
            return
        async with self.driver.transaction() as session:
            await write_moves(self.db, moves, session)
            await _write_all(self.db, writes, session)
            if commits:
                await self.db.log.insert_many([to_document(commit) for commit in commits], session=session)

    async def commit(self, commit_id: str) -> Commit | None:
        return await self._one({"_id": commit_id})

    async def keyed(self, actor: str, key: str) -> Commit | None:
        return await self._one({"actor": actor, "key": key})

    async def _one(self, where: Document) -> Commit | None:
        with faults():
            async with self.driver.causal() as session:
                found = await self.db.log.find_one(where, session=session)
        return from_document(found) if found else None

    async def tail(self, stream: str, after: int) -> list[Commit]:
        if after == 1:
            return await self._beginnings.of(stream) or []
        with faults():
            async with self.driver.causal() as session:
                cursor = self.db.log.find({"stream": stream, "version": {"$gte": after}}, session=session)
                return [from_document(found) for found in await cursor.sort("version", ASCENDING).to_list(None)]

    async def _from_the_beginning(self, streams: list[str]) -> dict[str, list[Commit]]:
        found: dict[str, list[Commit]] = {}
        with faults():
            async with self.driver.causal() as session:
                cursor = self.db.log.find({"stream": {"$in": streams}}, session=session)
                order = [("stream", ASCENDING), ("version", ASCENDING)]
                for commit in map(from_document, await cursor.sort(order).to_list(None)):
                    found.setdefault(commit.stream, []).append(commit)
        return found

    async def holder(self, key: str) -> str | None:
        return await self._holders.of(key)

    async def _holding(self, keys: list[str]) -> dict[str, str]:
        with faults():
            async with self.driver.causal() as session:
                found = await self.db.reservations.find({"_id": {"$in": keys}}, session=session).to_list(None)
        return {document["_id"]: document["holder"] for document in found}

    async def document(self, collection: str, document_id: str) -> Document | None:
        with faults():
            async with self.driver.causal() as session:
                found: Document | None = await self.db[collection].find_one({"_id": document_id}, session=session)
        return found

    async def snapshot(self, stream: str) -> Document | None:
        return await self.document("snapshots", stream)

    async def keep_snapshot(self, document: Document) -> None:
        with faults():
            await self.db.snapshots.replace_one({"_id": document["_id"]}, document, upsert=True)

    async def snapshots(self) -> dict[str, int]:
        told = {"_id": 1, "next_version": 1}
        with faults():  # of the index alone: the states are large
            found = await self.db.snapshots.find({}, told).hint("kept").to_list(None)
        return {snapshot["_id"]: snapshot["next_version"] for snapshot in found}

    def closed(self) -> str | None:
        return self.closed_for

    async def hear(self) -> None:
        """Ask whether the log has been closed; called about once a second."""
        with faults():
            found = await self.db.sequence.find_one({"_id": "closed"})
        self.closed_for = found["reason"] if found else None


async def _write_all(db: Any, writes: Sequence[Write], session: Any) -> None:
    reserved = [{"_id": write.key, "holder": write.holder} for write in writes if isinstance(write, Reserve)]
    if reserved:
        await db.reservations.insert_many(reserved, session=session)
    by_collection: dict[str, list[ReplaceOne[Document] | DeleteOne]] = {}
    for write in writes:
        if isinstance(write, Put):
            replace = ReplaceOne({"_id": write.id}, {"_id": write.id, **write.document}, upsert=True)
            by_collection.setdefault(write.collection, []).append(replace)
        elif isinstance(write, Drop):
            by_collection.setdefault(write.collection, []).append(DeleteOne({"_id": write.id}))
    for collection, operations in by_collection.items():
        await db[collection].bulk_write(operations, session=session)


async def write_moves(db: Any, moves: Sequence[Move], session: Any) -> None:
    """Move checkpoints by compare-and-set, inside a transaction. Fenced if one is not where it should be."""
    for move in moves:
        done = await db.checkpoints.update_one(
            {"_id": move.id, "epoch": move.epoch, "next_offset": move.expected},
            {
                "$set": {
                    "next_offset": move.next_offset,
                    "last_position": move.last_position,
                    "last_source": move.last_source,
                },
                "$inc": {"moves": 1},  # a step on the spot is a write too, so that it meets a claim
            },
            session=session,
        )
        if done.matched_count != 1:
            raise Fenced(move.id)


def to_document(commit: Commit) -> Document:
    document = {
        "_id": commit.id,
        "stream": commit.stream,
        "version": commit.version,
        "events": [
            {
                "topic": wire.topic,
                "key": wire.key,
                "body": wire.body,
                "names": "\n".join(wire.headers),
                "values": "\n".join(wire.headers.values()),
            }
            for wire in commit.events
        ],
        "at": commit.at,
        "actor": commit.actor,
        "unit": commit.unit,
        "ts": Timestamp(0, 0),  # the server fills it in, at the top level of an inserted document only
        "pending": True,
    }
    if commit.key is not None:
        document |= {"key": commit.key, "body_hash": commit.body_hash}
    return document


def from_document(found: Document) -> Commit:
    commit = object.__new__(Commit)  # as are its events: the constructors would take twice as long
    commit.__dict__.update(
        id=found["_id"],
        stream=found["stream"],
        version=found["version"],
        events=tuple([_wire(event) for event in found["events"]]),
        at=found["at"],
        actor=found["actor"],
        unit=found["unit"],
        key=found.get("key"),
        body_hash=found.get("body_hash"),
        first_position=found.get("first_position"),
        previous=tuple(found.get("previous", ())),
    )
    return commit


def _wire(event: Document) -> Wire:
    wire, headers = object.__new__(Wire), Lines(_names(event["names"]), event["values"])
    wire.__dict__.update(topic=event["topic"], key=event["key"], body=event["body"], headers=headers)
    return wire


@lru_cache(1_000)
def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n"))
