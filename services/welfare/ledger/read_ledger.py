"""What tells of the ledgers, as an auditor reads it: the database, the topic of welfare, the anchored seals."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.welfare.ledger.chain import Entry, Head
from services.welfare.ledger.verify import Told
from services.welfare.ledger.write_ledger import CHECKPOINT, ENTRIES, HEADS
from shared.events.welfare.ledger import LedgerSealed
from shared.kernel.cloudevents import read_headers
from shared.kernel.ports import Document, Record, ViewStore

ATTEMPTS, BREATH = 20, 0.2
"""How often the database is read anew while it is being written, and seconds between."""

Topic = Callable[[str], AsyncIterator[list[Record]]]
"""Every record of a topic from its beginning to its present end, in order within a partition."""


class BeingWritten(Exception):
    """The ledgers went on growing while they were read."""


@dataclass
class Ledgers:
    by_org: dict[str, Told] = field(default_factory=dict)
    behind: int = 0
    """Entries that the topic has and the ledger has not come to yet."""


async def read_ledgers(store: ViewStore, topic: Topic) -> Ledgers:
    """First the seals, then the ledger, then the topic: each knows at least what the one before it told of. Raises
    StoreFault, BeingWritten, and ValueError for a record that nobody can read."""
    seals = await _seals(topic)
    documents, heads, written = await _stored(store)
    entries, behind = await _entries(topic, written)
    orgs = sorted({*seals, *documents, *heads, *entries})
    told = {org: Told(documents.get(org, ()), heads.get(org), entries.get(org, ()), seals.get(org, ())) for org in orgs}
    return Ledgers(told, behind)


async def _seals(topic: Topic) -> dict[str, list[LedgerSealed]]:
    found: dict[int, LedgerSealed] = {}
    async for records in topic(LedgerSealed.topic):
        for record in records:
            incoming = read_headers(record)
            if incoming.type == LedgerSealed.wire:
                event = incoming.event()
                assert isinstance(event, LedgerSealed)
                found.setdefault(incoming.position, event)
    by_org: dict[str, list[LedgerSealed]] = defaultdict(list)
    for _, seal in sorted(found.items()):
        by_org[seal.org_id].append(seal)
    return by_org


async def _stored(store: ViewStore) -> tuple[dict[str, list[Document]], dict[str, Head], int]:
    """Entries by organisation, heads, and the position up to which they are written, as of one moment."""
    for _ in range(ATTEMPTS):
        before = await _written(store)
        rows, heads = await store.rows(ENTRIES, {}), await store.rows(HEADS, {})
        if await _written(store) == before:
            return _by_org(rows), {head["_id"]: Head.read(head) for head in heads if _is_whole(head)}, before
        await asyncio.sleep(BREATH)
    raise BeingWritten


def _is_whole(head: Mapping[str, Any]) -> bool:
    return Head.__dataclass_fields__.keys() <= head.keys()


async def _written(store: ViewStore) -> int:
    found = await store.checkpoints([CHECKPOINT])
    return found[CHECKPOINT].next_offset if found else 0


def _by_org(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Document]]:
    """By the id of the document: what stands in its fields may have been changed."""
    by_org: dict[str, list[Document]] = defaultdict(list)
    for row in rows:
        by_org[row["_id"].rpartition(":")[0]].append(dict(row))
    return by_org


async def _entries(topic: Topic, written: int) -> tuple[dict[str, list[Entry]], int]:
    """Of the topic, up to a position; and how many come after it. What was sent again counts once."""
    found: dict[int, Entry] = {}
    async for records in topic("gonghui.welfare"):
        for record in records:
            incoming = read_headers(record)
            if entry := Entry.of(incoming.headers, incoming.position, record.value or b""):
                found.setdefault(entry.position, entry)
    by_org: dict[str, list[Entry]] = defaultdict(list)
    for position, entry in sorted(found.items()):
        if position <= written:
            by_org[entry.org_id].append(entry)
    return by_org, sum(position > written for position in found)
