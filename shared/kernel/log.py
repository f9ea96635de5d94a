"""The log: streams of events, appended optimistically, folded into states that a bounded cache keeps.

A state enters the cache only from what a majority holds, so it is a true prefix of its stream; the unique index on
(stream, version) decides who was first. The lock of a stream is a courtesy that spares hot streams futile attempts:
it waits a bounded time and then lets the index decide, so two routes may take streams in any order.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from shared.kernel.aggregate import Aggregate, event_types, stream_of
from shared.kernel.cloudevents import event_of
from shared.kernel.event import REGISTRY
from shared.kernel.ports import Commit, LogStore
from shared.kernel.refusal import Unavailable

A = TypeVar("A", bound=Aggregate)

LOCK_WAIT = 0.05
"""Seconds a command waits for a hot stream before it tries anyway; more with every attempt, never without bound."""
LOCK_QUEUE = 500
"""Commands that may wait for one stream; more are answered 503."""


class NewerHistory(Unavailable):
    """This process does not know an event in the history of this object yet; another one will answer.
    本进程尚不认识该对象历史中的某个事件，请稍后重试。"""


class Busy(Unavailable):
    """Too many are changing this at once; try again in a moment with the same Idempotency-Key.
    当前操作人数过多，请稍后使用相同的 Idempotency-Key 重试。"""


@dataclass(frozen=True)
class Known(Generic[A]):
    """What is known of a stream: its state after `next_version - 1` events."""

    state: A
    next_version: int = 1
    at: str = ""
    fresh: bool = False
    """Read just now, rather than remembered."""


class Log:
    def __init__(self, store: LogStore, *, remembered: int = 20_000) -> None:
        self.store = store
        self._remembered = remembered
        self._cache: OrderedDict[str, Known[Any]] = OrderedDict()
        self._locks: dict[str, _Queue] = {}

    async def load(self, kind: type[A], aggregate_id: str, *, fresh: bool) -> Known[A]:
        """The state of a stream, remembered or (if `fresh`, or unknown) read to its majority-committed end."""
        stream = stream_of(kind, aggregate_id)
        known = cast("Known[A] | None", self._cache.get(stream))
        if known is not None and not fresh:
            self._cache.move_to_end(stream)
            return known
        known = known or Known(kind(id=aggregate_id))
        for commit in await self.store.tail(stream, known.next_version):
            known = advance(known, commit)
        known = Known(known.state, known.next_version, known.at)
        self._remember(stream, known)
        return Known(known.state, known.next_version, known.at, fresh=True)

    def committed(self, commit: Commit, state: Aggregate) -> None:
        """Remember the state after a commit that a majority holds."""
        known = self._cache.get(commit.stream)
        if known is None or known.next_version <= commit.version:
            self._remember(commit.stream, Known(state, commit.next_version, commit.at))

    def _remember(self, stream: str, known: Known[Any]) -> None:
        if known.next_version == 1:
            return
        self._cache[stream] = known
        self._cache.move_to_end(stream)
        while len(self._cache) > self._remembered:
            self._cache.popitem(last=False)

    @asynccontextmanager
    async def courtesy(self, stream: str, patience: float) -> AsyncIterator[None]:
        """Queue for a stream, for `patience` seconds at the most."""
        queue = self._locks.setdefault(stream, _Queue())
        if queue.waiting >= LOCK_QUEUE:
            raise Busy()
        queue.waiting += 1
        held = False
        try:
            if queue.lock.locked():
                try:
                    held = await asyncio.wait_for(queue.lock.acquire(), patience)
                except TimeoutError:
                    held = False
            else:
                held = await queue.lock.acquire()
            yield
        finally:
            if held:
                queue.lock.release()
            queue.waiting -= 1
            if not queue.waiting:
                self._locks.pop(stream, None)


class _Queue:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0


def advance(known: Known[A], commit: Commit) -> Known[A]:
    """Fold one more commit. NewerHistory if it holds an event that this build's `evolve` does not take."""
    state = known.state
    takes = event_types(type(state).evolve)
    for wire in commit.events:
        if REGISTRY.get(wire.headers["ce_type"]) not in takes:
            raise NewerHistory()
        try:
            event = event_of(wire.headers, wire.body)
        except ValueError as unreadable:
            raise NewerHistory() from unreadable
        state = state.evolve(event)
    return Known(state, commit.next_version, commit.at)
