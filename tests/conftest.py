"""What tests of every part may ask for."""

from collections.abc import AsyncIterator

import pytest

from deploy.local.stack import Stack


@pytest.fixture(scope="session")
async def infra(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A real mongod and a real Kafka with all topics, started once a session: `.mongo_url`, `.kafka_bootstrap`."""
    async with Stack(tmp_path_factory.mktemp("stack"), services=()) as stack:
        yield stack
