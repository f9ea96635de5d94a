"""Kernel defects that the simulation found and that are not mended in the kernel yet: the smallest change of each.

Empty this file as the kernel takes them over; `Parts` then names the kernel's own classes again.
"""

from shared.kernel.follower import Follower
from shared.kernel.ports import Commit, Document, Fenced, Partition
from shared.kernel.projector import Projector
from shared.kernel.quarantine import held_by
from shared.kernel.reactor import FIRST_RETRY, Reactor
from shared.kernel.relay import Forked, Relay, SteppedDown


class MendedRelay(Relay):
    """One that fell asleep while it took over wakes to a topic that its successor has gone on with: no fork. And what
    it numbered last can only be pending again where an older copy of the database was put in place."""

    async def _next_in_order(self) -> list[Commit]:
        batch = await super()._next_in_order()
        if not {commit.id for commit in batch}.isdisjoint(self._sequence.pending):
            raise SteppedDown("the log is older than it was")
        return batch

    async def _forked(self, reason: str) -> Forked:
        if (await self._store.sequence()).epoch > self.observed.epoch:
            raise SteppedDown("a later epoch leads")
        return await super()._forked(reason)


class MendedFollower(Follower):
    """A checkpoint that went back was restored: what is remembered about it holds no more."""

    async def reload(self) -> dict[Partition, int]:
        before = {partition: standing.next_offset for partition, standing in self.standing.items()}
        offsets = await super().reload()
        for partition, standing in self.standing.items():
            if standing.next_offset < before[partition]:
                raise Fenced(standing.id)
        return offsets


class MendedProjector(MendedFollower, Projector): ...


class MendedReactor(MendedFollower, Reactor):
    """A retry that breaks off after its first unit leaves parked rows and no waiting one: nobody tried them again."""

    async def _load_quarantine(self) -> list[Document]:
        rows = await super()._load_quarantine()
        stuck = {held_by(row) for row in rows if row["state"] == "open"}
        self._due = {held_by(row): (0.0, FIRST_RETRY) for row in rows if held_by(row) not in stuck}
        return rows
