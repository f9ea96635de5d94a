"""The role as it runs: it writes only while it leads, and goes on after any fault of the database."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

from joserfc.jwk import OKPKey

from services.welfare.ledger.keep_ledger import keep_ledger
from services.welfare.ledger.write_ledger import ENTRIES
from shared.events.welfare.ledger import LedgerSealed
from shared.kernel.ports import Unknown
from tests.story import Desk
from tests.welfare.examples import ALLOCATED, OPENED
from tests.welfare.ledger.shelf import Numbered, Shelf

KEY = json.dumps(OKPKey.generate_key("Ed25519").as_dict(private=True))


class Steps:
    """A clock whose every sleep is a step that the test lets happen."""

    def __init__(self, desk: Desk) -> None:
        self.today = desk.commands.clock.today
        self._begin, self._done = asyncio.Semaphore(0), asyncio.Semaphore(0)

    async def sleep(self, seconds: float) -> None:
        self._done.release()
        await self._begin.acquire()

    async def step(self) -> None:
        await self._done.acquire()
        self._begin.release()
        await self._done.acquire()
        self._done.release()


async def test_it_writes_while_it_leads_and_goes_on_after_a_fault() -> None:
    log, shelf, desk = Numbered(leads=False), Shelf(), Desk()
    clock = Steps(desk)
    core: Any = SimpleNamespace(
        relay=log,
        views=shelf,
        owner="one",
        clock=clock,
        commands=desk.commands,
        directory=desk.directory,
        settings=SimpleNamespace(audit_key_json=lambda: KEY.encode()),
    )
    keeper = asyncio.create_task(keep_ledger(core))
    log.append(OPENED)
    await clock.step()
    assert not shelf.documents[ENTRIES], "another one leads"
    log.leads, shelf.fault = True, Unknown("the answer was lost")
    await clock.step()
    assert not shelf.documents[ENTRIES]
    await clock.step()
    assert len(shelf.documents[ENTRIES]) == 1
    assert [type(event) for event in desk.events()] == [LedgerSealed]
    log.append(ALLOCATED)
    await clock.step()
    assert len(shelf.documents[ENTRIES]) == 2
    assert len(desk.events()) == 1
    keeper.cancel()
    await asyncio.gather(keeper, return_exceptions=True)
