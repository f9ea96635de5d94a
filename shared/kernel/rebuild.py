"""Blue and green: a new set of views is built beside the old one, and is ready once it has come as far."""

import re
from collections.abc import Mapping, Sequence

from shared.kernel.ports import ViewStore

SET = re.compile(r"v(\d+)")
CHECKPOINT = re.compile(r"v(\d+):((.+):\d+)")


async def goals(store: ViewStore, view_set: str, topics: Sequence[str]) -> dict[str, int]:
    """The checkpoints of a set with the positions that older sets have reached, in topics that it follows as well."""
    reached: dict[str, int] = {}
    if this := SET.fullmatch(view_set):
        for row in await store.rows("checkpoints", {}, ("last_position",)):
            found = CHECKPOINT.fullmatch(row["_id"])
            if found and found[3] in topics and int(found[1]) < int(this[1]):
                own = f"{view_set}:{found[2]}"
                reached[own] = max(reached.get(own, 0), row["last_position"] or 0)
    return reached


async def short_of(store: ViewStore, goals: Mapping[str, int]) -> str | None:
    """What is missing until all goals are reached, in words; None if nothing is."""
    found = await store.checkpoints(list(goals)) if goals else {}
    behind = [name for name, goal in goals.items() if name not in found or (found[name].last_position or 0) < goal]
    return f"{len(behind)} partitions are not as far as in the set before" if behind else None
