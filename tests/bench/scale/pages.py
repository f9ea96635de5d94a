"""Pages of the members of a subtree by the kernel's `find`, beside a bare `find` on an index made for it, in turns."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient

from services.members.membership.member_card import MemberCard
from services.members.service import service
from shared.directory.directory import Directory
from shared.directory.follow import DirectoryEntries
from shared.kernel.clock import ServerClock
from shared.kernel.mongo.driver import Driver, connect
from shared.kernel.mongo.reads import MongoReads
from shared.kernel.mongo.relay import MongoRelay
from shared.kernel.mongo.views import MongoViews
from shared.kernel.queries import Queries
from shared.kernel.topics import PARTITIONS

PAGE = 100


async def measure(mongo_url: str, database: str, bare: str, subtrees: dict[str, str], pages: int) -> Any:
    """For each subtree (a code, and its path): milliseconds of `ours` and `bare` for its first page, for pages from
    anywhere in it, and for its last ones. AssertionError where they are not the same members."""
    driver = Driver(connect(mongo_url), database, "bench")
    reads, clock = MongoReads(driver), ServerClock()
    directory = Directory(DirectoryEntries(service, reads, PARTITIONS), clock)
    following = asyncio.create_task(directory.run())
    await directory.loaded.wait()
    queries = Queries(service, reads, MongoRelay(driver), MongoViews(driver), directory, PARTITIONS)
    marked: Any = AsyncIOMotorClient(mongo_url)[database][bare]
    found = {}
    for code, path in subtrees.items():
        ids = [row["_id"] async for row in marked.find({"subtree": code}, {"_id": 1}).sort("_id", 1)]
        anywhere = [random.choice(ids) for _ in range(pages)]
        ends = [ids[-1 - random.randrange(PAGE // 2)] for _ in range(pages)]
        found[code] = {
            "members": len(ids),
            "first": await _pages(queries, marked, code, path, [None] * pages),
            "anywhere": await _pages(queries, marked, code, path, anywhere),
            "end": await _pages(queries, marked, code, path, ends),
        }
    following.cancel()
    await driver.close()
    return found


async def _pages(
    queries: Queries, marked: Any, code: str, path: str, after: Sequence[str | None]
) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {"ours": [], "bare": []}
    for last in after:
        began = time.perf_counter()
        ours = await queries.find(MemberCard, {}, limit=PAGE, after=last, scopes=[path])
        between = time.perf_counter()
        where = {"subtree": code} | ({"_id": {"$gt": last}} if last else {})
        bare = await marked.find(where).sort("_id", 1).limit(PAGE).to_list(None)
        ended = time.perf_counter()
        assert [card.id for card in ours] == [row["_id"] for row in bare]
        taken["ours"].append((between - began) * 1000)
        taken["bare"].append((ended - between) * 1000)
    return taken
