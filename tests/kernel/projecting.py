"""A process that keeps the toy's views, to be killed:  python -m tests.kernel.projecting '{"service": …, "owner": …}'

It says `open` when it has written everything inside a transaction, then waits `pause` seconds and commits; then it says
`done` and waits as long again.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from shared.kernel.ports import Transaction, ViewStore
from shared.kernel.process import projector_of
from tests.kernel.laboratory import Laboratory, Replica
from tests.kernel.toy import toy

Hook = Callable[[], Awaitable[None]]


class Hooked:
    """`ViewStore` with something that happens before and after each commit."""

    def __init__(self, inner: ViewStore, *, before: Hook | None = None, after: Hook | None = None) -> None:
        self._inner = inner
        self.before, self.after = before, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with self._inner.transaction() as transaction:
            yield transaction
            if self.before is not None:
                await self.before()
        if self.after is not None:
            await self.after()


class Gate:
    """Holds whoever comes through it, from when it is closed until it is opened."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self.waiting = 0

    async def __call__(self) -> None:
        self.waiting += 1
        try:
            async with asyncio.timeout(20):
                await self._open.wait()
        finally:
            self.waiting -= 1

    def close(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()


def saying(word: str, seconds: float) -> Hook:
    async def say() -> None:
        print(word, flush=True)
        await asyncio.sleep(seconds)

    return say


async def main(given: dict[str, Any]) -> None:
    lab = Laboratory(given["mongo"], given["kafka"])
    replica = Replica(lab, 0, toy(given["service"]))
    replica.owner = replica.driver.process = given["owner"]
    await replica.open()
    pause = given["pause"]
    store = Hooked(replica.view_store, before=saying("open", pause), after=saying("done", pause))
    projector = projector_of(replica.service, store, replica.owner, replica.metrics)
    await projector.prepare()
    replica.follow(projector, given["owner"], batch=given["batch"])
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
