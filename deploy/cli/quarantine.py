"""`gonghui quarantine`: events that could not be applied, and what to do with them."""

import asyncio
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from deploy.cli.app import app
from deploy.cli.database import SERVICES, ServiceName, opened, operator
from deploy.cli.state import DEFAULT_STATE, State
from shared.kernel.ports import Put

quarantine = App(
    name="quarantine",
    help="""Events that a view or a reaction could not take, and those parked behind them.

    gonghui quarantine list
    gonghui quarantine retry welfare "v1|account|gonghui.welfare|3|00000000000000000042"
    gonghui quarantine discard welfare "v1|account|gonghui.welfare|3|00000000000000000042"

`retry` has the owner of the partition try the stream again, in order. `discard` lets the first event of the stream have
no effect on that view, for ever and in every rebuild; the rest of the stream is then tried.
""",
)
app.command(quarantine)

Row = Annotated[str, Parameter(help="The row as `list` shows it.")]


@quarantine.command(name="list")
def show(*, state: State = DEFAULT_STATE) -> None:
    """Show what is in quarantine in every service."""
    rows = asyncio.run(_rows(state))
    table = Table("service", "row", "stream", "state", "why")
    for service, row in rows:
        table.add_row(service, row["_id"], row["stream"], row["state"], row["reason"])
    console = Console()
    console.print(table if rows else "Nothing is in quarantine.")


async def _rows(state: Any) -> list[tuple[str, Any]]:
    found = []
    for name in SERVICES:
        async with opened(name, state) as core:
            found += [(name, row) for row in await core.views.rows("quarantine", {})]
    return found


@quarantine.command
def retry(service: ServiceName, row: Row, *, state: State = DEFAULT_STATE) -> int:
    """Try the row's stream again, in order, as far as it goes."""
    return asyncio.run(_request("retry", service, row, state))


@quarantine.command
def discard(service: ServiceName, row: Row, *, state: State = DEFAULT_STATE) -> int:
    """Let the first event of the row's stream have no effect on its view, and try the rest."""
    return asyncio.run(_request("discard", service, row, state))


async def _request(kind: str, service: str, row_id: str, state: Any) -> int:
    async with opened(service, state) as core:
        found = await core.views.rows("quarantine", {"_id": row_id})
        if not found:
            Console(stderr=True).print(f"There is no row {row_id} in {service}: see `gonghui quarantine list`.")
            return 1
        asked = {name: found[0][name] for name in ("set", "view", "topic", "partition", "stream")}
        request = Put("requests", core.ids.new(), {**asked, "kind": kind, "by": operator()})
        await core.store.append((), [request])
    Console().print(f"Asked for: the owner of {asked['topic']} partition {asked['partition']} does it within seconds.")
    return 0
