"""Kernel defects that the simulation found and that are not mended in the kernel yet: the smallest change of each.

Empty this file as the kernel takes them over; `Parts` then names the kernel's own classes again.
"""

from shared.kernel.follower import Follower
from shared.kernel.ports import Fenced, Partition
from shared.kernel.projector import Projector
from shared.kernel.reactor import Reactor


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


class MendedReactor(MendedFollower, Reactor): ...
