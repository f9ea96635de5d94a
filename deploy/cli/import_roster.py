"""`gonghui import roster FILE`: how a group starts: its organisations and members, from a workbook or a CSV file."""

import asyncio
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from deploy.cli.app import app, errors
from deploy.cli.state import DEFAULT_STATE, State, addresses_of
from deploy.roster.api import Api, NoAnswer, NoSigningKey, Refusal
from deploy.roster.bring_in import NeedsSecond, NoAdministrator, bring_in, foreseen, known_organisations, must_confirm
from deploy.roster.brought_in import BroughtIn
from deploy.roster.plan import Plan, plan
from deploy.roster.rejected import rejected_file, removed_rejected, write_rejected
from deploy.roster.run import Hands
from deploy.roster.sheets import MEMBERS, ORGANISATIONS
from deploy.roster.tables import CannotRead
from deploy.roster.template import write_template
from deploy.roster.workbook import Roster, read

ALL_IN, FAILED, UNREADABLE, SOME_REJECTED = 0, 1, 2, 3
SHOWN = 20
"""Rejected rows on the screen; the report has all of them."""

imports = App(name="import", help="Bring in what a group has in spreadsheets.")
app.command(imports)


@dataclass(frozen=True)
class Wanted:
    state: Path
    hands: Hands
    dry_run: bool


@imports.command
def roster(
    file: Annotated[
        Path, Parameter(help="Workbook with the sheets 组织 (organisations) and 会员 (members), or a CSV.")
    ],
    *,
    dry_run: Annotated[bool, Parameter(negative="", help="Check every row and tell what would happen.")] = False,
    report: Annotated[Path | None, Parameter(help="JSON: counts, and each rejected row with its reason.")] = None,
    actor: Annotated[str, Parameter(help="In whose name: an administrator of the group.")] = "admin",
    confirmed_by: Annotated[
        str | None, Parameter(help="A second administrator, who confirms new organisations and accepts transfers.")
    ] = None,
    state: State = DEFAULT_STATE,
) -> int:
    """Bring organisations and members in from a workbook or a CSV file, through the services' API.

    Rows that are right go in as ordinary commands, parents before what stands below them; the others are listed with
    sheet, row, column and what to do, and written to FILE.rejected.xlsx, to be corrected and imported again. The same
    file again changes nothing, so after a failure just run it again; a changed row becomes a transfer or a change.
    Personal fields go into the vault and appear neither here nor in the report.

    New organisations take two administrators: ACTOR proposes them, CONFIRMED-BY confirms them. `gonghui init` makes
    one, or two with `--second-admin`; later a second one is made by the first:

        gonghui grant li.gonghui GROUP_ADMIN --org G --actor admin
        gonghui import roster roster.xlsx --dry-run
        gonghui import roster roster.xlsx --confirmed-by li.gonghui --report outcome.json

    Exit code 0: every row is in; 3: some were rejected; 2: the file could not be read; 1: nothing could be done.
    """
    console = Console(highlight=False, soft_wrap=True)
    if confirmed_by == actor:
        errors.print(
            f"{actor} cannot confirm what {actor} proposes: name another administrator. "
            f"{actor} 不能确认本人提出的建会，请指定另一名管理员。",
            style="bold red",
        )
        return FAILED
    try:
        wanted = Wanted(state.resolve(), Hands(actor, confirmed_by), dry_run)
        today = asyncio.run(business_date(wanted.state))
        read_in = read(file, month=f"{today:%Y-%m}")
        result = asyncio.run(brought_in(read_in, wanted, today, console))
        if result.rejected and not dry_run:
            write_rejected(read_in.sources.values(), result.rejected, rejected_file(file))
    except CannotRead as error:
        errors.print(str(error), style="bold red", markup=False)
        return UNREADABLE
    except (NeedsSecond, NoAdministrator, NoAnswer, NoSigningKey, Refusal) as error:
        errors.print(str(error), style="bold red", markup=False)
        if isinstance(error, Refusal):
            errors.print(
                f"A new group is founded by `gonghui init`; {actor} has to be its administrator. "
                f"新集团由 `gonghui init` 建立，{actor} 须为其管理员。"
            )
        return FAILED
    show(result, console, dry_run=dry_run)
    if result.rejected and not dry_run:
        console.print(
            f"Correct them in {rejected_file(file)} and import that. 请在该文件中更正后再次导入。", markup=False
        )
    if not result.rejected and not dry_run and removed_rejected(file):
        console.print(
            f"Every row is in; {rejected_file(file)} of an earlier import is removed. 全部导入，已删除此前的退回文件。",
            markup=False,
        )
    if report:
        report.write_text(json.dumps(result.document(), ensure_ascii=False, indent=1), encoding="utf-8")
    return SOME_REJECTED if result.rejected else ALL_IN


@imports.command
def template(file: Annotated[Path, Parameter(help="Where to write the empty form (.xlsx).")]) -> int:
    """Write an empty form of a roster: both sheets, and one that says in Chinese and English how to fill them.

    gonghui import template roster.xlsx
    """
    if file.exists():
        errors.print(f"{file} is there already: name another file.", style="bold red", markup=False)
        return FAILED
    write_template(file)
    Console(highlight=False, soft_wrap=True).print(f"{file} waits to be filled in.", markup=False)
    return ALL_IN


async def business_date(state: Path) -> date:
    """Of the services: headcounts are those of its month, and nobody joins after it."""
    async with Api.of(state, addresses_of(state)) as api:
        return await api.today()


async def brought_in(roster: Roster, wanted: Wanted, today: date, console: Console) -> BroughtIn:
    async with Api.of(wanted.state, addresses_of(wanted.state)) as api:
        planned = plan(roster, await known_organisations(api, wanted.hands.actor))
        if not planned.known:
            raise Refusal("There is no group yet. 集团工会尚未建立。")
        if wanted.hands.second:
            await must_confirm(api, planned, wanted.hands.second)
        if wanted.dry_run:
            if not wanted.hands.second and any(planned.new):
                console.print(str(NeedsSecond(wanted.hands.actor, planned.top)), style="yellow", markup=False)
            return foreseen(planned, roster, today)
        return await with_progress(planned, roster, api, wanted.hands, console)


async def with_progress(planned: Plan, roster: Roster, api: Api, hands: Hands, console: Console) -> BroughtIn:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("rows", total=roster.rows)
        return await bring_in(planned, roster, api, hands, lambda rows: progress.advance(bar, rows))


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
