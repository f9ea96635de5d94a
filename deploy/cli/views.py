"""`gonghui views`: are the read models right, and which sets of them are left over."""

import asyncio
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console

from deploy.cli.app import app
from deploy.cli.database import ServiceName, opened, service_named, settings_of
from deploy.cli.state import DEFAULT_STATE, CannotAnswer, State
from shared.kernel.mongo.views import SetServed
from shared.kernel.view_check import CannotCompare, compare

views = App(name="views", help="The views of a service: documents folded from events, in sets that a version names.")
app.command(views)

SHOWN = 20
"""Differences that are printed one by one."""


@views.command
def check(service: ServiceName, *, state: State = DEFAULT_STATE) -> int:
    """Fold all topics from their beginning beside the live views and compare, byte for byte. Nothing is stopped.

    Exit code 0 if they are equal, 1 if they differ.

        gonghui views check welfare
    """
    return asyncio.run(_check(service, state))


async def _check(name: str, state: Path) -> int:
    service = service_named(name)
    with Console(stderr=True).status(f"folding the topics of {name} from their beginning …"):
        try:
            found = await compare(service, settings_of(state))
        except (CannotCompare, SetServed) as error:
            raise CannotAnswer(f"The views of {name} could not be compared: {error}.") from error
    console = Console(highlight=False)
    for one in found[:SHOWN]:
        console.print(f"{one.what:10}  {one.view}  {one.id}", markup=False)
    equal = f"The {len(service.views)} views of {name} equal what the topics make of them."
    console.print(f"{len(found)} documents of {name} differ from what the topics make of them." if found else equal)
    return 1 if found else 0


@views.command
def drop(
    service: ServiceName,
    view_set: Annotated[str, Parameter(help="The set, such as v1.")],
    *,
    state: State = DEFAULT_STATE,
) -> int:
    """Remove a set of views that no running process serves any more.

    gonghui views drop welfare v1
    """
    return asyncio.run(_drop(service, view_set, state))


async def _drop(name: str, view_set: str, state: Path) -> int:
    async with opened(name, state) as core:
        try:
            dropped = await core.views.drop_set(view_set)
        except SetServed as served:
            raise CannotAnswer(f"The set {view_set} of {name} is served by {served}: stop these first.") from served
    Console().print(f"Removed {len(dropped)} collections." if dropped else f"There is no set {view_set} of {name}.")
    return 0 if dropped else 1
