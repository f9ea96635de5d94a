"""What tests of the kernel may ask for."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import settings

from deploy.local.stack import Stack
from tests.kernel.laboratory import Laboratory

settings.register_profile("gonghui", deadline=None)  # a busy machine is no defect
settings.load_profile("gonghui")


@pytest.fixture
async def lab(infra: Stack) -> AsyncIterator[Laboratory]:
    """The toy service, with a database and a topic of its own on the real servers."""
    async with Laboratory(infra.mongo_url, infra.kafka_bootstrap) as laboratory:
        yield laboratory
