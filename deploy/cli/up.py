"""`gonghui up`: start everything, keep it running, stop it in order on Ctrl-C or SIGTERM."""

import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from deploy.cli.app import app
from deploy.cli.state import DEFAULT_STATE, State
from deploy.local.own_servers import OwnServers
from deploy.local.service_processes import SERVICES, Command, run_service
from deploy.local.stack import Stack
from deploy.local.supervisor import Died, Restarted

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@app.command
def up(
    *,
    state: State = DEFAULT_STATE,
    port_base: Annotated[int | None, Parameter(help="First of the ports to listen on; free ones without it.")] = None,
) -> int:
    """Start MongoDB, Kafka and the services, and keep them running until Ctrl-C.

    The first start downloads Kafka (45 MB) into `~/.cache/gonghui` or `GONGHUI_CACHE`; later ones need no network.
    What was written stays in the state directory and is there at the next `up`, at the same addresses.

    MongoDB 7000, Kafka 7001, the services from 7010:

        gonghui up --state /tmp/trial --port-base 7000

    Servers of your own instead of the embedded ones:

        GONGHUI_MONGO_URL=mongodb://… GONGHUI_KAFKA_BOOTSTRAP=host:9092 gonghui up
    """
    return asyncio.run(run(state, port_base))


async def run(
    state: Path, port_base: int | None, services: Sequence[str] = SERVICES, command: Command = run_service
) -> int:
    """0 after a stop that was asked for when all was up, 128 + signal for one during the start."""
    console = Console(highlight=False, soft_wrap=True)
    starting = Starting(console)
    stack = Stack(
        state,
        port_base=port_base,
        services=services,
        command=command,
        report=lambda what: console.print(told(what)),
        fetched=starting.fetched,
        own=OwnServers.from_environment(),
    )
    asked = stop_on_signals(stack)
    up = False
    try:
        with starting.shown:
            await stack.start()
        up = True
        console.print(addresses(stack))
        await asyncio.get_running_loop().create_future()
    except asyncio.CancelledError:
        console.print("stopping …")
    finally:
        await stack.stop()
    console.print("stopped")
    return 0 if up else 128 + asked[0]


def stop_on_signals(stack: Stack) -> list[int]:
    """The first signal cancels the calling task, another one ends every process at once. Returns those that came."""
    loop, task, asked = asyncio.get_running_loop(), asyncio.current_task(), list[int]()

    def ask(number: int) -> None:
        asked.append(number)
        if len(asked) == 1 and task:
            task.cancel()
        else:
            stack.kill_all()

    for number in STOPPING:
        loop.add_signal_handler(number, ask, number)
    return asked


class Starting:
    """What is seen until everything is up: a spinner, and a bar while Kafka comes in."""

    def __init__(self, console: Console) -> None:
        columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[size]}")
        self.shown = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._starting = self.shown.add_task("starting MongoDB, Kafka and the services", total=None, size="")
        self._download = self.shown.add_task("downloading Kafka", visible=False, size="")

    def fetched(self, so_far: int, total: int) -> None:
        size = f"{so_far / 1e6:.1f} of {total / 1e6:.1f} MB"
        self.shown.update(self._download, completed=so_far, total=total, visible=so_far < total, size=size)


def addresses(stack: Stack) -> str:
    services = {name: f"{url}/docs" for name, url in stack.service_urls.items()}
    lines = {"MongoDB": stack.mongo_url, "Kafka": stack.kafka_bootstrap, **services, "state": str(stack.state)}
    return "\n".join(f"[bold]{name:<12}[/bold]{address}" for name, address in lines.items()) + "\nCtrl-C stops it all."


def told(what: Died | Restarted) -> str:
    match what:
        case Died():
            return f"[red]{what.name} {what.how}[/red], again in {what.next_try:g} s"
        case Restarted():
            return f"[green]{what.name} runs again[/green] (process {what.pid})"
