"""`gonghui contract build | check`: what downstream systems rely on, as files that are committed."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console

from deploy.cli.app import app, errors
from deploy.contracts.documents import documents
from deploy.contracts.released import FOLDER, Incompatible, breaks, difference, told
from deploy.contracts.released import build as replace_files

SAME, DIFFERS = 0, 1

contract = App(name="contract", help="The published language as files: JSON Schemas, AsyncAPI, OpenAPI, topics.")
app.command(contract)

Folder = Annotated[Path, Parameter(help="Where the documents are; those of another release are compared the same way.")]


@contract.command
def build(*, folder: Folder = FOLDER) -> int:
    """Write `deploy/contracts` anew from the code.

    Refuses to change a released event version by more than optional fields, and says what would break.
    """
    try:
        differs = replace_files(documents(), folder)
    except Incompatible as error:
        errors.print(str(error), style="bold red", markup=False)
        return DIFFERS
    console = Console(highlight=False, soft_wrap=True)
    for path in differs.files:
        console.print(f"{_place(folder / path)}" + (" removed" if path in differs.stale else ""), markup=False)
    console.print(f"{len(differs.files)} files written." if differs.files else "Nothing has changed.")
    return SAME


@contract.command
def check(*, folder: Folder = FOLDER) -> int:
    """Whether the committed files say what the code does. Exit code 1 if not, with the files and what to do."""
    now = documents()
    if what := breaks(now, folder):
        errors.print(told(what), style="bold red", markup=False)
        return DIFFERS
    if files := difference(now, folder).files:
        for path in files:
            errors.print(f"{_place(folder / path)} is not what the code says", markup=False)
        errors.print("Run `gonghui contract build`, review the difference, and commit it.", style="bold red")
        return DIFFERS
    return SAME


def _place(path: Path) -> Path:
    """As one would type it here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
