"""`gonghui clock advance`: move the business date of an embedded stack forward."""

import asyncio
from typing import Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number
from rich.console import Console

from deploy.cli.app import app
from deploy.cli.database import opened
from deploy.cli.state import DEFAULT_STATE, State

clock = App(name="clock", help="The business date of an embedded stack. Real times, leases and tokens never move.")
app.command(clock)

ACKNOWLEDGED_WITHIN = 10.0
"""Seconds until every process must go by the new date."""


@clock.command
def advance(
    days: Annotated[int, Parameter(help="How many days.", validator=Number(gte=1, lte=3660))],
    *,
    state: State = DEFAULT_STATE,
) -> int:
    """Move today forward for all services at once; timers that fall due are commanded, in order.

    gonghui clock advance 5
    """
    return asyncio.run(_advance(days, state))


async def _advance(days: int, state: Any) -> int:
    async with opened("members", state) as core:
        serial = await core.reads.advance_business_clock(days)
        behind: list[str] = []
        try:
            async with asyncio.timeout(ACKNOWLEDGED_WITHIN):
                while behind := await core.reads.behind_business_clock(serial):
                    await asyncio.sleep(0.2)
        except TimeoutError:
            Console(stderr=True).print(f"These do not go by the new date yet: {', '.join(behind)}.")
            return 1
        core.clock.business_days = await core.reads.business_days("gonghui clock")
        Console().print(f"Today is {core.clock.today().isoformat()} for every process.")
    return 0
