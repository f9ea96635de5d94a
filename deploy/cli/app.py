"""The command line `gonghui`. A command is a file of this folder that puts itself onto `app`; `COMMANDS` names them."""

import logging
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version

from cyclopts import App
from rich.console import Console

from deploy.cli.state import CannotAnswer, NotUp
from deploy.local.cannot_start import CannotStart, ChildFailed

COMMANDS = (
    "up",
    "status",
    "init",
    "grant",
    "token",
    "import_roster",
    "import_books",
    "demo",
    "quarantine",
    "relay",
    "views",
    "clock",
    "contract",
    "ledger",
)

HELP = """The trade unions' platform on this machine: real MongoDB, real Kafka, the services.

Start everything, look at it, stop it with Ctrl-C:

    gonghui up
    gonghui status

Every command takes `--state DIR`; without it they share `.state` of the checkout.
"""

app = App(name="gonghui", help=HELP, help_format="markdown", version=version("gonghui"))
errors = Console(stderr=True, soft_wrap=True, highlight=False)


def main() -> None:
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a broker that is not there yet is no news here
    try:
        for command in needed(sys.argv[1:]):
            import_module(f"deploy.cli.{command}")
        app()
    except (CannotAnswer, CannotStart, NotUp) as error:
        if isinstance(error, ChildFailed) and error.tail:
            errors.print(error.tail, style="dim", markup=False)
        errors.print(str(error), style="bold red", markup=False)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


def needed(arguments: list[str]) -> Sequence[str]:
    """The file of the command that is called, since some import half of the system; all of them for help."""
    return [command for command in COMMANDS if command.split("_")[:1] == arguments[:1]] or COMMANDS
