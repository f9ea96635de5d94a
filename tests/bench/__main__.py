"""Measure and report:  python -m tests.bench [projector relay command latency footprint roster]

Exit code 1 only where a part crashed: a bar that is missed is a finding, not a failure.
"""

import asyncio
import logging
import signal
import sys
import time
import traceback
from collections.abc import Awaitable, Set
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

from cyclopts import App, Parameter
from rich.console import Console

from deploy.local.own_servers import OwnServers
from deploy.local.service_processes import SERVICES
from deploy.local.stack import Stack
from tests.bench import command, footprint, importing, latency, projector, relay, report
from tests.bench.bench import Bench, Sizes
from tests.bench.figures import Figure
from tests.bench.town import Town
from tests.bench.worker import ROOT

Part = Literal["projector", "relay", "footprint", "command", "latency", "roster"]
ON_SERVERS = {"projector": projector.run, "relay": relay.run}
ON_SERVICES = {"footprint": footprint.run, "command": command.run, "latency": latency.run, "roster": importing.run}
"""In this order: memory and idleness are looked at before the services have worked for the others."""

app = App(name="tests.bench", help=__doc__, help_format="plaintext")
console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)


@app.default
def main(
    *parts: Part,
    sizes: Annotated[Sizes, Parameter(name="*")] = Sizes(),  # noqa: B008
    quick: Annotated[bool, Parameter(help="Tiny: whether it works, not how fast.", negative=())] = False,
    output: Annotated[Path, Parameter(help="Where the figures go.")] = ROOT / "bench.json",
) -> int:
    """Everything without PARTS. On servers of GONGHUI_MONGO_URL and GONGHUI_KAFKA_BOOTSTRAP where these are set."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a broker that is not there yet is no news here
    wanted = set[str](parts) or {*ON_SERVERS, *ON_SERVICES}
    if quick:
        sizes = sizes.quick()
    if "footprint" not in wanted:
        sizes = replace(sizes, history=1)
    measuring, before = Measuring(), report.machine()
    asyncio.run(measuring.run(wanted, sizes))
    report.show(console, measuring.figures, measuring.crashed)
    report.write(output, measuring.figures, measuring.crashed, sizes, before)
    return 1 if measuring.crashed else 0


class Measuring:
    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.crashed: dict[str, str] = {}

    async def run(self, wanted: Set[str], sizes: Sizes) -> None:
        if task := asyncio.current_task():
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        with TemporaryDirectory(prefix="gonghui-bench-") as state:
            stack = Stack(Path(state), services=SERVICES, own=OwnServers.from_environment())
            console.print("starting MongoDB and Kafka")
            try:
                await stack.start_infra()
                await self._parts(wanted, Bench(stack, sizes, console))
            finally:
                await stack.stop()

    async def _parts(self, wanted: Set[str], bench: Bench) -> None:
        for name in [name for name in ON_SERVERS if name in wanted]:
            await self._part(name, ON_SERVERS[name](bench))
        if wanted & ON_SERVICES.keys():
            town = Town(bench)
            await self._part("services", town.build())
            for name in [name for name in ON_SERVICES if name in wanted and not self.crashed.get("services")]:
                await self._part(name, ON_SERVICES[name](bench, town))

    async def _part(self, name: str, part: Awaitable[list[Figure]]) -> None:
        """The others still have something to say when one crashes."""
        console.print(f"[bold]{name}[/]")
        began = time.perf_counter()
        try:
            self.figures += await part
        except Exception as error:
            self.crashed[name] = f"{type(error).__name__}: {error}".partition("\n")[0]
            console.print(traceback.format_exc(), style="red", markup=False)
        console.print(f"  [dim]{time.perf_counter() - began:.0f} s[/]")


if __name__ == "__main__":
    sys.exit(app())
