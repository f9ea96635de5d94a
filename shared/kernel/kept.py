"""Documents that a process keeps in memory because nobody else writes them."""

from collections.abc import Iterable, Mapping
from typing import Any


class Kept:
    """The views used lately, by document id, as they stand in the database. Those that were not used while half of
    `most` others were are forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._young: dict[str, Any] = {}
        self._old: dict[str, Any] = {}

    def absent(self, ids: Iterable[str]) -> list[str]:
        young, old = self._young, self._old
        return [document_id for document_id in ids if document_id not in young and document_id not in old]

    def get(self, document_id: str) -> Any:
        """None where it is not kept, or where there is none."""
        return self._young.get(document_id) or self._old.get(document_id)

    def keep(self, views: Mapping[str, Any]) -> None:
        """What a transaction that is through has left, None where there is nothing."""
        self._young.update(views)
        if len(self._young) > self._most // 2:
            self._old, self._young = self._young, {}

    def clear(self) -> None:
        self._young, self._old = {}, {}
