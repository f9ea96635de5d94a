"""`gonghui import roster`, in a process of its own, with a look at its memory on the way."""

from pathlib import Path
from typing import Any

import psutil

from deploy.roster.api import Api
from deploy.roster.bring_in import bring_in, known_organisations
from deploy.roster.plan import plan
from deploy.roster.run import Hands
from deploy.roster.workbook import read
from tests.bench.measured import Meter

MIB = 2**20


async def measure(
    state: str, addresses: dict[str, Any], file: str, actor: str, rows: int, pids: dict[str, int]
) -> dict[str, Any]:
    me, done, mib = psutil.Process(), 0, dict[str, float]()
    meter = Meter(pids)
    async with Api.of(Path(state), addresses) as api:
        roster = read(Path(file), f"{await api.today():%Y-%m}")

        def seen(more: int) -> None:
            nonlocal done
            done += more
            if done >= rows / 10:
                mib.setdefault("tenth", me.memory_info().rss / MIB)

        planned = plan(roster, await known_organisations(api, actor))
        meter.start()
        result = await bring_in(planned, roster, api, Hands(actor), seen)
    measured = meter.stop(rows)
    assert result.members["created"] == rows, (result.members, result.rejected[:3])
    return {**measured, "mib": {**mib, "end": me.memory_info().rss / MIB}}
