"""The command line `gonghui`, called as anybody would call it."""

import asyncio
import sys
from asyncio.subprocess import PIPE, STDOUT

from deploy.local.stack import Stack
from deploy.roster.api import Refusal


async def gonghui(stack: Stack, *arguments: str) -> str:
    """The command line on a stack; what it printed. Raises Refusal if it did not do all of it."""
    command = (sys.executable, "-m", "deploy.cli", *arguments, "--state", str(stack.state))
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT)
    try:
        printed = (await process.communicate())[0].decode()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise Refusal(f"gonghui {' '.join(arguments[:2])}: {printed[-2_000:]}")
    return printed
