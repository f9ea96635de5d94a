"""What may change inside an event version: words of explanation, and optional fields that are added. Nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any

EXPLANATIONS = frozenset({"title", "description", "examples", "$schema", "x-description-zh", "x-dataclass"})


def broken(released: Any, now: Any, place: str = "") -> Iterator[str]:
    """Each thing that a reader of the released schema could no longer rely on, in a sentence."""
    match released, now:
        case {"properties": dict(old)}, {"properties": dict(new)}:
            yield from _fields(old, new, set(released.get("required", ())), set(now.get("required", ())), place)
            yield from _same(_rest(released), _rest(now), place)
        case dict(), dict():
            yield from _same(released, now, place)
        case list(), list() if len(released) == len(now):
            for number, (old, new) in enumerate(zip(released, now, strict=True)):
                yield from broken(old, new, f"{place}{number}.")
        case _ if released != now:
            yield f"{place.rstrip('.') or 'the whole'} was {_short(released)} and is {_short(now)}"


def _fields(
    old: Mapping[str, Any], new: Mapping[str, Any], needed: set[str], needs: set[str], place: str
) -> Iterator[str]:
    for name in old:
        if name not in new:
            yield f"field {place}{name} is gone"
        else:
            yield from broken(old[name], new[name], f"{place}{name}.")
    for name in sorted(needs - needed):
        yield f"field {place}{name} is new and required" if name not in old else f"field {place}{name} became required"
    for name in sorted((needed - needs) & set(new)):
        yield f"field {place}{name} may now be missing"


def _same(old: Mapping[str, Any], new: Mapping[str, Any], place: str) -> Iterator[str]:
    for name in sorted((set(old) | set(new)) - EXPLANATIONS):
        yield from broken(old.get(name), new.get(name), f"{place}{name}.")


def _rest(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name not in ("properties", "required")}


def _short(value: Any) -> str:
    return "absent" if value is None else str(value)[:80]
