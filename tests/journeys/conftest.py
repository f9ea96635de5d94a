"""One stack with all services for all journeys; each journey has organisations of its own in the one group."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from deploy.cli.init import Founders, found
from deploy.local.stack import Stack
from deploy.roster.api import Api
from tests.journeys.group import FIRST, SECOND, Group

BEGINS_ON = date(2026, 9, 21)
"""A Monday before the holidays of a year whose working days are known."""


@pytest.fixture(scope="session")
async def group() -> AsyncIterator[Group]:
    with TemporaryDirectory(prefix="gonghui-") as folder:
        async with Stack(Path(folder), begins_on=BEGINS_ON) as stack:
            await found(Founders("G", "110000", FIRST), stack.state)
            async with Api.of(stack.state, stack.addresses()) as api:
                group = Group(stack, api)
                await group.sees(FIRST, "members", "/organisations/G")
                await group.grant(SECOND, "GROUP_ADMIN", "G")
                yield group
