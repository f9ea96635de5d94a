"""A database as a replica set promises it: every version of every document, transactions on snapshots, a majority that
trails, and what takes both back.

The unique indexes of the log are documents of their own here, so that one rule decides about all conflicts. A write
outside of a transaction waits for documents that a transaction has locked; inside of one it is a conflict.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.kernel.ports import Commit, Document, StoreFault, Taken, Unknown, WriteConflict

Name = tuple[str, str]
"""A collection and the id of a document."""

LOG, STREAM_VERSION, ACTOR_KEY = "log", "#stream_version", "#actor_key"
LIFETIME = 4.0
"""Seconds after which the server ends a transaction that was left open."""


class Locked(Exception):
    """A transaction holds what is to be written: try again when one has ended."""


@dataclass
class Open:
    """A transaction as the server has it."""

    session: str
    began: float
    moment: int
    state: str = "open"
    writes: dict[Name, Any] = field(default_factory=dict)
    committed: int = 0


class Database:
    """One service's database. Methods are what the primary does when a request arrives: at once, or StoreFault."""

    def __init__(self, name: str, time: Callable[[], float], saw: Callable[[str, str, Any, Any], None]) -> None:
        self.name = name
        self._time, self._saw = time, saw
        self.now = 0
        self.majority = 0
        """All up to here is on a majority and survives a failover."""
        self.written = 0
        """When something was written last."""
        self._documents: dict[str, dict[str, list[tuple[int, Any]]]] = defaultdict(dict)
        self._locks: dict[Name, Open] = {}
        self._open: dict[str, Open] = {}
        self._recent: list[Open] = []
        self._waiting: list[tuple[int, Callable[[StoreFault | None], None]]] = []
        self.blocked: list[Callable[[], None]] = []
        self.unblock: Callable[[], None] = lambda: None
        """Called when a transaction has ended: whoever waits for its documents tries again."""
        self.replicate: Callable[[int], None] = self.replicated
        """Called after every write: sees to it that a majority has it some time."""

    # -- time and majority ------------------------------------------------------------------------------------------

    def tick(self) -> int:
        self.now += 1
        return self.now

    def replicated(self, moment: int) -> None:
        """A majority has everything up to here."""
        if moment <= self.majority:
            return
        self.majority = moment
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if one[0] <= moment:
                one[1](None)
            else:
                self._waiting.append(one)

    def when_majority(self, moment: int, tell: Callable[[StoreFault | None], None]) -> None:
        if moment <= self.majority:
            tell(None)
        else:
            self._waiting.append((moment, tell))

    def fail_over(self) -> int:
        """Another member leads: what no majority had is gone, and so are all open transactions. How much is gone."""
        return self._back_to(self.majority)

    def restore(self, moment: int) -> None:
        """Somebody put an older copy in place."""
        self._back_to(moment)

    def _back_to(self, moment: int) -> int:
        gone = 0
        for collection in self._documents.values():
            for versions in collection.values():
                while versions and versions[-1][0] > moment:
                    versions.pop()
                    gone += 1
        for transaction in self._recent:
            if transaction.committed > moment:
                transaction.state = "ended"
        for transaction in list(self._open.values()):
            self._end(transaction, "ended")
        waiting, self._waiting = self._waiting, []
        self.majority = self.written = self.tick()
        for needed, tell in waiting:
            tell(Unknown("the primary stepped down") if needed > moment else None)
        return gone

    # -- reading ----------------------------------------------------------------------------------------------------

    def latest(self, collection: str, document_id: str) -> Any:
        versions = self._documents[collection].get(document_id)
        return versions[-1][1] if versions else None

    def at(self, collection: str, document_id: str, moment: int) -> Any:
        for written, document in reversed(self._documents[collection].get(document_id, ())):
            if written <= moment:
                return document
        return None

    def majority_of(self, collection: str, document_id: str) -> Any:
        return self.at(collection, document_id, self.majority)

    def scan(self, collection: str, moment: int | None = None) -> Iterator[tuple[str, Any]]:
        """Ids and documents as of a moment (None: as a majority has them)."""
        moment = self.majority if moment is None else moment
        for document_id, versions in self._documents[collection].items():
            for written, document in reversed(versions):
                if written <= moment:
                    if document is not None:
                        yield document_id, document
                    break

    def commits(self, moment: int | None = None) -> list[Document]:
        return [document for _, document in self.scan(LOG, moment)]

    # -- writing without a transaction --------------------------------------------------------------------------------

    def free(self, *names: Name) -> None:
        """Locked while a transaction holds one of these."""
        for name in names:
            holder = self._locks.get(name)
            if holder is not None and not self._expired(holder):
                raise Locked

    def write(self, collection: str, document_id: str, document: Any) -> None:
        self.free((collection, document_id))
        self._write(self.tick(), {(collection, document_id): document})

    def write_many(self, writes: Mapping[Name, Any]) -> None:
        """One after the other, of which nobody sees a part."""
        self.free(*writes)
        self._write(self.tick(), writes)

    def insert_commit(self, commit: Commit) -> None:
        entries = _entries(commit, self.tick())
        self.free(*entries)
        for name in entries:
            if self.latest(*name) is not None:
                raise Taken(str(name))
        self._write(self.tick(), entries)

    def _write(self, moment: int, writes: Mapping[Name, Any]) -> None:
        for (collection, document_id), document in writes.items():
            versions = self._documents[collection].setdefault(document_id, [])
            self._saw(collection, document_id, versions[-1][1] if versions else None, document)
            versions.append((moment, document))
        self.written = moment
        self.replicate(moment)

    # -- transactions -------------------------------------------------------------------------------------------------

    def begin(self, session: str) -> Open:
        """A new transaction of a session ends the one before it."""
        self.kill([session])
        transaction = Open(session, self._time(), self.now)
        self._open[session] = transaction
        self._recent.append(transaction)
        return transaction

    def kill(self, sessions: Sequence[str]) -> None:
        for session in sessions:
            if found := self._open.get(session):
                self._end(found, "ended")

    def load(self, transaction: Open, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        self._alive(transaction)
        found = {name: self._see(transaction, (collection, name)) for name in ids}
        return {name: document for name, document in found.items() if document is not None}

    def save(self, transaction: Open, writes: Mapping[Name, Any], *, new: bool = False) -> None:
        """Write what is seen by others at the commit; `new` documents must not be there yet."""
        self._alive(transaction)
        for name, document in writes.items():
            if new and self._see(transaction, name) is not None:
                self._end(transaction, "ended")
                raise Taken(str(name))
            self._lock(transaction, name)
            transaction.writes[name] = document

    def insert_commits(self, transaction: Open, commits: Sequence[Commit]) -> None:
        for commit in commits:
            self.save(transaction, _entries(commit, self.tick()), new=True)

    def commit(self, transaction: Open) -> int:
        """The moment at which it became true; asked again, it is the same."""
        if transaction.state == "committed":
            return transaction.committed
        self._alive(transaction)
        transaction.committed = self.tick()
        self._end(transaction, "committed")
        if transaction.writes:
            self._write(transaction.committed, transaction.writes)
        return transaction.committed

    def abort(self, transaction: Open) -> None:
        if transaction.state == "open":
            self._end(transaction, "ended")

    def _see(self, transaction: Open, name: Name) -> Any:
        return transaction.writes[name] if name in transaction.writes else self.at(*name, transaction.moment)

    def _lock(self, transaction: Open, name: Name) -> None:
        holder = self._locks.get(name)
        if holder is not None and holder is not transaction and self._expired(holder):
            holder = None
        versions = self._documents[name[0]].get(name[1])
        changed = bool(versions) and versions[-1][0] > transaction.moment  # type: ignore[index]
        if changed or holder not in (None, transaction):
            self._end(transaction, "ended")
            raise WriteConflict(str(name))
        self._locks[name] = transaction

    def _alive(self, transaction: Open) -> None:
        self._expired(transaction)
        if transaction.state != "open":
            raise WriteConflict("no such transaction")

    def _expired(self, transaction: Open) -> bool:
        if transaction.state == "open" and self._time() - transaction.began > LIFETIME:
            self._end(transaction, "ended")
        return transaction.state != "open"

    def _end(self, transaction: Open, state: str) -> None:
        transaction.state = state
        if self._open.get(transaction.session) is transaction:
            del self._open[transaction.session]
        for name in [name for name, holder in self._locks.items() if holder is transaction]:
            del self._locks[name]
        self.unblock()


def _entries(commit: Commit, stamp: int) -> dict[Name, Any]:
    """The document of a commit, with the server's time of the statement, and its entries in the unique indexes."""
    entries: dict[Name, Any] = {
        (LOG, commit.id): {"_id": commit.id, "commit": commit, "ts": stamp, "pending": True},
        (STREAM_VERSION, f"{commit.stream}@{commit.version}"): commit.id,
    }
    if commit.key is not None:
        entries[ACTOR_KEY, f"{commit.actor}@{commit.key}"] = commit.id
    return entries


def matches(document: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    """As far as the kernel's followers ask: equality, `$in`, and a `$regex` that is the beginning of a text."""
    for name, wanted in where.items():
        value = document.get(name)
        if not isinstance(wanted, Mapping):
            if value != wanted:
                return False
        elif "$in" in wanted:
            if value not in wanted["$in"]:
                return False
        elif not str(value).startswith(wanted["$regex"].lstrip("^")):
            return False
    return True
