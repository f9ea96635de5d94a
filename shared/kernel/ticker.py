"""Time-driven commands: what falls due is commanded once for each (rule, subject, due date), missed ones in order.

One process ticks at a time, under a lease; that it is one is only thrift, for the idempotency key makes twice once.
"""

from collections import OrderedDict
from datetime import date
from math import inf
from typing import Any

import structlog

from shared.kernel.ports import Clock, RelayStore, StoreFault
from shared.kernel.queries import Queries
from shared.kernel.refusal import Refused, Unavailable
from shared.kernel.service import Service, Timer
from shared.kernel.work import Actor, Commands, Work

log = structlog.get_logger()

LEASE = 10.0
"""Seconds."""
PAGE = 200
"""Subjects read at once."""
REMEMBERED = 10_000
"""Subjects already commanded, so that a view that trails is not asked about them again."""
AGAIN = 60.0
"""Seconds until a timer that was refused, or failed, is tried again."""


class Ticker:
    def __init__(
        self, *, service: Service, commands: Commands, queries: Queries, store: RelayStore, clock: Clock, owner: str
    ) -> None:
        self._service, self._commands, self._queries = service, commands, queries
        self._store, self._clock, self._owner = store, clock, owner
        self._not_before: OrderedDict[str, float] = OrderedDict()

    async def run(self) -> None:
        """Tick once a second, for ever."""
        while self._service.timers:
            await self._clock.sleep(1.0)
            try:
                if await self._store.lead("ticker", self._owner, LEASE) is not None:
                    await self.tick()
            except StoreFault as fault:
                log.warning("the ticker waits", reason=repr(fault)[:200])

    async def tick(self) -> None:
        """Command everything that is due today and has not been commanded."""
        today = self._clock.today()
        for timer in self._service.timers.values():
            due = {timer.due: {"$lte": today.isoformat(), "$ne": None}}
            rows: list[Any] = []
            page: list[Any]
            while page := await self._queries.find(timer.view, due, limit=PAGE, after=rows[-1].id if rows else None):
                rows += page
            for row in sorted(rows, key=lambda row: getattr(row, timer.due)):
                await self._command(timer, row, getattr(row, timer.due))

    async def _command(self, timer: Timer, row: Any, due: date) -> None:
        key = f"{row.id}:{due.isoformat()}"
        now = self._clock.monotonic()
        if self._not_before.get(name := f"{timer.name}:{key}", 0.0) > now:
            return

        async def act(work: Work) -> None:
            await timer.handler(row, due, work)

        again = inf
        try:
            await self._commands.run(act, actor=Actor(f"timer:{timer.name}"), key=key, causation=key, fresh=True)
        except StoreFault:
            raise
        except Unavailable:
            return
        except Refused as refusal:
            again = now + AGAIN
            log.warning("a timer was refused", timer=timer.name, reason=refusal.sentence("en"))
        except Exception as defect:  # one defect must not keep all other timers from running
            again = now + AGAIN
            log.error("a timer failed by a defect", timer=timer.name, exc_info=defect)
        self._not_before[name] = again
        while len(self._not_before) > REMEMBERED:
            self._not_before.popitem(last=False)
