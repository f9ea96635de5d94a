"""What the relay keeps in MongoDB: leases, the sequence document, and the stamps on commits."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bson import Timestamp
from pymongo import ASCENDING, DESCENDING, WriteConcern
from pymongo.errors import DuplicateKeyError

from shared.kernel.mongo.driver import MAJORITY, QUIET_MS, Driver, faults
from shared.kernel.mongo.log import from_document
from shared.kernel.ports import Commit, Document, Sequence_, Unknown

STAMPS = 500
"""Commits that are stamped in one order."""


class MongoRelay:
    """`RelayStore`."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.db = driver.db
        self._looked: Timestamp | None = None
        """As of when what is pending was looked for last: whatever comes after is news."""

    async def lead(self, name: str, owner: str, seconds: float) -> int | None:
        own = {"$eq": ["$owner", {"$literal": owner}]}
        mine = {"$or": [own, {"$lt": ["$until", "$$NOW"]}]}  # a lease that is not there yet has lapsed too
        next_epoch = {"$add": [{"$ifNull": ["$epoch", 0]}, {"$cond": [own, 0, 1]}]}
        take = {
            "owner": {"$cond": [mine, {"$literal": owner}, "$owner"]},
            "epoch": {"$cond": [mine, next_epoch, "$epoch"]},
            "until": {"$cond": [mine, {"$add": ["$$NOW", int(seconds * 1000)]}, "$until"]},
        }
        with faults():
            found = await self.db.leases.find_one_and_update(
                {"_id": name}, [{"$set": take}], upsert=True, return_document=True
            )
        return int(found["epoch"]) if found["owner"] == owner else None

    async def resign(self, name: str, owner: str) -> None:
        with faults():
            await self.db.leases.update_one(
                {"_id": name, "owner": owner}, {"$set": {"owner": "", "until": datetime(2000, 1, 1)}}
            )

    async def leader(self, name: str) -> Document | None:
        """The lease as it stands, with `live` telling whether it holds now."""
        with faults():
            found = await self.db.leases.aggregate(
                [{"$match": {"_id": name}}, {"$set": {"live": {"$gt": ["$until", "$$NOW"]}}}]
            ).to_list(1)
        return found[0] if found else None

    async def sequence(self) -> Sequence_:
        with faults():
            found = await self.db.sequence.find_one({"_id": "sequence"})
        return _sequence(found) if found else Sequence_()

    async def take_over(self, epoch: int) -> Sequence_ | None:
        with faults():
            await self._first_sequence()
            found = await self.db.sequence.find_one_and_update(
                {"_id": "sequence", "epoch": {"$lte": epoch}}, {"$set": {"epoch": epoch}}, return_document=True
            )
        return _sequence(found) if found else None

    async def _first_sequence(self) -> None:
        try:
            await self.db.sequence.insert_one(_document(Sequence_()))
        except DuplicateKeyError:
            return

    async def plan(self, before: Sequence_, after: Sequence_) -> bool:
        fields = _document(after)
        del fields["_id"], fields["published"]
        with faults():
            done = await self.db.sequence.update_one(
                {"_id": "sequence", "epoch": before.epoch, "next": before.next}, {"$set": fields}
            )
        return done.matched_count == 1

    async def pending(self, limit: int, after: Any = None) -> tuple[list[Commit], Any]:
        moment, last = after or (None, None)
        with faults():  # a plain command, since that tells the moment it was answered for
            answer = await self.db.command(
                "find",
                "log",
                filter={"pending": True} if last is None else {"pending": True, "ts": {"$gt": last}},
                sort={"ts": 1},
                limit=limit,
                batchSize=limit,
                singleBatch=True,
                readConcern={"level": "snapshot"} | ({"atClusterTime": moment} if moment else {}),
            )
        found, self._looked = answer["cursor"]["firstBatch"], answer["cursor"]["atClusterTime"]
        return [from_document(document) for document in found], (self._looked, found[-1]["ts"] if found else last)

    async def appended(self) -> None:
        since = self._looked and Timestamp(self._looked.time, self._looked.inc + 1)
        with faults():
            stream = self.db.log.watch(
                [{"$match": {"operationType": "insert"}}, {"$project": {"_id": 1}}],
                start_at_operation_time=since,
                max_await_time_ms=QUIET_MS,
            )
            async with stream:
                await stream.try_next()

    async def last_numbered(self, stream: str) -> int:
        with faults():
            found = await self.db.log.find_one(
                {"stream": stream, "first_position": {"$gt": 0}},
                {"version": 1, "first_position": 1, "last_position": 1},
                sort=[("version", DESCENDING)],
            )
        return found["version"] + found["last_position"] - found["first_position"] + 1 if found else 1

    async def stamp(self, commits: Sequence[Commit]) -> None:
        """In several orders at once: the server works on each with one core."""
        orders = [commits[first : first + STAMPS] for first in range(0, len(commits), STAMPS)]
        for outcome in await asyncio.gather(*map(self._stamp, orders), return_exceptions=True):
            if outcome is not None:
                raise outcome

    async def _stamp(self, commits: Sequence[Commit]) -> None:
        stamps = [
            {
                "q": {"_id": commit.id},  # nothing more, which is twice as fast: whoever sets them, stamps are the same
                "u": {
                    "$set": {
                        "first_position": commit.first_position,
                        "last_position": (commit.first_position or 0) + len(commit.events) - 1,
                        "previous": commit.previous,
                    },
                    "$unset": {"pending": ""},
                },
            }
            for commit in commits
        ]
        with faults():  # a plain command: building so many operation objects took as long as the server needs
            answer = await self.db.command(
                "update", "log", updates=stamps, ordered=False, writeConcern=MAJORITY.document
            )
        if wrong := answer.get("writeErrors") or answer.get("writeConcernError"):
            raise Unknown(f"stamps: {str(wrong)[:200]}")

    async def commits(self, ids: Sequence[str]) -> list[Commit]:
        with faults():
            found = await self.db.log.find({"_id": {"$in": list(ids)}}).to_list(None)
        order = {commit_id: number for number, commit_id in enumerate(ids)}
        return sorted((from_document(document) for document in found), key=lambda commit: order[commit.id])

    async def numbered(self, after: int, limit: int) -> list[Commit]:
        with faults():
            within = await self.db.log.find_one(
                {"first_position": {"$gt": 0, "$lte": after}}, sort=[("first_position", DESCENDING)]
            )
            begin = after + 1
            if within and within["last_position"] > after:
                begin = within["first_position"]
            cursor = self.db.log.find({"first_position": {"$gte": begin}}).sort("first_position", ASCENDING)
            return [from_document(found) for found in await cursor.limit(-limit).batch_size(limit).to_list(None)]

    async def published(self, epoch: int, before: int, position: int) -> bool:
        with faults():  # no majority need have it: if it goes back, what follows is sent once more
            done = await self.db.sequence.with_options(write_concern=WriteConcern(w=1)).update_one(
                {"_id": "sequence", "epoch": epoch, "published": before, "moved_back": None},
                {"$set": {"published": position}},
            )
        return done.matched_count == 1

    async def republish_requested(self) -> int | None:
        """Take up a request to send again from a position; None if there is none."""
        with faults():
            found = await self.db.sequence.find_one_and_update(
                {"_id": "sequence", "moved_back": {"$ne": None}},
                [{"$set": {"published": {"$min": ["$published", "$moved_back"]}, "moved_back": None}}],
                return_document=True,
            )
        return found["published"] if found else None

    async def request_republish(self, position: int) -> None:
        """Have the leader send again from this position on."""
        with faults():
            await self.db.sequence.update_one({"_id": "sequence"}, {"$set": {"moved_back": position - 1}})

    async def outbox(self) -> tuple[int, float]:
        with faults():
            sequence = await self.sequence()
            behind = {"first_position": {"$gt": sequence.published}}
            waiting = await self.db.log.count_documents({"pending": True}, limit=100_000)
            waiting += await self.db.log.count_documents(behind, limit=100_000)
            oldest = await self.db.log.find_one(behind, sort=[("first_position", ASCENDING)])
            oldest = oldest or await self.db.log.find_one({"pending": True}, sort=[("ts", ASCENDING)])
            if oldest is None:
                return 0, 0.0
            server = (await self.db.client.admin.command("hello"))["localTime"]
        return waiting, max(0.0, server.replace(tzinfo=UTC).timestamp() - oldest["ts"].time)

    async def close_log(self, reason: str) -> None:
        with faults():
            await self.db.sequence.update_one({"_id": "closed"}, {"$set": {"reason": reason}}, upsert=True)

    async def end_silent_processes(self, seconds: float) -> int:
        silent = {"$expr": {"$lt": ["$beat", {"$subtract": ["$$NOW", int(seconds * 1000)]}]}}
        with faults():
            found = await self.db.processes.find(silent).to_list(None)
            for process in found:
                await self.driver.end_sessions(process["sessions"])
                await self.db.processes.delete_one({"_id": process["_id"], "beat": process["beat"]})
        return len(found)


def _sequence(found: Document) -> Sequence_:
    return Sequence_(
        epoch=found["epoch"],
        next=found["next"],
        tails={(topic, number): position for topic, number, position in found["tails"]},
        pending=tuple(found["pending"]),
        pending_first=found["pending_first"],
        published=found["published"],
    )


def _document(sequence: Sequence_) -> Document:
    return {
        "_id": "sequence",
        "epoch": sequence.epoch,
        "next": sequence.next,
        "tails": [[topic, number, position] for (topic, number), position in sequence.tails.items()],
        "pending": list(sequence.pending),
        "pending_first": sequence.pending_first,
        "published": sequence.published,
    }
