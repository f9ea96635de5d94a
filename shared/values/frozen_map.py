"""A mapping that never changes, for aggregates that remember thousands: a changed copy costs a fraction of it all.

The entries lie in a fixed number of dictionaries; a changed copy shares all of them but one. Their order means nothing.
A map that was kept elsewhere is given those dictionaries unread, and reads the ones that it is asked about.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar
from zlib import crc32

K = TypeVar("K")
V = TypeVar("V")

SHARDS = 32
"""10,000 entries: some 300 are copied at a change. Few enough that a map of one entry stays small."""


class Unread(Generic[K, V]):
    """Entries of one place in the form in which they were kept; read once, when somebody asks for them."""

    __slots__ = ("_entries", "_read", "kept")

    def __init__(self, kept: bytes, read: Callable[[bytes], dict[K, V]]) -> None:
        self.kept, self._read = kept, read
        self._entries: dict[K, V] | None = None

    @property
    def is_read(self) -> bool:
        return self._entries is not None

    def entries(self) -> dict[K, V]:
        if self._entries is None:
            self._entries = self._read(self.kept)
        return self._entries


class FrozenMap(Mapping[K, V]):
    __slots__ = ("_length", "_shards")

    def __init__(self, entries: Mapping[K, V] | None = None) -> None:
        shards: list[dict[K, V]] = [{} for _ in range(SHARDS)] if entries else [_EMPTY] * SHARDS
        for key, value in (entries or {}).items():
            shards[_place(key)][key] = value
        self._shards: tuple[dict[K, V] | Unread[K, V], ...] = tuple(shards)
        self._length = len(entries or {})

    @classmethod
    def of(cls, places: Sequence[dict[K, V] | Unread[K, V]], length: int) -> "FrozenMap[K, V]":
        """A map of so many entries from what `places` of another one gave, in any process."""
        assert len(places) == SHARDS
        made: FrozenMap[K, V] = cls.__new__(cls)
        made._shards, made._length = tuple(places), length
        return made

    @property
    def places(self) -> tuple[dict[K, V] | Unread[K, V], ...]:
        """The entries as they lie; what has not been read since it was kept is still as it was."""
        return self._shards

    def _at(self, place: int) -> dict[K, V]:
        shard = self._shards[place]
        return shard.entries() if isinstance(shard, Unread) else shard

    def __getitem__(self, key: K) -> V:
        return self._at(_place(key))[key]

    def __iter__(self) -> Iterator[K]:
        for place in range(SHARDS):
            yield from self._at(place)

    def __len__(self) -> int:
        return self._length

    def __hash__(self) -> int:
        return hash(frozenset(self.items()))

    def __repr__(self) -> str:
        return f"FrozenMap({dict(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Where the entries lay is nobody's business, and what was not read yet is read."""
        return FrozenMap, (dict(self),)

    def having(self, key: K, value: V) -> "FrozenMap[K, V]":
        """A copy in which `key` stands for `value`."""
        shard = self._at(_place(key))
        return self._copy(key, {**shard, key: value}, len(self) + (key not in shard))

    def without(self, key: K) -> "FrozenMap[K, V]":
        """A copy without `key`; KeyError if it is not there."""
        shard = self._at(_place(key)).copy()
        del shard[key]
        return self._copy(key, shard, len(self) - 1)

    def _copy(self, key: K, shard: dict[K, V], length: int) -> "FrozenMap[K, V]":
        place = _place(key)
        copy: FrozenMap[K, V] = FrozenMap.__new__(FrozenMap)
        copy._shards = (*self._shards[:place], shard, *self._shards[place + 1 :])
        copy._length = length
        return copy


def _place(key: Any) -> int:
    """The same in every process, which hashes of strings are not; keys that are equal are written alike."""
    return crc32((key if isinstance(key, str) else repr(key)).encode()) % SHARDS


_EMPTY: dict[Any, Any] = {}
EMPTY: FrozenMap[Any, Any] = FrozenMap()
