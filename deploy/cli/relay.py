"""`gonghui relay republish`: send again what the broker has lost."""

import asyncio
from typing import Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number
from rich.console import Console

from deploy.cli.app import app
from deploy.cli.database import ServiceName, opened
from deploy.cli.state import DEFAULT_STATE, State

relay = App(name="relay", help="The relays, which number the events of a service and publish them.")
app.command(relay)


@relay.command
def republish(
    service: ServiceName,
    *,
    begin: Annotated[int, Parameter(name="--from", help="Position to begin at.", validator=Number(gte=1))],
    state: State = DEFAULT_STATE,
) -> int:
    """Publish again from a position on, byte for byte. Consumers drop what they have by its position.

    Mends a loss: a consumer's log names the position that it expects next.

        gonghui relay republish welfare --from 1042
    """
    return asyncio.run(_republish(service, begin, state))


async def _republish(service: str, begin: int, state: Any) -> int:
    async with opened(service, state) as core:
        sequence = await core.relay.sequence()
        if begin > sequence.published:
            told = f"{service} has published up to position {sequence.published}: nothing to send again from {begin}."
            Console(stderr=True).print(told)
            return 1
        await core.relay.request_republish(begin)
    Console().print(f"The leader sends {sequence.published - begin + 1} events again, from position {begin} on.")
    return 0
