"""The role `ledger`: write the ledgers and seal them, once a day each, with the audit key that no other role has.

python -m services.welfare --only ledger
"""

import json
from datetime import date
from typing import Any

import structlog
from joserfc.jwk import OKPKey

from services.welfare.ledger.chain import Head, Link, extended, link_id
from services.welfare.ledger.ledger_chain import AuditKey, LedgerChain, Signer, ledger_id, seal
from services.welfare.ledger.write_ledger import ENTRIES, HEADS, LedgerWriter
from services.welfare.service import service
from shared.kernel.ports import StoreFault
from shared.kernel.refusal import Unavailable
from shared.kernel.work import Actor, Work

log = structlog.get_logger()

LEASE = 10.0
"""Seconds."""
PAUSE = 2.0
"""Seconds between looks at the log."""
SEALER = Actor("ledger")


@service.duty("ledger")
async def keep_ledger(core: Any) -> None:
    """Until cancelled."""
    key = AuditKey(OKPKey.import_key(json.loads(core.settings.audit_key_json())))
    writer, sealer = LedgerWriter(core.relay, core.views, core.owner), Sealer(core, key)
    prepared = False
    while True:
        await core.clock.sleep(PAUSE)
        try:
            if not prepared:
                await writer.prepare()
                prepared = True
            if await core.relay.lead("ledger", core.owner, LEASE) is not None:
                while await writer.write():
                    sealer.news = True
                    await core.relay.lead("ledger", core.owner, LEASE)
                await sealer.tend()
        except (StoreFault, Unavailable) as fault:
            writer.forget()
            log.warning("the ledger waits", reason=repr(fault)[:200])


class Sealer:
    """Seals what has come, at most once a day and organisation."""

    def __init__(self, core: Any, key: Signer) -> None:
        self._core, self._key = core, key
        self.news = True
        """Whether a chain has grown, or was not looked at yet."""
        self._looked_on: date | None = None
        self._chains: dict[str, LedgerChain] = {}

    async def tend(self) -> None:
        today = self._core.clock.today()
        if not self.news and self._looked_on == today:
            return
        waiting = False
        for row in await self._core.views.rows(HEADS, {}):
            head = Head.read(row)
            if self._core.directory.path(head.org_id) is None:
                waiting = True  # it could not say whom the seal concerns
            else:
                await self._seal(head, today)
        self.news, self._looked_on = waiting, today

    async def _seal(self, head: Head, today: date) -> None:
        known = self._chains.get(head.org_id)
        if known is not None and (known.sealed_on == today or known.to_seq >= head.seq):
            return

        async def act(work: Work) -> None:
            chain_id = ledger_id(head.org_id)
            chain = await work.change(LedgerChain, chain_id, lambda _: ())
            if await self._follows(chain, head):
                chain = await work.change(LedgerChain, chain_id, lambda chain: seal(chain, head, work.today, self._key))
            else:
                log.error("not sealed: the ledger was altered; see `gonghui ledger verify`", organisation=head.org_id)
            self._chains[head.org_id] = chain

        try:
            await self._core.commands.run(act, actor=SEALER)
        except BaseException:
            self._chains.pop(head.org_id, None)  # what was decided may not have become true
            raise

    async def _follows(self, chain: LedgerChain, head: Head) -> bool:
        """Whether the entries since the last seal lead from it to this head: an altered history gets no seal."""
        first, last = link_id(head.org_id, chain.to_seq), link_id(head.org_id, head.seq)
        rows = await self._core.views.rows(ENTRIES, {"_id": {"$gt": first, "$lte": last}})
        try:
            computed, _ = extended(chain.sealed_head(head.org_id), (Link.read(row).entry for row in rows))
        except (KeyError, TypeError):
            return False
        return computed == head
