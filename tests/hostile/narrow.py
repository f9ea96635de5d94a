"""One more API process of a service, on the servers of a stack, that takes on less than usual."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from deploy.local.child import Child
from deploy.local.ports import remembered_or_free
from deploy.local.service_processes import answers
from deploy.local.stack import Stack

LIMITS = {
    "GONGHUI_CONNECTIONS": "60",
    "GONGHUI_REQUESTS_AT_ONCE": "4",
    "GONGHUI_REQUESTS_PER_SECOND": "100",
}


@asynccontextmanager
async def narrow(stack: Stack, service: str) -> AsyncIterator[str]:
    """Its address."""
    usual, port = stack._programs[f"{service}-api"], remembered_or_free({}, ["narrow"])["narrow"]
    url = f"http://127.0.0.1:{port}"
    command = [str(port) if word == str(usual.port) else word for word in usual.command]
    child = Child(
        replace(
            usual,
            name=f"{service}-narrow",
            command=command,
            log=usual.log.with_name(f"{service}-narrow.log"),
            port=port,
            environment={**usual.environment, **LIMITS},
        )
    )
    await child.spawn()
    try:
        async with asyncio.timeout(usual.ready_within):
            while not await answers(f"{url}/readyz"):
                await asyncio.sleep(0.05)
        yield url
    finally:
        await child.stop()
