"""Servers of one's own instead of the embedded ones: GONGHUI_MONGO_URL, GONGHUI_KAFKA_BOOTSTRAP."""

import os
from typing import Any

from pydantic import ValidationError

from deploy.local.cannot_start import CannotStart, ServerUnreachable
from shared.kernel.admin import ping_kafka, ping_mongo
from shared.kernel.settings import PREFIX, Settings

MONGO, KAFKA = f"{PREFIX}MONGO_URL", f"{PREFIX}KAFKA_BOOTSTRAP"


def own_mongo() -> str | None:
    return os.environ.get(MONGO) or None


def own_kafka() -> str | None:
    return os.environ.get(KAFKA) or None


async def check_own_mongo(url: str) -> None:
    """Raises ServerUnreachable."""
    if not await ping_mongo(url):
        raise ServerUnreachable(MONGO, "a server" if "@" in url else url)  # a password is in it


async def check_own_kafka(bootstrap: str, security: dict[str, Any]) -> None:
    """Raises ServerUnreachable."""
    if not await ping_kafka(bootstrap, security):
        raise ServerUnreachable(KAFKA, bootstrap)


def settings(mongo_url: str, bootstrap: str) -> Settings:
    """Security of the broker and the partition count, from the environment. Raises CannotStart."""
    try:
        return Settings(mongo_url=mongo_url, kafka_bootstrap=bootstrap)
    except ValidationError as wrong:
        names = ", ".join(f"{PREFIX}{'_'.join(map(str, error['loc'])).upper()}" for error in wrong.errors())
        raise CannotStart(f"{names} is not accepted: correct it or unset it.") from None
