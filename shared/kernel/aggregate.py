"""Aggregates: the state that decisions need to remember, folded from a stream of events by a pure `evolve`."""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Self, get_args, get_type_hints

from shared.kernel.event import Event
from shared.values.org_path import OrgPath


@dataclass(frozen=True)
class Aggregate:
    """Base of every aggregate. A new one is `Kind(id=...)`; every other field needs a default."""

    id: str
    org_id: str = ""
    """The organisation it belongs to now; decides who may act on it."""

    schema: ClassVar[int] = 1
    """Raised when fields change, so that cached states of another build are dropped."""

    def evolve(self, event: Any) -> Self:
        """The state after `event`. The annotation of `event` lists every type a stream may hold."""
        raise TypeError(f"{type(self).__name__} has no evolve")

    def org_path(self) -> OrgPath | None:
        """Its own place in the tree, where the aggregate itself knows it better than the directory."""
        return None


def stream_of(kind: type[Aggregate], aggregate_id: str) -> str:
    return f"{kind.__name__}:{aggregate_id}"


@cache
def event_types(function: Any) -> tuple[type[Event], ...]:
    """The event classes in the annotation of a function's `event` parameter: its subscription."""
    hint = get_type_hints(function)["event"]
    return get_args(hint) or (hint,)
