"""The kernel's ports to the database, as `shared.kernel.mongo` keeps them: the same steps, each its own request."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any
from zlib import crc32

from shared.kernel.ports import (
    Checkpoint,
    Commit,
    Document,
    Drop,
    Fenced,
    Move,
    Put,
    Reserve,
    Sequence_,
    StoreFault,
    Unknown,
    Write,
    WriteConflict,
)
from tests.simulation.database import ACTOR_KEY, LOG, Name, Open, matches
from tests.simulation.network import Line, settle

SESSIONS = 4
QUIET = 3.0
"""Seconds for which a relay that has nothing to do waits to be woken."""


class Sessions:
    """A process's own sessions, and a transaction on one of them."""

    def __init__(self, line: Line, owner: str) -> None:
        self._line, self._owner = line, owner
        self._made = 0
        self.ids: list[str] = []
        self._free: list[str] = []
        for _ in range(SESSIONS):
            self._add()

    def _add(self) -> None:
        self._made += 1
        session = f"{self._owner}/{self._made}"
        self.ids.append(session)
        self._free.append(session)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Transaction"]:
        if not self._free:
            raise WriteConflict("all transactions of this process are in use")
        session = self._free.pop()
        transaction = Transaction(self._line, session)
        try:
            try:
                yield transaction
            except Exception:
                await transaction.abort()
                raise
            try:
                await transaction.commit()
            except Unknown:
                await transaction.commit()
        except asyncio.CancelledError:
            self.ids.remove(session)
            self._add()
            raise
        except BaseException:
            self._free.append(session)
            raise
        self._free.append(session)


