"""A program that is started, waited for, and must succeed."""

import signal
from collections.abc import Sequence
from pathlib import Path

from deploy.local.child import Child, Program
from deploy.local.why_it_ended import why_it_failed


async def run_to_end(name: str, command: Sequence[str], log: Path) -> None:
    """Ended at once where the caller is cancelled. Raises CannotStart if its code is not 0."""

    async def ready() -> bool:
        return False

    child = Child(Program(name, command, log, ready))
    await child.spawn()
    try:
        if await child.process.wait():
            raise why_it_failed(child)
    finally:
        child.signal(signal.SIGKILL)
        await child.process.wait()
