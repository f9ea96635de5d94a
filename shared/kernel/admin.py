"""What an operator does to a database and a broker before the services come: initiate, ask for life, create topics."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, date
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, for_code
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.uri_parser import parse_uri

from shared.kernel.clock import SHANGHAI
from shared.kernel.mongo.reads import PLATFORM
from shared.kernel.topics import PARTITIONS, RETAINED, TOPICS, Topic, partition_count

NO_SUCH_CONFIG = 94  # NotYetInitialized
TOPIC_EXISTS = 36


class Refused(Exception):
    """The server answered, and not with what was asked for; `str()` says what it answered."""


class TopicDiffers(Refused):
    """A topic exists with another partition count than the one it should have; the count never changes."""


async def initiate_replica_set(url: str, within: float = 30.0) -> None:
    """Make the lone member at `url` a primary, under the address in `url` even if it had another one before.

    Raises Refused, or TimeoutError if it is no primary after so many seconds.
    """
    (host, port), *_ = parse_uri(url)["nodelist"]
    name = parse_uri(url)["options"].get("replicaset", "rs0")
    address = f"{host}:{port}"
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(address, directConnection=True)
    try:
        async with asyncio.timeout(within):
            await _configure(client, name, address)
            while not (await client.admin.command("hello"))["isWritablePrimary"]:
                await asyncio.sleep(0.02)
    except PyMongoError as error:
        raise Refused(str(error)) from error
    finally:
        client.close()


async def _configure(client: AsyncIOMotorClient[dict[str, Any]], name: str, address: str) -> None:
    try:
        config = (await client.admin.command("replSetGetConfig"))["config"]
    except OperationFailure as error:
        if error.code != NO_SUCH_CONFIG:
            raise
        await client.admin.command("replSetInitiate", {"_id": name, "members": [{"_id": 0, "host": address}]})
        return
    (member,) = config["members"]
    if member["host"] != address:
        moved = {**config, "version": config["version"] + 1, "members": [{**member, "host": address}]}
        await client.admin.command("replSetReconfig", moved, force=True)


async def begin_business_on(url: str, day: date) -> None:
    """Let the business clock of new databases begin on a day, so that a story has the same dates whenever it is told.
    Once begun, it only moves forward. Raises Refused where something has happened already."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(url)
    clock = client.get_database(PLATFORM).clock
    try:
        if await clock.find_one({"_id": "business"}):
            return
        if any(name.startswith("gonghui_") for name in await client.list_database_names()):
            raise Refused("Services have worked on these databases: their business date no longer goes back")
        now = (await client.admin.command("hello"))["localTime"].replace(tzinfo=UTC)
        days = (day - now.astimezone(SHANGHAI).date()).days
        await clock.insert_one({"_id": "business", "days": days, "serial": 1})
    except PyMongoError as error:
        raise Refused(str(error)) from error
    finally:
        client.close()


async def ping_mongo(url: str, within: float = 5.0) -> bool:
    """Whether a primary answers at `url` within so many seconds."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(url, serverSelectionTimeoutMS=int(within * 1000))
    try:
        async with asyncio.timeout(within):
            return bool((await client.admin.command("hello"))["isWritablePrimary"])
    except (PyMongoError, TimeoutError):
        return False
    finally:
        client.close()


async def ping_kafka(bootstrap: str, security: Mapping[str, Any] | None = None, within: float = 5.0) -> bool:
    """Whether a broker answers at `bootstrap` within so many seconds. `security` are aiokafka's keywords."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=int(within * 1000), **(security or {}))
    try:
        async with asyncio.timeout(within):
            await client.start()
    except (KafkaError, OSError, TimeoutError):
        return False
    else:
        return True
    finally:
        await client.close()


async def create_topics(
    bootstrap: str,
    security: Mapping[str, Any] | None = None,
    *,
    topics: Iterable[Topic] = TOPICS,
    partitions: int = PARTITIONS,
    replication: int = 1,
) -> None:
    """Create those topics that are missing, kept for ever.

    `replication` -1 leaves it to the broker. Raises Refused.
    """
    wanted = {topic.name: partition_count(topic.name, partitions) for topic in topics}
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=20_000, **(security or {}))
    try:
        await client.start()
        async with asyncio.timeout(30):
            await _create_missing(client, wanted, replication)
            found = await _led(client, wanted)
    except (KafkaError, TimeoutError) as error:
        raise Refused(str(error) or "no answer within 30 s") from error
    finally:
        await client.close()
    for name, count in found.items():
        if count != wanted[name]:
            raise TopicDiffers(f"{name} has {count} partitions, not {wanted[name]}")


async def _led(client: Any, names: Iterable[str]) -> dict[str, int]:
    """Partitions of each topic, once all of them have a leader: a new one is unknown to the broker for a moment."""
    while True:
        found = {topic["topic"]: topic["partitions"] for topic in await client.describe_topics(list(names))}
        if all(partitions and all(one["leader"] >= 0 for one in partitions) for partitions in found.values()):
            return {name: len(partitions) for name, partitions in found.items()}
        await asyncio.sleep(0.05)


async def _create_missing(client: Any, wanted: Mapping[str, int], replication: int) -> None:
    if missing := wanted.keys() - set(await client.list_topics()):
        new = [NewTopic(name, wanted[name], replication, topic_configs=RETAINED) for name in sorted(missing)]
        for name, code, *_ in (await client.create_topics(new)).topic_errors:
            if code not in {0, TOPIC_EXISTS}:
                raise for_code(code)(name)
