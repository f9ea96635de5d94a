"""States of long streams, kept so that nobody replays 100,000 events for one command. A cache: what is decided is the
same without it.

A state is kept only from what a majority holds, and taken up only if the commit that it ends with still stands in the
log: after a failover, a restore or a resync that took it back, the stream is read from its beginning. Whoever keeps it
reads it back first. Maps are read lazily, place by place: the first command after a start pays for a few entries, not
for all of them.
"""

import asyncio
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from hashlib import blake2b
from typing import Any, Protocol, TypeVar, get_args, get_origin, get_type_hints

import structlog
from pydantic import TypeAdapter

from shared.kernel.aggregate import Aggregate
from shared.kernel.log import Known
from shared.kernel.ports import Commit, Document, StoreFault
from shared.values.frozen_map import FrozenMap, Unread

log = structlog.get_logger()
A = TypeVar("A", bound=Aggregate)

LONG = 500
"""Events of a stream from which on its state is kept; fewer are folded in some 12 ms."""
OFTEN, SHARE = 100, 400
"""It is kept anew after OFTEN events, in longer streams after a SHARE-th of them all, since it costs what it weighs."""
LEAVING = 20
"""Events for which it is kept anew when this process forgets it."""
LARGEST = 15 * 1024 * 1024
"""Bytes of a kept state; the database takes documents of 16 MiB."""


class SnapshotStore(Protocol):
    async def snapshot(self, stream: str) -> Document | None: ...

    async def keep_snapshot(self, document: Document) -> None:
        """In place of the one that is there, whichever has come further: it is a cache."""
        ...

    async def snapshots(self) -> dict[str, int]:
        """Of every stream that has one, the version that follows it."""
        ...

    async def commit(self, commit_id: str) -> Commit | None: ...


class Snapshots:
    def __init__(self, store: SnapshotStore) -> None:
        self._store = store
        self._kept: dict[str, int] = {}
        self._keeping: dict[str, asyncio.Task[None]] = {}

    async def hear(self) -> None:
        """Learn which streams have one, so that no other is looked for; and how to read these, before anybody waits."""
        self._kept = await self._store.snapshots()
        kinds = {stream.partition(":")[0] for stream in self._kept}
        for kind in Aggregate.__subclasses__():
            if kind.__name__ in kinds:
                form_of(kind)
                codec_of(kind)

    async def of(self, kind: type[A], stream: str) -> Known[A] | None:
        """The state that was kept of a stream; None, if it is of another form or not of this history."""
        if stream not in self._kept:
            return None
        found = await self._store.snapshot(stream)
        if found is None or (why := await self._unfit(kind, found)):
            self._kept.pop(stream, None)
            if found is not None:
                log.warning("a stream is read from its beginning", stream=stream, reason=why)
            return None
        return Known(codec_of(kind).read(found), found["next_version"], found["at"], found["commit"])

    async def _unfit(self, kind: type[Aggregate], found: Document) -> str | None:
        if found["form"] != form_of(kind):
            return "the kept state is of another build"
        if await self._store.commit(found["commit"]) is None:
            return "the log does not hold the commit that the kept state ends with"
        return None

    def offer(self, stream: str, known: Known[Any], *, leaving: bool = False) -> None:
        """Keep a state in the background, if it is worth it; never more than one of a stream at once."""
        enough = LEAVING if leaving else max(OFTEN, known.next_version // SHARE)
        behind = known.next_version - self._kept.get(stream, 1)
        if known.next_version > LONG and behind >= enough and stream not in self._keeping:
            self._keeping[stream] = asyncio.create_task(self._keep(stream, known))
            self._keeping[stream].add_done_callback(lambda _: self._keeping.pop(stream))

    async def settle(self) -> None:
        """Wait until what was offered is kept."""
        while self._keeping:
            await asyncio.gather(*self._keeping.values())

    async def _keep(self, stream: str, known: Known[Any]) -> None:
        kind = type(known.state)
        try:
            document = {
                "_id": stream,
                "form": form_of(kind),
                "next_version": known.next_version,
                "at": known.at,
                "commit": known.commit,
                **await codec_of(kind).write(known.state),
            }
            await self._store.keep_snapshot(document)
        except (CannotKeep, ValueError, StoreFault) as fault:  # ValueError: pydantic cannot write or read it
            log.warning("a state is not kept", stream=stream, reason=str(fault)[:200])
        self._kept[stream] = known.next_version


class CannotKeep(Exception):
    """A state that is too large, or would not come back as it was."""


def form_of(kind: Any) -> str:
    """What a state was made by: the schema number, and the text of the module, lest somebody forgets to raise it."""
    return f"{kind.schema}:{_digest(kind)}"


@cache
def _digest(kind: Any) -> str:
    module = inspect.getmodule(kind)
    assert module is not None
    return blake2b(inspect.getsource(module).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class Codec:
    """How states of one kind are kept: each field as a JSON text, a map as one for each place."""

    kind: type[Aggregate]
    plain: Mapping[str, TypeAdapter[Any]]
    maps: Mapping[str, TypeAdapter[Any]]

    async def write(self, state: Aggregate) -> Document:
        """CannotKeep. Lets others work between any two places: a large state takes a while."""
        plain = {name: self._field(name, getattr(state, name)) for name in self.plain}
        maps, lengths = dict[str, list[bytes]](), dict[str, int]()
        for name in self.maps:
            entries: FrozenMap[Any, Any] = getattr(state, name)
            maps[name], lengths[name] = [], len(entries)
            for place in entries.places:
                maps[name].append(self._place(name, place))
                await asyncio.sleep(0)
        if (size := sum(len(text) for texts in (plain.values(), *maps.values()) for text in texts)) > LARGEST:
            raise CannotKeep(f"a {self.kind.__name__} of {size:,} bytes is too large")
        return {"plain": plain, "maps": maps, "lengths": lengths}

    def _field(self, name: str, value: Any) -> bytes:
        text = self.plain[name].dump_json(value)
        if self.plain[name].validate_json(text) != value:
            raise CannotKeep(f"{name} of a {self.kind.__name__} would not come back as it was")
        return text

    def _place(self, name: str, place: dict[Any, Any] | Unread[Any, Any]) -> bytes:
        if isinstance(place, Unread):
            return place.kept
        text = self.maps[name].dump_json(list(place.items()))
        if self._entries(name)(text) != place:
            raise CannotKeep(f"{name} of a {self.kind.__name__} would not come back as they were")
        return text

    def read(self, found: Document) -> Any:
        values = {name: adapter.validate_json(found["plain"][name]) for name, adapter in self.plain.items()}
        for name in self.maps:
            places = [Unread(kept, self._entries(name)) for kept in found["maps"][name]]
            values[name] = FrozenMap.of(places, found["lengths"][name])
        return self.kind(**values)

    def _entries(self, name: str) -> Callable[[bytes], dict[Any, Any]]:
        adapter = self.maps[name]
        return lambda kept: dict(adapter.validate_json(kept))


def codec_of(kind: Any) -> Codec:
    return _codec(kind)


@cache
def _codec(kind: Any) -> Codec:
    hints = get_type_hints(kind, include_extras=True)
    plain, maps = dict[str, TypeAdapter[Any]](), dict[str, TypeAdapter[Any]]()
    for field in fields(kind):
        hint: Any = hints[field.name]
        if get_origin(hint) is FrozenMap:
            pairs: Any = list.__class_getitem__(tuple.__class_getitem__(get_args(hint)))
            maps[field.name] = TypeAdapter(pairs)
        else:
            plain[field.name] = TypeAdapter(hint)
    return Codec(kind, plain, maps)
