"""One measurement as a process of its own:  python -m tests.bench.worker MODULE RESULT < ARGUMENTS

The module has `async def measure(**arguments)`; what it returns is written to the file RESULT as JSON.
"""

import asyncio
import json
import logging
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from deploy.local.child import LAUNCHER
from shared.kernel.logs import configure

ROOT = Path(__file__).parents[2]


class WorkerFailed(Exception):
    """A measurement crashed, or did not end in time; what it said last."""


async def in_process(module: str, logs: Path, within: float, **arguments: Any) -> Any:
    """Run `tests.bench.<module>` and wait for its result; it ends with this process, and at the latest in time."""
    result, log = logs / f"bench-{module}.json", logs / f"bench-{module}.log"
    result.unlink(missing_ok=True)
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid())),
            *(sys.executable, "-m", "tests.bench.worker", f"tests.bench.{module}", str(result)),
            stdin=asyncio.subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd=ROOT,
        )
        try:
            async with asyncio.timeout(within):
                await process.communicate(json.dumps(arguments).encode())
        except TimeoutError:
            raise WorkerFailed(f"{module} did not end within {within:.0f} s\n{_last_lines(log)}") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode or not result.exists():
        raise WorkerFailed(f"{module} ended with {process.returncode}\n{_last_lines(log)}")
    return json.loads(result.read_text())


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def main() -> None:
    configure("bench", level="WARNING")
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    module = import_module(sys.argv[1])
    measured = asyncio.run(module.measure(**json.load(sys.stdin)))
    Path(sys.argv[2]).write_text(json.dumps(measured))


if __name__ == "__main__":
    main()
