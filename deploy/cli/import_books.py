"""`gonghui import balances | files | cases FILE`: what a group brings along beside its roster."""

import asyncio
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from deploy.cli.app import errors
from deploy.cli.import_roster import ALL_IN, FAILED, SHOWN, SOME_REJECTED, UNREADABLE, imports
from deploy.cli.state import DEFAULT_STATE, State, addresses_of
from deploy.roster.api import Api, NoAnswer, NoSigningKey, Refusal
from deploy.roster.rejected import rejected_file, write_rejected
from deploy.roster.tables import CannotRead
from deploy.takeover.book import BALANCE_BOOK, CASE_BOOK, FILE_BOOK, Book, Kind
from deploy.takeover.bring_in import Brought, bring_in, foreseen
from deploy.takeover.clerk import Clerk
from deploy.takeover.form import write_form

File = Annotated[Path, Parameter(help="Excel workbook or CSV file; one row names the columns.")]
DryRun = Annotated[bool, Parameter(negative="", help="Check every row and tell what would happen.")]
Report = Annotated[Path | None, Parameter(help="JSON: counts, and each rejected row with its reason.")]
Actor = Annotated[str, Parameter(help="In whose name: an administrator of the organisations in the file.")]
Second = Annotated[str, Parameter(help="A second administrator, who confirms what the first proposes.")]


@dataclass(frozen=True)
class Wanted:
    state: Path
    actor: str
    dry_run: bool
    report: Path | None
    confirmed_by: str = ""


@imports.command
def balances(
    file: File,
    *,
    dry_run: DryRun = False,
    report: Report = None,
    actor: Actor = "admin",
    state: State = DEFAULT_STATE,
) -> int:
    """Open fund accounts with what was in them before 期初余额.

    Columns 组织编码, 账户用途, 来源, 期初余额(元), and 年度 if it is not this year. Yuan have at most two decimals and
    are kept as whole fen. There is one account for an organisation, a purpose and a source, with one opening balance
    for ever: the same file again changes nothing, and another balance is rejected. A wrong one is corrected by two
    people, `POST /accounts/{account_id}/corrections`.

    Rejected rows go to FILE.rejected.xlsx, to be corrected and imported again. Exit code 0: every row is in; 3: some
    were rejected; 2: the file could not be read; 1: nothing could be done.

        gonghui import balances balances.xlsx --dry-run
    """
    return run(file, BALANCE_BOOK, Wanted(state.resolve(), actor, dry_run, report))


@imports.command
def files(
    file: File,
    *,
    confirmed_by: Second,
    dry_run: DryRun = False,
    report: Report = None,
    actor: Actor = "admin",
    state: State = DEFAULT_STATE,
) -> int:
    """Take over hardship files that run already 在档困难职工.

    Columns 组织编码, 证件号码 or 会员编号, 类别 (深度困难, 相对困难, 意外致困), 建档日期, 复核日期. ACTOR proposes each
    of them, CONFIRMED-BY confirms it. The number on the identity card finds the member and is not kept; that it was
    looked up is on record. The same file again changes nothing. Exit codes are those of `gonghui import balances`.

        gonghui import files files.xlsx --confirmed-by li.gonghui
    """
    if confirmed_by == actor:
        errors.print(f"{actor} cannot confirm what {actor} proposes: name another administrator.", style="bold red")
        return FAILED
    return run(file, FILE_BOOK, Wanted(state.resolve(), actor, dry_run, report, confirmed_by))


@imports.command
def cases(
    file: File,
    *,
    dry_run: DryRun = False,
    report: Report = None,
    actor: Actor = "admin",
    state: State = DEFAULT_STATE,
) -> int:
    """Go on with voice cases that are open elsewhere 在办诉求.

    Columns 组织编码, 编号, 类别, 紧急程度, 受理日期, 答复期限; and where there are any 经办人, 证件号码 or 会员编号,
    被反映人. They keep their days, and what is overdue is told at once. The same number in the same organisation is the
    same case, so the same file again changes nothing. Exit codes are those of `gonghui import balances`.

        gonghui import cases cases.xlsx --report outcome.json
    """
    return run(file, CASE_BOOK, Wanted(state.resolve(), actor, dry_run, report))


@imports.command
def form(file: Annotated[Path, Parameter(help="Where to write the empty form (.xlsx).")]) -> int:
    """Write an empty workbook with a sheet for balances, for hardship files and for cases, and one that says how.

    gonghui import form books.xlsx
    """
    if file.exists():
        errors.print(f"{file} is there already: name another file.", style="bold red", markup=False)
        return FAILED
    write_form(file)
    Console(highlight=False, soft_wrap=True).print(f"{file} waits to be filled in.", markup=False)
    return ALL_IN


def run(file: Path, kind: Kind[Any], wanted: Wanted) -> int:
    console = Console(highlight=False, soft_wrap=True)
    try:
        book = Book.of(file, kind)
        brought = asyncio.run(brought_in(book, wanted, console))
        if brought.faults and not wanted.dry_run:
            write_rejected((book.source,), brought.faults, rejected_file(file))
    except CannotRead as error:
        errors.print(str(error), style="bold red", markup=False)
        return UNREADABLE
    except (NoAnswer, NoSigningKey, Refusal) as error:
        errors.print(str(error), style="bold red", markup=False)
        return FAILED
    show(brought, console, dry_run=wanted.dry_run)
    if brought.faults and not wanted.dry_run:
        console.print(f"Correct them in {rejected_file(file)} and import that.", markup=False)
    if wanted.report:
        wanted.report.write_text(json.dumps(brought.document(), ensure_ascii=False, indent=1))
    return SOME_REJECTED if brought.faults else ALL_IN


async def brought_in(book: Book[Any], wanted: Wanted, console: Console) -> Brought:
    async with Api.of(wanted.state, addresses_of(wanted.state)) as api:
        today = await api.today()
        known = {str(row["org_id"]) for row in await api.pages(wanted.actor, "members", "/organisations")}
        if wanted.dry_run:
            return foreseen(book, today, known)
        clerk = Clerk(api, wanted.actor, f"book-{book.digest}", wanted.confirmed_by)
        return await with_progress(book, clerk, today, known, console)


async def with_progress(book: Book[Any], clerk: Clerk, today: date, known: set[str], console: Console) -> Brought:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("rows", total=book.source.table.length)
        return await bring_in(book, clerk, today, known, lambda: progress.advance(bar))


def show(brought: Brought, console: Console, *, dry_run: bool) -> None:
    for fault in brought.faults[:SHOWN]:
        console.print(str(fault), style="red", markup=False)
    if (more := len(brought.faults) - SHOWN) > 0:
        console.print(f"and {more:,} more: see the --report", style="red")
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("would be" if dry_run else "")
    for outcome in brought.counts():
        table.add_column(outcome, justify="right")
    table.add_row(brought.name, *(f"{count:,}" for count in brought.counts().values()))
    console.print(table)
