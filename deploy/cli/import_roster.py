"""`gonghui import roster FILE.xlsx`: how a group starts: its organisations and members, from a workbook."""

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from deploy.cli.app import app, errors
from deploy.cli.state import DEFAULT_STATE, State, addresses_of
from deploy.roster.api import Api, NoAnswer, NoSigningKey, Refusal
from deploy.roster.bring_in import BroughtIn, bring_in, foreseen, known_organisations
from deploy.roster.plan import Plan, plan
from deploy.roster.workbook import MEMBERS, ORGANISATIONS, CannotRead, Roster, read
from shared.kernel.clock import SHANGHAI

ALL_IN, FAILED, UNREADABLE, SOME_REJECTED = 0, 1, 2, 3
SHOWN = 20
"""Rejected rows on the screen; the report has all of them."""

imports = App(name="import", help="Bring in what a group has in spreadsheets.")
app.command(imports)


@dataclass(frozen=True)
class Wanted:
    state: Path
    actor: str
    dry_run: bool


@imports.command
def roster(
    file: Annotated[Path, Parameter(help="Workbook with the sheets 组织 (organisations) and 会员 (members).")],
    *,
    dry_run: Annotated[bool, Parameter(negative="", help="Check every row and tell what would happen.")] = False,
    report: Annotated[Path | None, Parameter(help="JSON: counts, and each rejected row with its reason.")] = None,
    actor: Annotated[str, Parameter(help="In whose name: an administrator of the group.")] = "admin",
    state: State = DEFAULT_STATE,
) -> int:
    """Bring organisations and members in from a workbook, through the services' API.

    Rows that are right go in as ordinary commands, parents before what stands below them; the others are listed with
    sheet, row, column and what to do. The same file again changes nothing, so after a failure just run it again.
    Personal fields go into the vault and appear neither here nor in the report.

    Exit code 0: every row is in; 3: some were rejected; 2: the file could not be read; 1: nothing could be done.

        gonghui import roster roster.xlsx --dry-run
        gonghui import roster roster.xlsx --report outcome.json
    """
    console = Console(highlight=False, soft_wrap=True)
    try:
        read_in = read(file, month=f"{datetime.now(SHANGHAI):%Y-%m}")
        result = asyncio.run(brought_in(read_in, Wanted(state.resolve(), actor, dry_run), console))
    except CannotRead as error:
        errors.print(str(error), style="bold red", markup=False)
        return UNREADABLE
    except (NoAnswer, NoSigningKey, Refusal) as error:
        errors.print(str(error), style="bold red", markup=False)
        if isinstance(error, Refusal):
            errors.print(f"A new group is founded by `gonghui init`; {actor} has to be its administrator.")
        return FAILED
    show(result, console, dry_run=dry_run)
    if report:
        report.write_text(json.dumps(result.document(), ensure_ascii=False, indent=1))
    return SOME_REJECTED if result.rejected else ALL_IN


async def brought_in(roster: Roster, wanted: Wanted, console: Console) -> BroughtIn:
    async with Api.of(wanted.state, addresses_of(wanted.state)) as api:
        known = await known_organisations(api, wanted.actor)
        planned = plan(roster, known)
        if wanted.dry_run:
            return foreseen(planned, known)
        return await with_progress(planned, roster.digest, api, wanted.actor, console)


async def with_progress(planned: Plan, digest: str, api: Api, actor: str, console: Console) -> BroughtIn:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        rows = len(planned.members) + sum(1 for _ in planned.organisations)
        bar = progress.add_task("rows", total=rows)
        return await bring_in(planned, digest, api, actor, lambda: progress.advance(bar))


def show(result: BroughtIn, console: Console, *, dry_run: bool) -> None:
    for fault in result.rejected[:SHOWN]:
        console.print(str(fault), style="red", markup=False)
    if (more := len(result.rejected) - SHOWN) > 0:
        console.print(f"and {more:,} more: see the --report", style="red")
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("would be" if dry_run else "")
    for outcome in result.counts(MEMBERS):
        table.add_column(outcome, justify="right")
    for sheet in (ORGANISATIONS, MEMBERS):
        table.add_row(f"{sheet.name} {sheet.english}", *(f"{count:,}" for count in result.counts(sheet).values()))
    console.print(table)
