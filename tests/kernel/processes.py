"""Processes of the toy, to be killed."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.kernel.laboratory import Laboratory


@asynccontextmanager
async def process(module: str, lab: Laboratory, owner: str, pause: float) -> AsyncIterator[Process]:
    """`tests.kernel.<module>` in a process of its own; killed with SIGKILL at the end."""
    given = {
        "mongo": lab.mongo_url,
        "kafka": lab.kafka_bootstrap,
        "service": lab.name,
        "owner": owner,
        "batch": 20,
        "pause": pause,
    }
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", f"tests.kernel.{module}", json.dumps(given)]
    child = await asyncio.create_subprocess_exec(*command, cwd=root, stdout=PIPE, stderr=PIPE)
    try:
        yield child
    finally:
        child.kill()
        await child.wait()


async def says(child: Process, word: str, times: int = 1) -> None:
    assert child.stdout is not None
    async with asyncio.timeout(30):
        while times:
            line = (await child.stdout.readline()).strip()
            assert line, (await child.communicate())[1].decode()
            times -= line == word.encode()
