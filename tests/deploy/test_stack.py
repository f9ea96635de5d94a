import pytest

from deploy.local.stack import Stack
from shared.kernel.admin import ping_kafka, ping_mongo

pytestmark = pytest.mark.stack


async def test_infra(infra: Stack) -> None:
    assert await ping_mongo(infra.mongo_url)
    assert await ping_kafka(infra.kafka_bootstrap)
