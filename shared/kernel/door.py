"""How much one process takes on: so many clients, so many requests in work at once, so many a second of one actor. What
is too much is told when to come back, before it has cost anything; what was let in is finished."""

from collections import OrderedDict
from types import TracebackType

from shared.kernel.ports import Clock
from shared.kernel.refusal import Refused, Unavailable

CONNECTIONS = 800
"""Clients of one process: less than the 1,024 files that it may commonly have open."""
AT_ONCE = 256
"""Requests in work: more would only wait in line for the database."""
PER_SECOND = 500
"""Requests of one actor; an import that keeps 64 on their way stays below."""
BURST = 2.0
"""Seconds' worth of them that may come in one moment."""
REMEMBERED = 10_000
"""Actors whose pace is kept; who is forgotten has not asked for a while."""


class TooMany(Refused):
    """More requests of yours came in a moment than are taken; send this one again in a second, with the same
    Idempotency-Key.
    您的请求过于频繁，请稍候一秒，使用相同的 Idempotency-Key 重试。"""

    status = 429
    retry_after = 1


class Overloaded(Unavailable):
    """The service has more requests than it can work on, and did nothing with this one; send it again in a moment.
    服务繁忙，本次请求未处理，请稍后重试。"""


class Door:
    """`with door:` one request in work; Overloaded if there are as many as there may be."""

    def __init__(self, clock: Clock, *, at_once: int = AT_ONCE, per_second: float = PER_SECOND) -> None:
        self._clock, self._at_once, self._apart = clock, at_once, 1 / per_second
        self._inside = 0
        self._even: OrderedDict[str, float] = OrderedDict()
        """When an actor will have asked no more than its pace allows."""

    def __enter__(self) -> None:
        if self._inside >= self._at_once:
            raise Overloaded()
        self._inside += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inside -= 1

    def knock(self, actor: str) -> None:
        """One more request of an actor; TooMany."""
        now = self._clock.monotonic()
        even = max(self._even.get(actor, now), now) + self._apart
        if even - now > BURST + 1e-6:
            raise TooMany()
        self._even[actor] = even
        self._even.move_to_end(actor)
        if len(self._even) > REMEMBERED:
            self._even.popitem(last=False)
