"""A change stream that a busy server is not kept busy by.

One that waits at the server is woken by every write of the whole server, whether it looks for it or not: some 60 µs
each, for each that waits. So it waits there only while little is written; else it looks from time to time.
"""

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from bson import Timestamp

from shared.kernel.mongo.driver import QUIET_MS

BUSY = 50
"""Writes of the whole server between two looks, or within one second, from which on it is called busy."""
PAUSE = 0.05
"""Seconds between two looks at a busy server."""


class Changes:
    """What is written from the moment of `async with` on; PyMongoError where some of it may be missed."""

    def __init__(self, db: Any, pipeline: Sequence[Mapping[str, Any]], *, pause: float = PAUSE) -> None:
        self._db, self._pipeline, self._pause = db, pipeline, pause
        self._session: Any = None
        self._cursor: Mapping[str, Any] = {}
        self._seen = Timestamp(0, 0)

    async def __aenter__(self) -> Self:
        self._session = await self._db.client.start_session(causal_consistency=False)
        stream = {"$changeStream": {"fullDocument": "updateLookup"}}
        self._cursor = await self._ask("aggregate", 1, pipeline=[stream, *self._pipeline], cursor={})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None or not issubclass(kind, asyncio.CancelledError):
            await self._session.end_session()

    async def next(self) -> Sequence[Any]:
        """What has been written since; nothing if that is so for a few seconds."""
        busy = self._is_busy()
        if busy:
            await asyncio.sleep(self._pause)
        collection = self._cursor["ns"].partition(".")[2]
        answer = await self._ask(
            "getMore", self._cursor["id"], collection=collection, maxTimeMS=1 if busy else QUIET_MS
        )
        found: Sequence[Any] = answer["nextBatch"]
        return found

    def _is_busy(self) -> bool:
        """The server numbers its writes anew every second."""
        before, self._seen = self._seen, self._session.operation_time or self._seen
        number = self._seen.inc
        return bool(number - before.inc * (before.time == self._seen.time) > BUSY)

    async def _ask(self, *command: Any, **more: Any) -> Mapping[str, Any]:
        answer = await self._db.command(*command, **more, session=self._session)
        cursor: Mapping[str, Any] = answer["cursor"]
        return cursor
