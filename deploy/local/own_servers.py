"""Servers of one's own instead of the embedded ones: GONGHUI_MONGO_URL, GONGHUI_KAFKA_BOOTSTRAP."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import ValidationError

from deploy.local.cannot_start import CannotStart, ServerUnreachable
from shared.kernel.admin import ping_kafka, ping_mongo
from shared.kernel.settings import PREFIX, Settings
from shared.kernel.topics import PARTITIONS

MONGO, KAFKA = f"{PREFIX}MONGO_URL", f"{PREFIX}KAFKA_BOOTSTRAP"


@dataclass(frozen=True)
class OwnServers:
    """None by default, whatever the environment says: tests must never reach a server that somebody relies on."""

    mongo_url: str | None = None
    kafka_bootstrap: str | None = None
    kafka_security: Mapping[str, Any] = field(default_factory=dict)
    partitions: int = PARTITIONS
    """Of the topics, embedded or not."""

    @classmethod
    def from_environment(cls) -> Self:
        """Raises CannotStart if a variable is not accepted."""
        mongo, kafka = os.environ.get(MONGO), os.environ.get(KAFKA)
        try:
            settings = Settings(mongo_url=mongo or "mongodb://embedded", kafka_bootstrap=kafka or "embedded:9092")
            return cls(mongo or None, kafka or None, settings.kafka_security(), settings.partitions)
        except ValidationError as wrong:
            names = ", ".join(f"{PREFIX}{'_'.join(map(str, error['loc'])).upper()}" for error in wrong.errors())
            raise CannotStart(f"{names} is not accepted: correct it or unset it.") from None
        except (OSError, ValueError) as wrong:
            raise CannotStart(f"The {PREFIX}KAFKA_SSL_... files cannot be used ({wrong}): correct them.") from None

    @property
    def any(self) -> bool:
        return bool(self.mongo_url or self.kafka_bootstrap)

    async def check_mongo(self, url: str) -> None:
        """Raises ServerUnreachable, without the password that may be in the address."""
        if not await ping_mongo(url):
            raise ServerUnreachable(MONGO, url.rpartition("@")[2].removeprefix("mongodb://"))

    async def check_kafka(self, bootstrap: str) -> None:
        """Raises ServerUnreachable."""
        if not await ping_kafka(bootstrap, self.kafka_security):
            raise ServerUnreachable(KAFKA, bootstrap)
