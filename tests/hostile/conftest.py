"""One stack for all that is hostile, with a town in which one of everything exists."""

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

from deploy.cli.init import Founders, found
from deploy.local.stack import Stack
from deploy.roster.api import Api
from tests.hostile.town import Town, built
from tests.journeys.conftest import BEGINS_ON
from tests.journeys.group import FIRST, SECOND, Group

settings.register_profile("gonghui", deadline=None)  # a busy machine is no defect
settings.load_profile("gonghui")


@pytest.fixture(scope="session")
async def town() -> AsyncIterator[Town]:
    with TemporaryDirectory(prefix="gonghui-") as folder:
        async with Stack(Path(folder), begins_on=BEGINS_ON) as stack:
            await found(Founders("G", "110000", FIRST), stack.state)
            async with Api.of(stack.state, stack.addresses()) as api:
                group = Group(stack, api)
                await group.sees(FIRST, "members", "/organisations/G")
                await group.grant(SECOND, "GROUP_ADMIN", "G")
                yield await built(group)
