"""Commits of one stream each that are appended at the same moment go to the server in one order.

Each stands for itself: one that another writer was ahead of is refused, those beside it become true. What is saved is
the way there and back, and the wait for the journal: half of what a command costs when many come at once.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from pymongo.errors import BulkWriteError

from shared.kernel.mongo.driver import Driver, fault_of, faults
from shared.kernel.ports import Document, StoreFault, Unknown

MOST = 100
"""Commits in one order."""
LARGEST = 8 * 1024 * 1024
"""Bytes of events after which an order takes no further commit."""

Waiting = tuple[Document, "asyncio.Future[None]"]


class Appends:
    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._waiting: list[Waiting] = []
        self._sending: set[asyncio.Task[None]] = set()

    async def of(self, document: Document) -> None:
        """Append a commit. Taken if its place is; Unknown if it may or may not have become true."""
        if not self._waiting:
            task = asyncio.create_task(self._send())
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((document, done))
        await asyncio.shield(done)

    async def _send(self) -> None:
        await asyncio.sleep(0)  # those who are ready to append now do so first
        waiting, self._waiting = self._waiting, []
        await asyncio.gather(*map(self._order, orders(waiting)))

    async def _order(self, waiting: Sequence[Waiting]) -> None:
        outcomes: Mapping[int, BaseException] = {}
        try:
            outcomes = await self._refused([document for document, _ in waiting])
        except BaseException as error:
            outcomes = dict.fromkeys(range(len(waiting)), error)
            if not isinstance(error, Exception):
                raise
        finally:
            for number, (_, done) in enumerate(waiting):
                if (refused := outcomes.get(number)) is None:
                    done.set_result(None)
                else:
                    done.set_exception(refused)
                    done.exception()  # it is no news where nobody waits any more

    async def _refused(self, documents: Sequence[Document]) -> Mapping[int, StoreFault]:
        """By their numbers, why some of these were not appended. StoreFault if that is so for all of them."""
        async with self._driver.causal() as session:
            try:
                with faults():
                    return await self._insert(documents, session)
            except BaseException:
                self._driver.saw(session)
                raise

    async def _insert(self, documents: Sequence[Document], session: Any) -> Mapping[int, StoreFault]:
        log = self._driver.db.log
        if len(documents) == 1:
            await log.insert_one(documents[0], session=session)
            return {}
        try:
            await log.insert_many(documents, ordered=False, session=session)
        except BulkWriteError as error:
            self._driver.saw(session)
            return each(error.details, len(documents))
        return {}


def orders(waiting: Sequence[Waiting]) -> list[list[Waiting]]:
    """In the order in which they came, none of them too large."""
    found: list[list[Waiting]] = []
    size = LARGEST
    for one in waiting:
        if size >= LARGEST or len(found[-1]) == MOST:
            found.append([])
            size = 0
        found[-1].append(one)
        size += sum(len(event["body"]) for event in one[0]["events"])
    return found


def each(details: Mapping[str, Any], count: int) -> dict[int, StoreFault]:
    """What became of each document of an order that was not carried out as a whole. What no error names has been
    inserted, if the server counts as many and a majority is known to have them; else nobody knows."""
    outcomes = {entry["index"]: fault_of(entry["code"], str(entry.get("errmsg"))) for entry in details["writeErrors"]}
    if details.get("writeConcernErrors") or details["nInserted"] + len(outcomes) != count:
        return {number: outcomes.get(number) or Unknown("one of several") for number in range(count)}
    return outcomes
