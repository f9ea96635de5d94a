"""Blue and green: a new set of views is built beside the old one, and is ready once it has come as far."""

import re
from collections.abc import Collection

from shared.kernel.ports import ViewStore

SET = re.compile(r"v(\d+)")
CHECKPOINT = re.compile(r"v(\d+):((.+):\d+)")


class Rebuild:
    """Whether a set of views has come as far as older sets had when this process started."""

    def __init__(self, store: ViewStore, view_set: str) -> None:
        self._store, self._view_set = store, view_set
        self._goals: dict[str, int] = {}
        """Positions to be reached, by the ids of this set's checkpoints."""
        self.behind: str | None = "has not looked at older sets of views yet"
        """Why it is not ready, or None."""

    async def begin(self, topics: Collection[str]) -> None:
        """Look how far older sets have come in the topics that this one follows."""
        this = SET.fullmatch(self._view_set)
        for row in await self._store.rows("checkpoints", {}, ("last_position",)) if this else ():
            found = CHECKPOINT.fullmatch(row["_id"])
            if this and found and found[3] in topics and int(found[1]) < int(this[1]):
                own = f"{self._view_set}:{found[2]}"
                self._goals[own] = max(self._goals.get(own, 0), row["last_position"] or 0)
        await self.look()

    async def look(self) -> str | None:
        """What is missing, in words; once nothing is, nothing will be."""
        if self.behind is not None:
            found = await self._store.checkpoints(list(self._goals))
            reached = {name: checkpoint.last_position or 0 for name, checkpoint in found.items()}
            missing = sum(reached.get(name, 0) < goal for name, goal in self._goals.items())
            self.behind = f"{missing} partitions are not as far as in the set before" if missing else None
        return self.behind
