"""How far it scales:  python -m tests.bench.scale [rebuild services]

rebuild    folds one view and all views of `members` from a topic of --events events, and looks at time and memory after
           a tenth, a third and all of them: is it linear, is it flat?
services   starts the services on an empty log, then on one of --log-events events; commands on fund accounts of
           --stream events beside fresh ones (remembered, after a restart, after SIGKILL); pages of a subtree of --large
           members beside a bare `find`; the time until a process is ready.

By default some 20 minutes on 2 cores and 8 GB of disk in TMPDIR; --quick a minute. 10,000,000 events take an hour and
25 GB: --events 10000000 --log-events 3000000. Exit code 1 only where a part crashed: a bar that is missed is a finding.
"""

import asyncio
import logging
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence, Set
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Annotated, Any, Literal, cast

from cyclopts import App, Parameter
from rich.console import Console

from deploy.local.own_servers import OwnServers
from deploy.local.stack import Stack
from tests.bench import report
from tests.bench.bench import Bench
from tests.bench.bench import Sizes as ShortSizes
from tests.bench.figures import Figure
from tests.bench.scale import rebuild, services
from tests.bench.scale.sizes import Sizes
from tests.bench.worker import ROOT

Part = Literal["rebuild", "services"]
PARTS: dict[str, Callable[[Bench, Sizes], Awaitable[Sequence[Figure]]]] = {
    "rebuild": rebuild.run,
    "services": services.run,
}
A_EVENT, SPARE = 2_500, 20 * 10**9
"""Bytes of disk that an event takes in topic, log and views, and those that are left free."""

app = App(name="tests.bench.scale", help=__doc__, help_format="plaintext")
console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)


@app.default
def main(
    *parts: Part,
    sizes: Annotated[Sizes, Parameter(name="*")] = Sizes(),  # noqa: B008
    quick: Annotated[bool, Parameter(help="Tiny: whether it works, not how far it goes.", negative=())] = False,
    output: Annotated[Path, Parameter(help="Where the figures go.")] = ROOT / "bench-scale.json",
) -> int:
    """Everything without PARTS."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a broker that is not there yet is no news here
    sizes = sizes.quick() if quick else sizes
    needed = A_EVENT * max(sizes.events, sizes.log_events)
    if (free := shutil.disk_usage(gettempdir()).free) < needed + SPARE:
        console.print(f"{needed / 1e9:.0f} GB are needed beside 20 that stay free; there are {free / 1e9:.0f}.")
        return 2
    growing, before = Growing(), report.machine()
    asyncio.run(growing.run(set(parts) or PARTS.keys(), sizes))
    report.show(console, growing.figures, growing.crashed)
    report.write(output, growing.figures, growing.crashed, cast("Any", sizes), before)
    return 1 if growing.crashed else 0


class Growing:
    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.crashed: dict[str, str] = {}

    async def run(self, wanted: Set[str], sizes: Sizes) -> None:
        if task := asyncio.current_task():
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        for name in [name for name in PARTS if name in wanted]:
            console.print(f"[bold]{name}[/]")
            with TemporaryDirectory(prefix="gonghui-scale-") as state:
                stack = Stack(Path(state), services=services.STARTED, own=OwnServers.from_environment())
                await self._part(name, stack, sizes)

    async def _part(self, name: str, stack: Stack, sizes: Sizes) -> None:
        """On servers of its own; the others still have something to say when one crashes."""
        began = time.perf_counter()
        try:
            await stack.start_infra()
            self.figures += await PARTS[name](Bench(stack, ShortSizes(), console), sizes)
        except Exception as error:
            self.crashed[name] = f"{type(error).__name__}: {error}".partition("\n")[0]
            console.print(traceback.format_exc(), style="red", markup=False)
        finally:
            await stack.stop()
        console.print(f"  [dim]{time.perf_counter() - began:.0f} s[/]")


if __name__ == "__main__":
    sys.exit(app())
