"""Time and ids. Time is the database server's, sampled and advanced monotonically, so that replicas agree."""

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import uuid_utils

SHANGHAI = ZoneInfo("Asia/Shanghai")


class ServerClock:
    """`Clock`. Until the first sample it goes by the machine's own time."""

    def __init__(self) -> None:
        self._base = datetime.now(UTC)
        self._at = time.monotonic()
        self._latest: datetime | None = None
        self.business_days = 0
        """Days by which the business clock is ahead; embedded stack and tests only."""

    def sampled(self, server_time: datetime) -> None:
        """Take over the server's time as it was just now."""
        self._base, self._at = server_time.astimezone(UTC), time.monotonic()
        self._latest = self._latest or self._base

    def now(self) -> datetime:
        moment = self._base + timedelta(seconds=time.monotonic() - self._at)
        if self._latest is not None:  # what the machine said before the first sample binds nobody
            moment = self._latest = max(self._latest, moment)
        return moment

    def today(self) -> date:
        return (self.now().astimezone(SHANGHAI) + timedelta(days=self.business_days)).date()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Uuid7:
    """`Ids`."""

    def new(self) -> str:
        return str(uuid_utils.uuid7())
