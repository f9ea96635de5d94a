"""A broker that stands still or is killed: commands go on, and afterwards everything is there in order."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.own_servers import OwnServers
from deploy.local.stack import Stack
from shared.kernel import kafka
from shared.kernel.relay import Relay
from tests.kernel.faulty import ShortLease
from tests.kernel.laboratory import Laboratory, until
from tests.kernel.test_relay_leaders import topic, whole

pytestmark = pytest.mark.stack


@pytest.fixture
async def broker(infra: Stack, tmp_path: Path) -> AsyncIterator[Stack]:
    """A Kafka of this test's own, to be broken; the database is that of all."""
    async with Stack(tmp_path, services=(), own=OwnServers(mongo_url=infra.mongo_url)) as stack:
        yield stack


async def test_a_broker_that_stands_still_and_one_that_is_killed_cost_nothing_but_time(
    broker: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "SEND_TIMEOUT", 1.5)
    async with Laboratory(broker.mongo_url, broker.kafka_bootstrap) as lab:
        replica = await lab.replica()
        replica.relay_store = ShortLease(replica.driver)
        relay = replica.lead()
        sold, ended = 0, asyncio.Event()

        async def keep_selling() -> None:
            nonlocal sold
            while not ended.is_set():
                await replica.sell(f"till{sold % 5}", f"buyer{sold}")
                sold += 1

        for till in range(5):
            await replica.open_till(f"till{till}", 100_000)
        selling = asyncio.create_task(keep_selling())
        await replica.published(50)

        broker.pause("kafka")
        await until(lambda: _gives_up(relay), what="giving up the broker")
        before = sold
        await asyncio.sleep(0.5)
        assert sold > before, "commands need no broker"
        broker.resume("kafka")
        await replica.published(5 + before)

        await broker.kill("kafka")
        before = sold
        await broker.until_ready("kafka")
        await replica.published(5 + before)

        ended.set()
        await selling
        found = await replica.driver.db.log.count_documents({})
        await replica.published(found)
        whole(await topic(lab), found)


async def _gives_up(relay: Relay) -> bool:
    return not relay.observed.leader