class Transaction:
    """`Transaction`: until its commit is sent, a request without an answer has written nothing."""

    def __init__(self, line: Line, session: str) -> None:
        self._line, self._session = line, session
        self._open: Open | None = None

    def _there(self) -> Open:
        """At the server, with the first statement."""
        network = self._line.network
        if self._open is None:
            self._open = self._line.database.begin(self._session)
        elif network.happens(network.weather.conflict):
            self._line.database.abort(self._open)
        return self._open

    async def _ask(self, name: str, do: Any, detail: str = "") -> Any:
        try:
            return await self._line.ask(name, do, late=False, detail=detail)
        except Unknown as fault:
            raise WriteConflict(str(fault)) from fault

    async def load(self, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        database = self._line.database
        found: dict[str, Document] = await self._ask(
            "load", lambda: database.load(self._there(), collection, sorted(ids)), collection
        )
        return found

    async def save(self, collection: str, documents: Iterable[Document]) -> None:
        given = sorted(documents, key=lambda document: str(document["_id"]))  # sets come in any order
        await self.write({(collection, document["_id"]): document for document in given})

    async def remove(self, collection: str, ids: Sequence[str]) -> None:
        await self.write({(collection, name): None for name in ids})

    async def write(self, writes: Mapping[Name, Any], *, new: bool = False) -> None:
        if writes:
            database = self._line.database
            await self._ask("save", lambda: database.save(self._there(), writes, new=new), next(iter(writes))[0])

    async def move(self, moves: Sequence[Move]) -> None:
        if moves:
            await self._ask("move", lambda: self._move(moves), " ".join(f"{m.id}>{m.next_offset}" for m in moves))

    def _move(self, moves: Sequence[Move]) -> None:
        database, transaction = self._line.database, self._there()
        for move in moves:
            found = database.load(transaction, "checkpoints", [move.id]).get(move.id)
            if not self.holds(found, move):
                database.abort(transaction)
                raise Fenced(move.id)
            moved = {
                **(found or {"_id": move.id, "owner": "", "sessions": [], "epoch": move.epoch}),
                "next_offset": move.next_offset,
                "last_position": move.last_position,
                "last_source": move.last_source,
            }
            database.save(transaction, {("checkpoints", move.id): moved})

    def holds(self, found: Document | None, move: Move) -> bool:
        return found is not None and (found["epoch"], found["next_offset"]) == (move.epoch, move.expected)

    async def insert(self, commits: Sequence[Commit]) -> None:
        if commits:
            database = self._line.database
            named = " ".join(f"{c.id}={c.stream}@{c.version}" for c in commits)
            await self._ask("insert", lambda: database.insert_commits(self._there(), commits), named)

    async def commit(self) -> None:
        transaction = self._open
        if transaction is not None:
            database = self._line.database
            network = self._line.network
            takes = network.takes() + network.weather.drag * network.chance.random()
            await self._line.ask("commit", lambda: database.commit(transaction), write=True, takes=takes)

    async def abort(self) -> None:
        transaction = self._open
        if transaction is not None:
            with suppress(StoreFault):
                await self._line.ask("abort", lambda: self._line.database.abort(transaction))


class SimulatedLog:
    """`LogStore`."""

    def __init__(self, line: Line, sessions: Sessions) -> None:
        self._line, self._sessions = line, sessions
        self.database = line.database
        self.closed_for: str | None = None

    async def append(self, commits: Sequence[Commit], writes: Sequence[Write] = (), moves: Sequence[Move] = ()) -> None:
        if len(commits) == 1 and not writes and not moves:
            commit = commits[0]
            named = f"{commit.id}={commit.stream}@{commit.version}"
            await self._line.ask("append", lambda: self.database.insert_commit(commit), write=True, detail=named)
            return
        async with self._sessions.transaction() as transaction:
            await transaction.move(moves)
            reserved = [write for write in writes if isinstance(write, Reserve)]
            await transaction.write(
                {("reservations", one.key): {"_id": one.key, "holder": one.holder} for one in reserved}, new=True
            )
            others: dict[Name, Any] = {}
            for write in writes:
                match write:
                    case Put():
                        others[write.collection, write.id] = {"_id": write.id, **write.document}
                    case Drop():
                        others[write.collection, write.id] = None
            await transaction.write(others)
            await transaction.insert(commits)

    async def commit(self, commit_id: str) -> Commit | None:
        found = await self._majority(LOG, commit_id)
        return found["commit"] if found else None

    async def keyed(self, actor: str, key: str) -> Commit | None:
        def find() -> Commit | None:
            found = self.database.majority_of(ACTOR_KEY, f"{actor}@{key}")
            return self.database.majority_of(LOG, found)["commit"] if found else None

        return await self._line.ask("keyed", find, causal=True, detail=key)

    async def tail(self, stream: str, after: int) -> list[Commit]:
        def read() -> list[Commit]:
            found = (one["commit"] for one in self.database.commits(self.as_of()))
            return sorted((c for c in found if c.stream == stream and c.version >= after), key=lambda c: c.version)

        return await self._line.ask("tail", read, causal=True, detail=f"{stream}@{after}")

    def as_of(self) -> int:
        return self.database.majority

    async def holder(self, key: str) -> str | None:
        found = await self._majority("reservations", key)
        return found["holder"] if found else None

    async def document(self, collection: str, document_id: str) -> Document | None:
        found: Document | None = await self._majority(collection, document_id)
        return found

    async def _majority(self, collection: str, document_id: str) -> Any:
        return await self._line.ask(
            "read", lambda: self.database.majority_of(collection, document_id), causal=True, detail=document_id
        )

    def closed(self) -> str | None:
        return self.closed_for

    async def hear(self) -> None:
        found = await self._line.ask("hear", lambda: self.database.majority_of("sequence", "closed"), matters=False)
        self.closed_for = found["reason"] if found else None


class SimulatedRelay:
    """`RelayStore`."""

    def __init__(self, line: Line, seed: int) -> None:
        self._line, self._seed = line, seed
        self.database = line.database
        self._looked = 0
        self._asked = 0

    async def lead(self, name: str, owner: str, seconds: float) -> int | None:
        def take() -> Any:
            now = self._line.network.loop.time()
            found = self.database.latest("leases", name) or {"owner": None, "epoch": 0, "until": -1.0}
            if found["owner"] == owner or found["until"] < now:
                epoch = found["epoch"] + (found["owner"] != owner)
                found = {"owner": owner, "epoch": epoch, "until": now + seconds}
                self.database.write("leases", name, found)
            return found

        found = await self._line.ask("lead", take, write=True, matters=False)
        return int(found["epoch"]) if found["owner"] == owner else None

    async def resign(self, name: str, owner: str) -> None:
        def give_back() -> None:
            found = self.database.latest("leases", name)
            if found and found["owner"] == owner:
                self.database.write("leases", name, {**found, "owner": "", "until": -1.0})

        await self._line.ask("resign", give_back, write=True)

    async def sequence(self) -> Sequence_:
        return await self._line.ask(
            "sequence", lambda: self.database.majority_of("sequence", "sequence") or Sequence_(), matters=False
        )

    async def take_over(self, epoch: int) -> Sequence_ | None:
        def take() -> Sequence_ | None:
            found: Sequence_ = self.database.latest("sequence", "sequence") or Sequence_()
            if found.epoch > epoch:
                return None
            found = replace(found, epoch=epoch)
            self.database.write("sequence", "sequence", found)
            return found

        return await self._line.ask("take over", take, write=True, detail=str(epoch))

    async def plan(self, before: Sequence_, after: Sequence_) -> bool:
        def put() -> bool:
            found: Sequence_ | None = self.database.latest("sequence", "sequence")
            if found is None or not self.unmoved(found, before):
                return False
            self.database.write("sequence", "sequence", replace(after, published=found.published))
            return True

        detail = f"{before.next}..{after.next - 1} {' '.join(after.pending)}"
        return await self._line.ask("plan", put, write=True, detail=detail)

    def unmoved(self, found: Sequence_, before: Sequence_) -> bool:
        return (found.epoch, found.next) == (before.epoch, before.next)

    async def pending(self, limit: int, after: Any = None) -> tuple[list[Commit], Any]:
        moment, last = after or (None, 0)

        def read() -> tuple[list[Commit], Any]:
            as_of = self.as_of(moment)
            waiting = [one for one in self.database.commits(as_of) if one["pending"] and one["ts"] > last]
            found = sorted(waiting, key=lambda one: int(one["ts"]))[:limit]
            return [one["commit"] for one in found], (as_of, found[-1]["ts"] if found else last)

        found, end = await self._line.ask("pending", read, matters=bool(self._line.database.now > self._looked))
        self._looked = end[0]
        return found, end

    def as_of(self, moment: int | None) -> int:
        return self.database.majority if moment is None else moment

    async def last_numbered(self, stream: str) -> int:
        def read() -> int:
            stamped = (one["commit"] for one in self.database.commits() if not one["pending"])
            return max((commit.next_version for commit in stamped if commit.stream == stream), default=1)

        # asked for a set of streams at once, whose order is nobody's: the time it takes depends on the stream alone
        self._asked += 1
        takes = 0.001 + crc32(f"{self._seed} {stream}".encode()) % 997 / 100_000
        return await self._line.ask("last numbered", read, matters=False, takes=takes, detail=stream)

    async def stamp(self, commits: Sequence[Commit]) -> None:
        network = self._line.network
        partly = (
            network.chance.randrange(len(commits)) if commits and network.happens(network.weather.trouble) else None
        )

        def put() -> None:
            done = commits if partly is None else commits[:partly]
            changed: dict[Name, Any] = {}
            for commit in done:
                if (found := self.database.latest(LOG, commit.id)) is not None:
                    stamped = replace(found["commit"], first_position=commit.first_position, previous=commit.previous)
                    changed[LOG, commit.id] = {**found, "commit": stamped, "pending": False}
            self.database.write_many(changed)
            if partly is not None:
                raise Unknown("broken off")

        if commits:
            detail = " ".join(f"{commit.id}={commit.first_position}" for commit in commits)
            await self._line.ask("stamp", put, write=True, detail=detail)

    async def commits(self, ids: Sequence[str]) -> list[Commit]:
        def read() -> list[Commit]:
            found = (self.database.majority_of(LOG, one) for one in ids)
            return [one["commit"] for one in found if one is not None]

        return await self._line.ask("commits", read)

    async def numbered(self, after: int, limit: int) -> list[Commit]:
        def read() -> list[Commit]:
            found = [one["commit"] for one in self.database.commits() if one["commit"].first_position is not None]
            found = [commit for commit in found if commit.first_position + len(commit.events) - 1 > after]
            return sorted(found, key=lambda commit: int(commit.first_position))[:limit]

        return await self._line.ask("numbered", read, detail=str(after))

    async def published(self, epoch: int, before: int, position: int) -> bool:
        def put() -> bool:
            found: Sequence_ | None = self.database.latest("sequence", "sequence")
            if found is None or (found.epoch, found.published) != (epoch, before):
                return False
            if self.database.latest("sequence", "moved back") is not None:
                return False
            self.database.write("sequence", "sequence", replace(found, published=position))
            return True

        return await self._line.ask("published", put, write=True, detail=str(position))

    async def republish_requested(self) -> int | None:
        def take() -> int | None:
            back = self.database.latest("sequence", "moved back")
            if back is None:
                return None
            found: Sequence_ = self.database.latest("sequence", "sequence") or Sequence_()
            found = replace(found, published=min(found.published, back))
            self.database.write_many({("sequence", "moved back"): None, ("sequence", "sequence"): found})
            return found.published

        return await self._line.ask("republish?", take, write=True, matters=False)

    async def outbox(self) -> tuple[int, float]:
        return 0, 0.0

    async def close_log(self, reason: str) -> None:
        put = lambda: self.database.write("sequence", "closed", {"reason": reason})  # noqa: E731
        await self._line.ask("close log", put, write=True, detail=reason)

    async def end_silent_processes(self, seconds: float) -> int:
        def end() -> int:
            now = self._line.network.loop.time()
            silent = [(n, p) for n, p in self.database.scan("processes") if p["beat"] < now - seconds]
            for name, process in silent:
                self.database.kill(process["sessions"])
                self.database.write("processes", name, None)
            return len(silent)

        return await self._line.ask("end silent", end, matters=False)

    async def appended(self) -> None:
        """A look at once, and one each time a majority has something new, until the time is over."""
        network, woken = self._line.network, self._line.network.loop.create_future()
        if network.ended:
            raise Unknown("the simulation is over")
        looked, until = self._looked, network.loop.time() + QUIET

        def look(_: object = None) -> None:
            if woken.done() or network.ended:
                return
            news = any(self.database.at(LOG, name, looked) is None for name, _ in self.database.scan(LOG))
            if news or network.loop.time() >= until:
                woken.set_result(None)
            else:
                self.database.when_majority(self.database.majority + 1, look)

        network.later(network.takes(), look)
        network.later(QUIET, settle, woken)
        await woken


class SimulatedViews:
    """`ViewStore`."""

    def __init__(self, line: Line, sessions: Sessions) -> None:
        self._line, self._sessions = line, sessions
        self.database = line.database

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with self._sessions.transaction() as transaction:
            yield transaction

    async def load(self, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        def read() -> dict[str, Document]:
            found = {name: self.database.majority_of(collection, name) for name in ids}
            return {name: one for name, one in found.items() if one is not None}

        return await self._line.ask("load", read, detail=collection)

    async def claim(self, ids: Sequence[str], owner: str) -> dict[str, Checkpoint]:
        sessions = self._sessions.ids

        def end_predecessors() -> None:
            former = (self.database.majority_of("checkpoints", name) or {"sessions": ()} for name in ids)
            self.database.kill([one for found in former for one in found["sessions"] if one not in sessions])

        def take(name: str) -> Document:
            fresh: Document = {"_id": name, "next_offset": 0, "last_position": None, "last_source": "", "epoch": 0}
            found = self.database.latest("checkpoints", name) or fresh
            taken: Document = {**found, "epoch": found["epoch"] + 1, "owner": owner, "sessions": list(sessions)}
            self.database.write("checkpoints", name, taken)
            return taken

        await self._line.ask("end predecessors", end_predecessors)
        claimed = {}
        for name in ids:
            found = await self._line.ask("claim", lambda name=name: take(name), write=True, detail=name)  # type: ignore[misc]
            claimed[name] = _checkpoint(found)
        return claimed

    async def checkpoints(self, ids: Sequence[str]) -> dict[str, Checkpoint]:
        def read() -> dict[str, Checkpoint]:
            found = {name: self.database.majority_of("checkpoints", name) for name in ids}
            return {name: _checkpoint(one) for name, one in found.items() if one is not None}

        return await self._line.ask("checkpoints", read)

    async def settled(self, ids: Sequence[str]) -> dict[str, Checkpoint]:
        def touch(name: str) -> Document | None:
            found: Document | None = self.database.latest("checkpoints", name)
            if found is not None:
                self.database.write("checkpoints", name, found)
            return found

        settled = {}
        for name in ids:
            found = await self._line.ask("settled", lambda name=name: touch(name), write=True, detail=name)  # type: ignore[misc]
            if found is not None:
                settled[name] = _checkpoint(found)
        return settled

    async def release(self, ids: Sequence[str], owner: str) -> None:
        def give_back() -> None:
            for name in ids:
                found = self.database.latest("checkpoints", name)
                if found and found["owner"] == owner:
                    self.database.write("checkpoints", name, {**found, "owner": "", "sessions": []})

        if ids:
            await self._line.ask("release", give_back, write=True)

    async def rows(
        self, collection: str, where: Mapping[str, Any], fields: Sequence[str] = (), limit: int = 0
    ) -> list[Document]:
        def read() -> list[Document]:
            found = [one for _, one in sorted(self.database.scan(collection)) if matches(one, where)]
            found = found[:limit] if limit else found
            return [{n: one.get(n) for n in ("_id", *fields)} for one in found] if fields else found

        return await self._line.ask("rows", read, matters=False, detail=collection)

    async def ensure_view(self, collection: str, indexes: Sequence[str]) -> None:
        """Whatever is written makes its collection here."""

    async def standing(self, ids: Sequence[str]) -> None:
        if self._line.network.ended:
            raise Unknown("the simulation is over")


def _checkpoint(found: Document) -> Checkpoint:
    return Checkpoint(
        id=found["_id"],
        next_offset=found["next_offset"],
        last_position=found["last_position"],
        last_source=found["last_source"],
        epoch=found["epoch"],
    )
