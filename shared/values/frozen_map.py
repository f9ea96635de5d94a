"""A mapping that never changes, for aggregates that remember thousands: a changed copy costs a fraction of it all.

The entries lie in a fixed number of dictionaries; a changed copy shares all of them but one. Their order means nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")

SHARDS = 32
"""10,000 entries: some 300 are copied at a change. Few enough that a map of one entry stays small."""


class FrozenMap(Mapping[K, V]):
    __slots__ = ("_length", "_shards")

    def __init__(self, entries: Mapping[K, V] | None = None) -> None:
        shards: list[dict[K, V]] = [{} for _ in range(SHARDS)] if entries else [_EMPTY] * SHARDS
        for key, value in (entries or {}).items():
            shards[hash(key) % SHARDS][key] = value
        self._shards = tuple(shards)
        self._length = len(entries or {})

    def __getitem__(self, key: K) -> V:
        return self._shards[hash(key) % SHARDS][key]

    def __iter__(self) -> Iterator[K]:
        for shard in self._shards:
            yield from shard

    def __len__(self) -> int:
        return self._length

    def __hash__(self) -> int:
        return hash(frozenset(self.items()))

    def __repr__(self) -> str:
        return f"FrozenMap({dict(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Hashes of strings differ between processes: what is kept is the entries, not where they lay."""
        return FrozenMap, (dict(self),)

    def having(self, key: K, value: V) -> "FrozenMap[K, V]":
        """A copy in which `key` stands for `value`."""
        shard = self._shards[hash(key) % SHARDS]
        return self._copy(key, {**shard, key: value}, len(self) + (key not in shard))

    def without(self, key: K) -> "FrozenMap[K, V]":
        """A copy without `key`; KeyError if it is not there."""
        shard = self._shards[hash(key) % SHARDS].copy()
        del shard[key]
        return self._copy(key, shard, len(self) - 1)

    def _copy(self, key: K, shard: dict[K, V], length: int) -> "FrozenMap[K, V]":
        place = hash(key) % SHARDS
        copy: FrozenMap[K, V] = FrozenMap.__new__(FrozenMap)
        copy._shards = (*self._shards[:place], shard, *self._shards[place + 1 :])
        copy._length = length
        return copy


_EMPTY: dict[Any, Any] = {}
EMPTY: FrozenMap[Any, Any] = FrozenMap()
