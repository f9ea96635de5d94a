"""The committed documents: compared with what the code says now, and replaced if nothing that was released breaks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from deploy.contracts.compatible import broken
from deploy.contracts.documents import written

FOLDER = Path(__file__).parent


class Incompatible(Exception):
    """An event version was changed in a way that its readers cannot bear; `str()` says how, and what to do."""


@dataclass(frozen=True)
class Difference:
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    stale: tuple[str, ...]
    """Files that the code knows nothing of."""

    @property
    def files(self) -> list[str]:
        return sorted({*self.missing, *self.changed, *self.stale})


def difference(now: Mapping[str, Any], folder: Path = FOLDER) -> Difference:
    there = {str(path.relative_to(folder)) for path in folder.rglob("*.json")}
    kept = there - {path for path in there if _is_event(path)}
    changed = (path for path in now if path in there and (folder / path).read_text() != written(now[path]))
    return Difference(
        missing=tuple(sorted(set(now) - there)),
        changed=tuple(sorted(changed)),
        stale=tuple(sorted(kept - set(now))),
    )


def breaks(now: Mapping[str, Any], folder: Path = FOLDER) -> list[str]:
    """What a reader of the committed event schemas could no longer rely on."""
    found = (_breaks_of(path, now, folder) for path in sorted(folder.glob("events/*/*.json")))
    return list(chain.from_iterable(found))


def _breaks_of(path: Path, now: Mapping[str, Any], folder: Path) -> list[str]:
    name = str(path.relative_to(folder))
    event, version = path.stem.rsplit(".", 1)
    if name in now:
        return [f"{event} version {version}: {what}" for what in broken(json.loads(path.read_text()), now[name])]
    newest = max(
        (_version(other) for other in now if other.startswith(f"events/{path.parent.name}/{event}.")), default=0
    )
    if newest > int(version):
        return []
    return [f"{event} version {version}: it is published no more, and its history stays in the topic for ever"]


def build(now: Mapping[str, Any], folder: Path = FOLDER) -> Difference:
    """Write what differs. Schemas of older versions stay: their events are in the topics. Raises Incompatible."""
    if what := breaks(now, folder):
        raise Incompatible(told(what))
    differs = difference(now, folder)
    for path in (*differs.missing, *differs.changed):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(written(now[path]))
    for path in differs.stale:
        (folder / path).unlink()
    return differs


def told(what: list[str]) -> str:
    lines = "\n".join(f"  {one}" for one in what)
    return (
        f"Readers of released events would break:\n{lines}\n"
        "Inside a version only optional fields are added. Give the event the next `version` and an entry in `upcasts` "
        "that turns the older body into it, or take the change back."
    )


def _is_event(path: str) -> bool:
    return path.startswith("events/")


def _version(path: str) -> int:
    return int(Path(path).stem.rsplit(".", 1)[1])
