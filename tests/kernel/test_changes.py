"""A change stream that waits at a quiet server, and only looks in at a busy one."""

from collections.abc import Sequence
from typing import Any

from bson import Timestamp

from shared.kernel.mongo.changes import BUSY, Changes
from shared.kernel.mongo.driver import QUIET_MS


class Server:
    """Whose last write, as told with each answer, was the one of this number in this second."""

    def __init__(self, *moments: tuple[int, int]) -> None:
        self._moments = list(moments)
        self.client = self
        self.operation_time: Timestamp | None = None
        self.asked: list[int] = []
        """Milliseconds for which each look waits at the server."""

    async def start_session(self, *, causal_consistency: bool) -> Any:
        return self

    async def end_session(self) -> None: ...

    async def command(self, name: str, of: Any, **more: Any) -> dict[str, Any]:
        self.operation_time = Timestamp(*self._moments.pop(0))
        if name == "getMore":
            self.asked.append(more["maxTimeMS"])
        return {"cursor": {"id": 7, "ns": "toy.$cmd.aggregate", "nextBatch": [{"n": len(self.asked)}]}}


async def waited(*moments: tuple[int, int]) -> Sequence[int]:
    server = Server(*moments)
    async with Changes(server, [], pause=0.0) as stream:
        for number in range(1, len(moments)):
            assert await stream.next() == [{"n": number}]
    return server.asked


async def test_at_a_quiet_server_it_waits() -> None:
    assert await waited((5, 1), (5, BUSY), (8, 2), (9, BUSY)) == [QUIET_MS] * 3


async def test_at_a_busy_server_it_only_looks() -> None:
    assert await waited((5, 1), (5, BUSY + 2), (6, BUSY + 1), (6, BUSY + 9), (7, 3)) == [
        QUIET_MS,
        1,
        1,
        QUIET_MS,
    ]
