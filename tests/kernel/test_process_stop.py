"""A process that is told to stop: what was let in is finished."""

import asyncio
from typing import Any

import httpx
import pytest

from deploy.local.listening import listens
from deploy.local.ports import PICKED_FROM, is_free
from deploy.local.stack import Stack
from shared.directory.views import declare
from shared.kernel.process import Process
from shared.kernel.service import Service
from shared.kernel.settings import Settings
from tests.kernel.laboratory import Laboratory, until

pytestmark = pytest.mark.stack


class Slow(Process):
    """Answers its one request when it is allowed to."""

    inside: asyncio.Event
    allowed: asyncio.Event

    def _app(self, _: Any) -> Any:
        self.inside, self.allowed = asyncio.Event(), asyncio.Event()

        async def app(_scope: Any, _receive: Any, send: Any) -> None:
            self.inside.set()
            await self.allowed.wait()
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})

        return app

    async def answered(self) -> int:
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            return (await client.get(f"http://127.0.0.1:{self.port}/")).status_code


async def test_a_request_that_was_let_in_is_answered(infra: Stack) -> None:
    async with Laboratory(infra.mongo_url, infra.kafka_bootstrap) as lab:
        service = Service(lab.name, views_version=1)
        declare(service)
        settings = Settings(mongo_url=infra.mongo_url, kafka_bootstrap=infra.kafka_bootstrap)
        process = Slow(service, (), next(filter(is_free, PICKED_FROM)), settings)
        async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
            running = tasks.create_task(process.run())
            await until(lambda: listens(process.port), what="listening")
            asked = tasks.create_task(process.answered())
            await process.inside.wait()
            process._stopping.set()
            ended, _ = await asyncio.wait([running], timeout=0.5)
            assert not ended, "while a request is in work"
            process.allowed.set()
            assert await asked == 204
            await running
