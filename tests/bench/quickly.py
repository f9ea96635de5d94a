"""A bench as a process of its own at a tiny size: whether it works and adds up, never how fast it is."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from tests.bench.worker import ROOT


async def quickly(module: str, *arguments: str, output: Path, within: float) -> tuple[Any, str]:
    """What it wrote, and what it said; it ends within so many seconds, with exit code 0."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments, "--quick", "--output", str(output)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(within):
            told, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    assert process.returncode == 0, told.decode()
    return json.loads(output.read_text()), told.decode()
