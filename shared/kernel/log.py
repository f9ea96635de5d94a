"""The log: streams of events, appended optimistically, folded into states that a bounded cache keeps.

A state enters the cache only from what a majority holds, so it is a true prefix of its stream; the unique index on
(stream, version) decides who was first. Queueing for a stream is a courtesy that spares hot streams futile attempts:
it waits a bounded time and then lets the index decide, so two routes may take streams in any order.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from shared.kernel.aggregate import Aggregate, event_types, stream_of
from shared.kernel.cloudevents import event_of
from shared.kernel.event import REGISTRY
from shared.kernel.ports import Commit, LogStore
from shared.kernel.refusal import Unavailable

if TYPE_CHECKING:
    from shared.kernel.snapshots import Snapshots

A = TypeVar("A", bound=Aggregate)

FIRST_WAIT = 1.0
"""Seconds without anybody's turn ending after which a command that waits for its first stream tries anyway."""
FURTHER_WAIT = 0.05
"""The same for one that has another stream already, as only these can wait for each other in a circle."""
REMEMBERED, OF_EVENTS = 20_000, 2_000_000
"""Streams whose states a process keeps in memory, and the events that these are made of (some 200 MiB)."""
BREATH = 500
"""Commits folded before others may work: a long history without a kept state takes seconds."""
LOCK_QUEUE = 500
"""Commands that may wait for one stream; more are answered 503."""


class NewerHistory(Unavailable):
    """This process does not know an event in the history of this object yet; another one will answer.
    本进程尚不认识该对象历史中的某个事件，请稍后重试。"""


class BrokenHistory(Unavailable):
    """The history of this object has a gap that an operator has to settle first.
    该对象的历史记录存在缺口，需先由运维人员处理。"""

    retry_after = 30


class Busy(Unavailable):
    """Too many are changing this at once; try again in a moment with the same Idempotency-Key.
    当前操作人数过多，请稍后使用相同的 Idempotency-Key 重试。"""


@dataclass(frozen=True)
class Known(Generic[A]):
    """What is known of a stream: its state after `next_version - 1` events."""

    state: A
    next_version: int = 1
    at: str = ""
    commit: str = ""
    """Id of the commit that it ends with."""
    fresh: bool = False
    """Read just now, rather than remembered."""


class Log:
    def __init__(
        self,
        store: LogStore,
        *,
        remembered: int = REMEMBERED,
        of_events: int = OF_EVENTS,
        snapshots: "Snapshots | None" = None,
    ) -> None:
        self.store = store
        self._remembered, self._of_events = remembered, of_events
        self._events = 0
        """That the remembered states are made of."""
        self._snapshots = snapshots
        self._cache: OrderedDict[str, Known[Any]] = OrderedDict()
        self._queues: dict[str, _Queue] = {}

    async def load(self, kind: type[A], aggregate_id: str, *, fresh: bool) -> Known[A]:
        """The state of a stream, remembered or (if `fresh`, or unknown) read to its majority-committed end."""
        stream = stream_of(kind, aggregate_id)
        known = cast("Known[A] | None", self._cache.get(stream))
        if known is not None and not fresh:
            self._cache.move_to_end(stream)
            return known
        if known is None and self._snapshots:
            known = await self._snapshots.of(kind, stream)
        known = known or Known(kind(id=aggregate_id))
        known = await self._advanced(stream, known, await self.store.tail(stream, known.next_version))
        self._remember(stream, known)
        return replace(known, fresh=True)

    async def _advanced(self, stream: str, known: Known[A], commits: Sequence[Commit]) -> Known[A]:
        """Fold these commits; where nobody waits any longer, what is folded so far is remembered for the next one."""
        try:
            for number, commit in enumerate(commits, 1):
                known = advance(known, commit)
                if number % BREATH == 0:
                    await asyncio.sleep(0)
        except asyncio.CancelledError:
            self._remember(stream, known)
            raise
        return known

    def committed(self, commit: Commit, state: Aggregate) -> None:
        """Remember the state after a commit that a majority holds."""
        self._remember(commit.stream, Known(state, commit.next_version, commit.at, commit.id))

    def _remember(self, stream: str, known: Known[Any]) -> None:
        remembered = self._cache.get(stream)
        if known.next_version <= (remembered.next_version if remembered else 1):
            return
        self._events += known.next_version - (remembered.next_version if remembered else 0)
        self._cache[stream] = known
        self._cache.move_to_end(stream)
        self._keep(stream, known)
        while len(self._cache) > self._remembered or (self._events > self._of_events and len(self._cache) > 1):
            forgotten, last = self._cache.popitem(last=False)
            self._events -= last.next_version
            self._keep(forgotten, last, leaving=True)

    def _keep(self, stream: str, known: Known[Any], *, leaving: bool = False) -> None:
        if self._snapshots:
            self._snapshots.offer(stream, known, leaving=leaving)

    async def close(self) -> None:
        """Keep what would take long to read again."""
        if self._snapshots:
            await self._snapshots.settle()
            for stream, known in self._cache.items():
                self._keep(stream, known, leaving=True)
            await self._snapshots.settle()

    @asynccontextmanager
    async def courtesy(self, stream: str, patience: float) -> AsyncIterator[None]:
        """Queue for a stream, until for `patience` seconds nobody's turn has ended."""
        queue = self._queues.setdefault(stream, _Queue())
        if queue.users > LOCK_QUEUE:
            raise Busy()
        queue.users += 1
        held = False
        try:
            held = await queue.turn(patience)
            yield
        finally:
            if held:
                queue.pass_on()
            queue.users -= 1
            if not queue.users:
                del self._queues[stream]


class _Queue:
    """Turns on one stream, first come, first served."""

    def __init__(self) -> None:
        self.users = 0
        self._taken = False
        self._ended = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def turn(self, patience: float) -> bool:
        """Wait for a turn; False if nothing moves."""
        if not self._taken:
            self._taken = True
            return True
        mine = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        try:
            ended = -1
            while not mine.done() and ended != self._ended:
                ended = self._ended
                await asyncio.wait((mine,), timeout=patience)
        except asyncio.CancelledError:
            if mine.done():
                self.pass_on()
            raise
        finally:
            if not mine.done():
                self._waiting.remove(mine)
        return mine.done()

    def pass_on(self) -> None:
        self._ended += 1
        if self._waiting:
            self._waiting.popleft().set_result(None)
        else:
            self._taken = False


def advance(known: Known[A], commit: Commit) -> Known[A]:
    """Fold the next commit. NewerHistory if it holds an event that this build's `evolve` does not take."""
    if commit.version != known.next_version:
        raise BrokenHistory()
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
    return Known(state, commit.next_version, commit.at, commit.id)
