"""A service's database, opened for an operator's command: of the stack that is up on a state, or one's own servers."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from getpass import getuser
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from deploy.cli.state import CannotAnswer, addresses_of
from services.activities import service as activities
from services.members import service as members
from services.welfare import service as welfare
from shared.kernel.metrics import Metrics
from shared.kernel.process import Core
from shared.kernel.service import Service
from shared.kernel.settings import Settings

SERVICES: dict[str, Service] = {service.name: service for service in (members, activities, welfare)}

DATABASE_WITHIN = 10.0
"""Seconds."""

ServiceName = Annotated[str, Parameter(help="members, activities or welfare.")]


def service_named(name: str) -> Service:
    if name not in SERVICES:
        raise CannotAnswer(f"There is no service {name}: name one of {', '.join(SERVICES)}.")
    return SERVICES[name]


def settings_of(state: Path) -> Settings:
    """Where database and broker are: GONGHUI_MONGO_URL and GONGHUI_KAFKA_BOOTSTRAP, else of the stack that is up."""
    if "GONGHUI_MONGO_URL" in os.environ and "GONGHUI_KAFKA_BOOTSTRAP" in os.environ:
        return Settings()
    addresses = addresses_of(state)
    return Settings(mongo_url=addresses["mongo"], kafka_bootstrap=addresses["kafka"])


@asynccontextmanager
async def opened(name: str, state: Path) -> AsyncIterator[Core]:
    core = Core(service_named(name), settings_of(state), Metrics())
    try:
        async with asyncio.timeout(DATABASE_WITHIN):
            await core.open()
    except TimeoutError:
        told = f"The database of {name} does not answer within {DATABASE_WITHIN:.0f} s: see `gonghui status`."
        raise CannotAnswer(told) from None
    try:
        yield core
    finally:
        await core.driver.close()


def operator() -> str:
    """Who is at the keyboard, for the record."""
    return f"{getuser()} at {' '.join(sys.argv[1:3])}"
