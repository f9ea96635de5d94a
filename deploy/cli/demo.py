"""`gonghui demo`: the main job on real Kafka and MongoDB, from a roster to KPIs, and a check of all that it left."""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Annotated

import structlog
from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import Console
from rich.live import Live

from deploy.cli.app import app, errors
from deploy.cli.up import Starting, addresses, stop_on_signals, told
from deploy.demo.checks import SHOWN, Check, checks
from deploy.demo.kpis import kpis, table
from deploy.demo.play import Play, Size
from deploy.demo.stage import BEGINS_ON
from deploy.demo.watch import NotQuiet, Watch
from deploy.local.cannot_start import StateTaken, StateUnusable
from deploy.local.stack import Stack
from deploy.local.state_dir import LOCK, default_state, described, is_held, prepare
from deploy.roster.api import NoAnswer, Refusal
from shared.kernel.settings import PREFIX

HOLD = "all checks hold"
MARK = "demo"
"""File in a state directory that says: it was made here, and may be removed here."""
OwnState = Annotated[
    Path, Parameter(help="Made anew each time [default: `.state-demo` of the checkout].", show_default=False)
]
DEFAULT = default_state().with_name(".state-demo")
PLAIN_EVERY = 5.0
"""Seconds between two lines about lag where there is no terminal."""


@app.command
def demo(
    *,
    state: OwnState = DEFAULT,
    keep: Annotated[bool, Parameter(negative="", help="Leave everything running afterwards, until Ctrl-C.")] = False,
    subsidiaries: Annotated[int, Parameter(help="Of the made-up group.", validator=Number(gte=1, lte=500))] = 200,
    members: Annotated[int, Parameter(help="Of all of them.", validator=Number(gte=60, lte=100_000))] = 14_000,
    seed: Annotated[int, Parameter(help="The same seed makes up the same group.")] = 1,
) -> int:
    """Show the main job, and check it: a roster goes in, members enrol, move and leave, aid is given, a service dies.

    Everything runs on this machine, on a state directory of its own. Exit code 0 only if every check holds; the last
    line is then `all checks hold`.

        gonghui demo
        gonghui demo --keep --subsidiaries 50 --members 5000
    """
    for name in [name for name in os.environ if name.startswith(PREFIX) and name != f"{PREFIX}CACHE"]:
        del os.environ[name]  # servers that somebody relies on are no place for a play
    return asyncio.run(Demonstration(state.resolve(), Size(subsidiaries, members, seed), keep=keep).run())


class Demonstration:
    def __init__(self, state: Path, size: Size, *, keep: bool) -> None:
        self._state, self._size, self._keep = state, size, keep
        self._console = Console(highlight=False, soft_wrap=True)
        self._began = self._line = time.monotonic()

    async def run(self) -> int:
        """0 only if every check holds. Raises CannotStart."""
        fresh(self._state)
        starting = Starting(self._console)
        stack = Stack(
            self._state, begins_on=BEGINS_ON, report=lambda what: self._say(told(what)), fetched=starting.fetched
        )
        asked = stop_on_signals(stack)
        holds = False
        try:
            with starting.shown:
                await stack.start()
            self._say(f"MongoDB, Kafka and {len(stack.service_urls)} services run on {self._state}")
            with logging_to(self._state / "log" / "demo.log"):
                holds = await self._shown(stack)
            ended = f"{time.monotonic() - self._began:.0f} s in all"
            if self._keep:
                self._console.print(ended, addresses(stack), last_line(holds=holds), sep="\n")
                await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            if not self._keep or not holds:
                self._console.print("stopping …")
                return 128 + asked[0]
        except (Refusal, NoAnswer, NotQuiet) as error:
            errors.print(f"{error} The logs are in {self._state / 'log'}.", style="bold red", markup=False)
            return 1
        finally:
            asked.append(0)  # from here on, one more signal ends every process at once
            await stack.stop()
        if not self._keep:
            self._console.print(ended, last_line(holds=holds), sep="\n")
        return 0 if holds else 1

    async def _shown(self, stack: Stack) -> bool:
        """Play and check, with a live table of what the processes say meanwhile. Whether every check holds."""
        failed = 0
        async with Play.on(stack, self._size, self._say) as play, self._watched(play.watch):
            await play.perform()
            shown = await kpis(play.stage)
            self._console.print("", *map(str, shown), "", table(play.stage, shown), "", sep="\n")
            async for check in checks(play.stage, play.watch, stack, play.group):
                failed += not check.holds
                self._console.print(verdict(check), markup=False)
        return failed == 0

    @asynccontextmanager
    async def _watched(self, watch: Watch) -> AsyncIterator[None]:
        with Live(console=self._console, transient=True, auto_refresh=False) as live:

            def seen() -> None:
                if self._console.is_terminal:
                    live.update(watch.table(), refresh=True)
                elif time.monotonic() - self._line > PLAIN_EVERY:
                    self._say(watch.line())

            watching = asyncio.create_task(watch.run(seen))
            try:
                yield
            finally:
                watching.cancel()
                with suppress(asyncio.CancelledError):
                    await watching
                live.update("", refresh=self._console.is_terminal)

    def _say(self, what: str) -> None:
        self._line = time.monotonic()
        self._console.print(f"[dim]{self._line - self._began:6.1f} s[/dim]  {what}")


def last_line(*, holds: bool) -> str:
    return HOLD if holds else "some checks FAILED"


def verdict(check: Check) -> str:
    """One line, and a few more about what is wrong."""
    more = [f"        {line}" for line in check.wrong[:SHOWN]]
    if len(check.wrong) > SHOWN:
        more.append(f"        and {len(check.wrong) - SHOWN} more")
    return "\n".join([f"{'ok' if check.holds else 'FAILED':<8}{check.what}", *more])


def fresh(state: Path) -> None:
    """An empty state directory, after a former demonstration too. Raises StateTaken or StateUnusable."""
    if is_held(state):
        raise StateTaken(state, described((state / LOCK).read_text()))
    if state.exists() and any(state.iterdir()):
        if not (state / MARK).exists():
            raise StateUnusable(
                f"{state} was not made by a demonstration and stays as it is: give another --state DIR."
            )
        shutil.rmtree(state)
    prepare(state)
    (state / MARK).touch()
    (state / ".gitignore").write_text("*\n")


@contextmanager
def logging_to(file: Path) -> Iterator[None]:
    """What the kernel's code says in this process; the screen is for the play."""
    before = structlog.get_config()
    with file.open("a") as opened:
        structlog.configure(logger_factory=structlog.WriteLoggerFactory(opened))
        try:
            yield
        finally:
            structlog.configure(**before)
