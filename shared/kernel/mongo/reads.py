"""Reading views, following the directory's views, keeping the clock and the processes' heartbeat."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING

from shared.kernel.mongo.changes import Changes
from shared.kernel.mongo.driver import Driver, faults
from shared.kernel.mongo.together import Together
from shared.kernel.ports import Document, StoreFault, Taken
from shared.kernel.vault import Held

PLATFORM = "gonghui_platform"
"""Database of the business clock, which all services share in the embedded stack and in tests."""
AT_ONCE = 200
"""Values whose orders the database merges out of an index: its own `internalQueryMaxScansToExplode`."""
NEAR = 3
"""Documents, for each one of a page, among which it is looked for along the ids before anything else is tried."""


class MongoReads:
    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.db = driver.db
        self.platform = driver.client.get_database(PLATFORM)
        self._wanted: dict[str, Together[Document]] = {}

    async def get(self, collection: str, document_id: str) -> Document | None:
        if collection not in self._wanted:
            self._wanted[collection] = Together(partial(self._find, collection))
        return await self._wanted[collection].of(document_id)

    async def _find(self, collection: str, ids: list[str]) -> dict[str, Document]:
        with faults():
            found = await self.db[collection].find({"_id": {"$in": ids}}).to_list(None)
        return {document["_id"]: document for document in found}

    async def page(self, collection: str, where: Mapping[str, Any], limit: int) -> list[Document]:
        with faults():
            return await self.db[collection].find(dict(where)).sort("_id", ASCENDING).limit(limit).to_list(None)

    async def page_of(
        self, collection: str, field: str, values: Sequence[str], after: str | None, limit: int
    ) -> list[Document]:
        """A page, in the order of ids, of the documents whose `field`, which has an index, is one of many values.

        Of more than AT_ONCE the database would read all documents before the first one, or sort all that come after
        it. So it is asked for a page that lies near, and where none does, for AT_ONCE values at a time.
        """
        beyond = {} if after is None else {"$gt": after}
        near = await self._near(collection, {field: {"$in": list(values)}}, beyond, limit)
        return near if len(near) == limit else await self._merged(collection, field, values, beyond, limit)

    async def _near(self, collection: str, where: Document, beyond: Document, limit: int) -> list[Document]:
        """Those among the next few documents, whatever they are."""
        steps: list[Document] = [
            {"$match": {"_id": beyond} if beyond else {}},
            {"$sort": {"_id": ASCENDING}},
            {"$limit": NEAR * limit},
            {"$match": where},
            {"$limit": limit},
        ]
        with faults():
            return await self.db[collection].aggregate(steps, hint="_id_").to_list(None)

    async def _merged(
        self, collection: str, field: str, values: Sequence[str], beyond: Document, limit: int
    ) -> list[Document]:
        """All parts as of one moment: what goes over from one value to another is neither missed nor met twice."""
        found: list[Document] = []
        with faults():
            async with await self.driver.client.start_session(snapshot=True) as session:
                for first in range(0, len(values), AT_ONCE):
                    wanted: Document = {field: {"$in": list(values[first : first + AT_ONCE])}}
                    if bounds := beyond | ({"$lt": found[-1]["_id"]} if len(found) == limit else {}):
                        wanted["_id"] = bounds
                    part = await self._part(collection, field, wanted, limit, session)
                    found = list(islice(merge(found, part, key=itemgetter("_id")), limit))
        return found

    async def _part(self, collection: str, field: str, wanted: Document, limit: int, session: Any) -> list[Document]:
        ordered = self.db[collection].find(wanted, session=session).sort("_id", ASCENDING).limit(limit)
        return await ordered.hint([(field, ASCENDING), ("_id", ASCENDING)]).to_list(None)

    async def newest_pending(self) -> str | None:
        """The commit that was appended last and is not numbered yet, as of a majority-committed moment."""
        with faults():
            found = await self.db.log.find_one({"pending": True}, {"_id": 1}, sort=[("ts", DESCENDING)])
        return found["_id"] if found else None

    async def positions(self, commit_ids: Sequence[str]) -> dict[str, Document]:
        """Those of these commits that are numbered, with first and last position and their topic and key."""
        where = {"_id": {"$in": list(commit_ids)}, "first_position": {"$gt": 0}}
        shape = {"first_position": 1, "last_position": 1, "events.topic": 1, "events.key": 1}
        with faults():
            return {found["_id"]: found for found in await self.db.log.find(where, shape).to_list(None)}

    async def follow(self, collections: Sequence[str]) -> AsyncIterator[list[tuple[str, Document]]]:
        """First every document of these collections, then each one that is written. Ends when some may be missed."""
        only = [{"$match": {"ns.coll": {"$in": list(collections)}}}]
        with faults():
            async with Changes(self.db, only) as changes:
                standing: list[tuple[str, Document]] = []
                for collection in collections:
                    standing += [(collection, found) async for found in self.db[collection].find({})]
                yield standing
                while True:
                    found = [(change["ns"]["coll"], change.get("fullDocument")) for change in await changes.next()]
                    if written := [(collection, document) for collection, document in found if document]:
                        yield written

    async def standing_age(self, prefix: str, partitions: int) -> float:
        """Seconds since all these partitions had been applied to their ends; StoreFault if one never was."""
        with faults():
            found = await self.db.standing.aggregate(
                [
                    {"$match": {"_id": {"$regex": f"^{prefix}:"}}},
                    {"$group": {"_id": None, "oldest": {"$min": "$at"}, "n": {"$sum": 1}}},
                    {"$set": {"age": {"$subtract": ["$$NOW", "$oldest"]}}},
                ]
            ).to_list(1)
        if not found or found[0]["n"] < partitions:
            raise StoreFault("the directory has not been read to its end yet")
        return float(found[0]["age"]) / 1000

    async def server_time(self) -> datetime:
        with faults():
            answer = await self.db.client.admin.command("hello")
        moment: datetime = answer["localTime"]
        return moment.replace(tzinfo=UTC)

    async def incarnation(self) -> str:
        """The id of this log, made once; it travels in `ce_source`."""
        fresh = str(ObjectId())
        with faults():
            found = await self.db.sequence.find_one_and_update(
                {"_id": "incarnation"}, {"$setOnInsert": {"value": fresh}}, upsert=True, return_document=True
            )
        return str(found["value"])

    async def transaction_lifetime(self) -> int | None:
        """Seconds after which the server ends an open transaction; None where it does not tell."""
        with faults():
            answer = await self.db.client.admin.command({"getParameter": 1, "transactionLifetimeLimitSeconds": 1})
        return answer.get("transactionLifetimeLimitSeconds")

    async def business_days(self, process: str) -> int:
        """How far the business clock is ahead; noting that this process goes by it."""
        with faults():
            found = await self.platform.clock.find_one({"_id": "business"})
            days, serial = (found["days"], found["serial"]) if found else (0, 0)
            await self.platform.clock_acks.update_one(
                {"_id": process}, [{"$set": {"serial": {"$literal": serial}, "at": "$$NOW"}}], upsert=True
            )
        return int(days)

    async def advance_business_clock(self, days: int) -> int:
        """Move the business date forward; the serial number that every process must acknowledge."""
        with faults():
            found = await self.platform.clock.find_one_and_update(
                {"_id": "business"}, {"$inc": {"days": days, "serial": 1}}, upsert=True, return_document=True
            )
        return int(found["serial"])

    async def behind_business_clock(self, serial: int) -> list[str]:
        """Living processes that do not go by it yet."""
        alive = {"$expr": {"$gt": ["$at", {"$subtract": ["$$NOW", 5000]}]}, "serial": {"$lt": serial}}
        with faults():
            return [found["_id"] for found in await self.platform.clock_acks.find(alive).to_list(None)]


class MongoKeys:
    """`KeyStore` of the vault."""

    def __init__(self, client: Any, database: str) -> None:
        self._client = client
        self._keys = client.get_database(database).data_keys
        self._held = Together(self._find)
        self._kept = Together(self._keep)
        self._new: dict[str, bytes] = {}

    async def get(self, subject: str) -> Held | None:
        return await self._held.of(subject)

    async def insert_once(self, subject: str, wrapped: bytes) -> Held:
        """Of several who make a key for one person at the same moment, one makes it."""
        self._new.setdefault(subject, wrapped)
        held = await self._kept.of(subject)
        assert held is not None, "what was inserted, or was there before, is found"
        return held

    async def _find(self, subjects: list[str], session: Any = None) -> dict[str, Held]:
        with faults():
            found = await self._keys.find({"_id": {"$in": subjects}}, session=session).to_list(None)
        return {document["_id"]: Held(document["wrapped"]) for document in found}

    async def _keep(self, subjects: list[str]) -> dict[str, Held]:
        """In one causal session: a key that another process has just made is read once a majority has it."""
        new = [{"_id": subject, "wrapped": self._new.pop(subject)} for subject in subjects]
        async with await self._client.start_session(causal_consistency=True) as session:
            with suppress(Taken), faults():
                await self._keys.insert_many(new, ordered=False, session=session)
            return await self._find(subjects, session)

    async def destroy(self, subject: str) -> None:
        with faults():
            await self._keys.update_one({"_id": subject}, {"$set": {"wrapped": None}}, upsert=True)
