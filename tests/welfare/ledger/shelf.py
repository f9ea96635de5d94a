"""A log with positions, and a place for documents, in memory: what the ledger is written from and into."""

import copy
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from joserfc.jwk import OKPKey

from services.welfare.ledger.chain import Entry, Head, extended
from services.welfare.ledger.ledger_chain import AuditKey, ledger_id, sealed_content
from services.welfare.ledger.verify import Told
from shared.events.welfare.ledger import LedgerSealed
from shared.kernel.event import Event
from shared.kernel.ports import Checkpoint, Commit, Document, Fenced, Move, Sequence_, StoreFault, Wire
from tests.story import TODAY
from tests.welfare.examples import ACCOUNT, ALLOCATED, OPENED, captured, reserved

KEY = AuditKey(OKPKey.generate_key("Ed25519"))
OTHER_KEY = AuditKey(OKPKey.generate_key("Ed25519"))
MONEY: tuple[Event, ...] = (OPENED, ALLOCATED, reserved(), captured(), reserved(ACCOUNT, 1))


def check(key_id: str, content: bytes, signature: str) -> bool:
    return key_id == KEY.key_id and KEY.verifies(content, signature)


def wire(event: Event, number: int) -> Wire:
    headers = {
        "ce_type": event.wire,
        "ce_id": f"00000000-0000-7000-8000-{number:012x}",
        "ce_dataschema": event.schema_id(),
        "ce_subject": ACCOUNT,
        "ce_time": "2026-11-24T04:00:00.000000Z",
        "ce_actor": "finance",
    }
    return Wire("gonghui.welfare", ACCOUNT, event.model_dump_json(exclude_none=True).encode(), headers)


def entries(*events: Event) -> list[Entry]:
    """As the topic has them: positions 2, 4, 6 …, between which others have theirs."""
    found = []
    for number, event in enumerate(events or MONEY, start=1):
        one = wire(event, number)
        entry = Entry.of(one.headers, 2 * number, one.body)
        assert entry is not None
        found.append(entry)
    return found


def sealed(head: Head, from_seq: int = 1, key: AuditKey = KEY) -> LedgerSealed:
    return LedgerSealed(
        ledger_id=ledger_id(head.org_id),
        org_id=head.org_id,
        from_seq=from_seq,
        to_seq=head.seq,
        to_position=head.position,
        head_hash=head.hash,
        signature=key.sign(sealed_content(head, from_seq, TODAY)),
        key_id=key.key_id,
        on=TODAY,
    )


def sound(seal_after: int = 3) -> Told:
    """A ledger that holds: five entries, three of them sealed."""
    topic = entries()
    head, links = extended(Head.begin("G01"), topic)
    seal_at, _ = extended(Head.begin("G01"), topic[:seal_after])
    return Told([link.document() for link in links], head, topic, [sealed(seal_at)] if seal_after else [])


def chained_anew(told: Told, topic: Sequence[Entry]) -> Told:
    """What somebody makes who can write to the database: another history, with all its hashes right."""
    head, links = extended(Head.begin("G01"), topic)
    return replace(told, documents=[link.document() for link in links], head=head)


@dataclass
class Numbered:
    """`RelayStore`, as far as the ledger asks it."""

    commits: list[Commit] = field(default_factory=list)
    published_to: int = 0
    leads: bool = True

    def append(self, *events: Event, first: int | None = None) -> None:
        """A commit, published at once."""
        position = first or self.published_to + 1
        wires = tuple(wire(event, position + number) for number, event in enumerate(events))
        self.commits.append(Commit(f"c{position}", "s", 1, wires, "", "", "", first_position=position))
        self.published_to = max(self.published_to, position + len(events) - 1)

    async def sequence(self) -> Sequence_:
        return Sequence_(published=self.published_to)

    async def numbered(self, after: int, limit: int) -> list[Commit]:
        found = [one for one in self.commits if (one.first_position or 0) + len(one.events) - 1 > after]
        return sorted(found, key=lambda one: one.first_position or 0)[:limit]

    async def lead(self, name: str, owner: str, seconds: float) -> int | None:
        return 1 if self.leads else None


@dataclass
class Shelf:
    """`ViewStore`, as far as the ledger asks it."""

    documents: dict[str, dict[str, Document]] = field(default_factory=dict)
    marks: dict[str, Checkpoint] = field(default_factory=dict)
    fault: StoreFault | None = None
    """Raised at the end of the next transaction, of which nothing stays."""

    async def ensure_view(self, collection: str, indexes: Sequence[str]) -> None:
        self.documents.setdefault(collection, {})

    async def claim(self, ids: Sequence[str], owner: str) -> dict[str, Checkpoint]:
        for one in ids:
            known = self.marks.get(one, Checkpoint(one))
            self.marks[one] = replace(known, epoch=known.epoch + 1)
        return {one: self.marks[one] for one in ids}

    async def checkpoints(self, ids: Sequence[str]) -> dict[str, Checkpoint]:
        return {one: self.marks[one] for one in ids if one in self.marks}

    async def rows(self, collection: str, where: Mapping[str, Any]) -> list[Document]:
        within = where.get("_id", {"$gt": "", "$lte": "~"})
        rows = sorted(self.documents.get(collection, {}).items())
        return [copy.deepcopy(row) for key, row in rows if within["$gt"] < key <= within["$lte"]]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Shelf"]:
        before = copy.deepcopy((self.documents, self.marks))
        try:
            yield self
            if fault := self.fault:
                self.fault = None
                raise fault
        except BaseException:
            self.documents, self.marks = before
            raise

    async def load(self, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        return {one: self.documents[collection][one] for one in ids if one in self.documents.get(collection, {})}

    async def save(self, collection: str, documents: Iterable[Document]) -> None:
        for document in documents:
            self.documents.setdefault(collection, {})[document["_id"]] = json.loads(json.dumps(document))

    async def move(self, moves: Sequence[Move]) -> None:
        for move in moves:
            mark = self.marks[move.id]
            if (mark.epoch, mark.next_offset) != (move.epoch, move.expected):
                raise Fenced(move.id)
            self.marks[move.id] = replace(mark, next_offset=move.next_offset, last_position=move.last_position)
