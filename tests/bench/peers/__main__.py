"""Ours beside what one would take instead:  python -m tests.bench.peers [ours careless-confluent quix-sink …]

Each peer is a process of its own on the same broker, database and events: a number of meals for each card, folded into
how many there were and what they cost. Where it cannot fold it writes each event over the one before. Timed from the
moment it has its partitions until the last event of each can be seen in the database, in turns with the others; then
once more, killed by SIGKILL when half can be seen, and started again. What was lost or applied twice is told by the
cards in the end, what was written again or went back in time by MongoDB's own history of every write.

`make bench-peers` installs Quix Streams and faust in .venv-peers; the others need nothing that is not here, and Kafka
Connect fetches its jars, once.
Exit code 1 only where ours failed: a bar that is missed is a finding.
"""

import asyncio
import json
import logging
import signal
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from cyclopts import App, Parameter
from pymongo import MongoClient
from rich.console import Console

from deploy.local.lock_jars import KAFKA
from deploy.local.own_servers import OwnServers
from deploy.local.stack import Stack
from tests.bench.bench import Bench
from tests.bench.bench import Sizes as Others
from tests.bench.peers import report
from tests.bench.peers.contest import Contest, Sizes
from tests.bench.peers.peer import PEERS
from tests.bench.report import machine
from tests.bench.worker import ROOT

HISTORY_MIB = 990
"""The least that MongoDB can be asked for; a run writes a fifth of it."""

NAMES = "\n".join(f"{peer.name:<20}{peer.what}" for peer in PEERS.values())
app = App(name="tests.bench.peers", help=f"{__doc__}\n{NAMES}", help_format="plaintext")
console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)


@app.default
def main(
    *peers: str,
    sizes: Annotated[Sizes, Parameter(name="*")] = Sizes(),  # noqa: B008
    quick: Annotated[bool, Parameter(help="Tiny: whether it works, not how fast.", negative=())] = False,
    output: Annotated[Path, Parameter(help="Where the figures go.")] = ROOT / "bench-peers.json",
    markdown: Annotated[bool, Parameter(help="Print the README's table as well.", negative=())] = False,
    read: Annotated[bool, Parameter(help="Measure nothing, show what the file holds.", negative=())] = False,
) -> int:
    """All of them without PEERS: some 20 minutes."""
    if unknown := set(peers) - PEERS.keys():
        console.print(f"There is no {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}.")
        return 2
    if read:
        if not output.exists():
            console.print(f"There is no {output}: measure first, without --read.")
            return 2
        everything = json.loads(output.read_text())
    else:
        everything = asyncio.run(measure(list(peers) or list(PEERS), sizes.quick() if quick else sizes))
        report.write(output, everything)
    report.show(console, everything)
    if markdown:
        print("\n".join(report.markdown(everything)))
    return int(bool(everything["peers"].get("ours", {}).get("failed")))


async def measure(names: list[str], sizes: Sizes) -> dict[str, Any]:
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a broker that is not there yet is no news here
    if task := asyncio.current_task():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    before = machine()
    with TemporaryDirectory(prefix="gonghui-peers-") as state:
        stack = Stack(Path(state), services=(), own=OwnServers.from_environment())
        console.print("starting MongoDB and Kafka")
        try:
            await stack.start_infra()
            bench = Bench(stack, Others(), console)
            _remember(bench)
            contest = Contest(bench, sizes, [PEERS[name] for name in names])
            with suppress(asyncio.CancelledError):  # SIGTERM or Ctrl-C: what was found so far is shown
                await contest.run()
            return report.found(contest.standings.values(), sizes, before, _servers(bench))
        finally:
            await stack.stop()


def _remember(bench: Bench) -> None:
    """Let the embedded database keep enough of its log to tell the history of a whole run afterwards."""
    if "mongod" in bench.pids:
        with MongoClient[dict[str, Any]](bench.stack.mongo_url) as client:
            client.admin.command("replSetResizeOplog", 1, size=float(HISTORY_MIB))


def _servers(bench: Bench) -> dict[str, str]:
    """Their versions; Kafka's only where it is the embedded one."""
    with MongoClient[dict[str, Any]](bench.stack.mongo_url) as client:
        found = {"mongod": str(client.server_info()["version"])}
    return {**found, "Kafka": KAFKA.rpartition(":")[2]} if "kafka" in bench.pids else found


if __name__ == "__main__":
    sys.exit(app())
