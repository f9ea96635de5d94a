"""What tests of every part may ask for."""

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from deploy.local.stack import Stack


@pytest.fixture(scope="session")
async def infra() -> AsyncIterator[Stack]:
    """A real mongod and a real Kafka with all topics, started once a session: `.mongo_url`, `.kafka_bootstrap`."""
    with TemporaryDirectory(prefix="gonghui-") as state:  # pytest would keep 300 MB of journal of each session
        async with Stack(Path(state), services=()) as stack:
            yield stack
