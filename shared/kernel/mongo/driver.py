"""The driver: one client a process, sessions of its own, and what its errors mean to the ports."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any
from uuid import UUID

from bson import Timestamp
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo import ReadPreference, WriteConcern
from pymongo.errors import (
    BulkWriteError,
    DuplicateKeyError,
    OperationFailure,
    PyMongoError,
    WaitQueueTimeoutError,
)
from pymongo.read_concern import ReadConcern

from shared.kernel.ports import Document, StoreFault, Taken, Unknown, WriteConflict

TIMEOUT_MS = 5_000
"""Of every operation."""
QUIET_MS = 3_000
"""How long a change stream waits at the server for something to happen; less than TIMEOUT_MS."""
TRANSACTIONS = 8
"""Dedicated sessions of a process, so transactions that may be open at once."""
MAJORITY = WriteConcern(w="majority", j=True)

_NOTHING_WRITTEN = {24, 112, 246, 251, 267}
"""LockTimeout, WriteConflict, SnapshotUnavailable, NoSuchTransaction, PreparedTransactionInProgress."""


def connect(url: str) -> Any:
    """A client whose writes are majority and journalled, whose reads are of the primary at majority."""
    return AsyncIOMotorClient(
        url,
        w="majority",
        journal=True,
        readConcernLevel="majority",
        readPreference="primary",
        timeoutMS=TIMEOUT_MS,
        serverSelectionTimeoutMS=3_000,
        connectTimeoutMS=2_000,
        maxPoolSize=64,
        appname="gonghui",
        uuidRepresentation="standard",
    )


@contextmanager
def faults(*, committing: bool = True) -> Iterator[None]:
    """Turn driver errors into the ports' faults; before a commit is sent nothing can have been written."""
    try:
        yield
    except StoreFault:
        raise
    except DuplicateKeyError as error:
        raise Taken(str(error.details)) from error
    except BulkWriteError as error:
        codes = {entry["code"] for entry in error.details.get("writeErrors", ())}
        if codes == {11000}:
            raise Taken(str(error.details["writeErrors"][0].get("errmsg"))) from error
        nothing = codes & _NOTHING_WRITTEN or not committing
        raise (WriteConflict if nothing else Unknown)(str(error)) from error
    except OperationFailure as error:
        if error.code == 11000:
            raise Taken(str(error)) from error
        if error.has_error_label("UnknownTransactionCommitResult"):
            raise Unknown(str(error)) from error
        if error.code in _NOTHING_WRITTEN or error.has_error_label("TransientTransactionError"):
            raise WriteConflict(str(error)) from error
        raise (Unknown if committing else WriteConflict)(str(error)) from error
    except WaitQueueTimeoutError as error:
        raise WriteConflict(str(error)) from error
    except PyMongoError as error:
        raise (Unknown if committing else WriteConflict)(str(error)) from error


def fault_of(code: int, said: str) -> StoreFault:
    """What the error of a single write means."""
    if code == 11000:
        return Taken(said)
    return (WriteConflict if code in _NOTHING_WRITTEN else Unknown)(said)


class Driver:
    """A service's database, its sessions, and the moment up to which this process must see."""

    def __init__(self, client: Any, database: str, process: str) -> None:
        self.client = client
        self.process = process
        self.serves = ""
        """The set of views that this process keeps or reads from: such a set is not dropped."""
        self.db: AsyncIOMotorDatabase[Document] = client.get_database(database)
        self._dedicated: list[Any] = []
        self._free: asyncio.Queue[Any] = asyncio.Queue()
        self._causal: list[Any] = []
        self._seen: Timestamp | None = None

    async def open(self, transactions: int = TRANSACTIONS) -> None:
        """Start the dedicated sessions and record whose they are, so that a successor can end them."""
        while len(self._dedicated) < transactions:
            await self._add_session()
        await self.beat()

    async def _add_session(self) -> None:
        session = await self.client.start_session(causal_consistency=True)
        self._dedicated.append(session)
        self._free.put_nowait(session)

    async def beat(self) -> None:
        """Report that this process lives; the relay's leader ends the sessions of those that are silent."""
        with faults():
            await self.db.processes.update_one(
                {"_id": self.process},
                [
                    {
                        "$set": {
                            "beat": "$$NOW",
                            "sessions": {"$literal": self.session_ids},
                            "serves": {"$literal": self.serves},
                        }
                    }
                ],
                upsert=True,
            )

    @property
    def session_ids(self) -> list[UUID]:
        return [session.session_id["id"].as_uuid() for session in self._dedicated]

    async def close(self) -> None:
        try:
            with faults():
                await self.db.processes.delete_one({"_id": self.process})
                for session in [*self._dedicated, *self._causal]:
                    await session.end_session()
        finally:
            self.client.close()

    async def end_sessions(self, ids: Sequence[UUID]) -> None:
        if ids:
            with faults():
                await self.client.admin.command(
                    "killSessions", [{"id": session} for session in ids], codec_options=self.client.codec_options
                )

    @asynccontextmanager
    async def causal(self) -> AsyncIterator[Any]:
        """A session that sees whatever an append of this process was refused for."""
        session = self._causal.pop() if self._causal else await self.client.start_session(causal_consistency=True)
        if self._seen is not None:
            session.advance_operation_time(self._seen)
        try:
            yield session
        except asyncio.CancelledError:
            raise  # the driver's thread may still be using it
        except BaseException:
            self._causal.append(session)
            raise
        self._causal.append(session)

    def saw(self, session: Any) -> None:
        """Reads from now on must not be older than what this session has seen."""
        moment = session.operation_time
        if moment is not None and (self._seen is None or moment > self._seen):
            self._seen = moment

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        """A transaction on one of this process's own sessions; committed at the end, once more if unsure."""
        session = await self._free_session()
        try:
            session.start_transaction(
                read_concern=ReadConcern("snapshot"),
                write_concern=MAJORITY,
                read_preference=ReadPreference.PRIMARY,
            )
            try:
                with faults(committing=False):
                    yield session
            except Exception:
                self.saw(session)
                await _abort(session)
                raise
            try:
                with faults():
                    await session.commit_transaction()
            except Unknown:
                with faults():
                    await session.commit_transaction()
            self.saw(session)
        except asyncio.CancelledError:
            await self._replace(session)
            raise
        except BaseException:
            self._free.put_nowait(session)
            raise
        self._free.put_nowait(session)

    async def _free_session(self) -> Any:
        try:
            async with asyncio.timeout(TIMEOUT_MS / 1000):
                return await self._free.get()
        except TimeoutError:
            raise WriteConflict("all transactions of this process are in use") from None

    async def _replace(self, session: Any) -> None:
        """Give up a session that a thread of the driver may still be using: cancelling does not stop the thread, and
        after an abort here its next write would be one outside of the transaction."""
        self._dedicated.remove(session)
        await self._add_session()
        await asyncio.sleep(0.05)  # its request may not even have been sent
        with suppress(StoreFault):
            await self.end_sessions([session.session_id["id"].as_uuid()])


async def _abort(session: Any) -> None:
    """End a transaction that failed; the server has often done so already."""
    if session.in_transaction:
        try:
            await session.abort_transaction()
        except PyMongoError:
            return
