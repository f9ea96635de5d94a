"""The chain 账链 of one fund organisation: hash_n = SHA-256(hash_(n-1) ‖ canonical(entry_n)), beginning with its code.

An entry is an event of a fund account with all that a reader of the topic can see of it, so that the copy in Kafka is
comparable to the letter. Only pseudonyms are in it: to erase a person leaves the chain valid.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Self

from services.welfare.fund.fund_account import FundAccount
from shared.kernel.aggregate import event_types

KINDS = {kind.wire: kind for kind in event_types(FundAccount.evolve)}
"""Events that are entries of a ledger."""


@dataclass(frozen=True)
class Entry:
    """As the topic has it."""

    org_id: str
    position: int
    event_id: str
    type: str
    schema: str
    account_id: str
    time: str
    actor: str
    body: str

    @classmethod
    def of(cls, headers: Mapping[str, str], position: int, body: bytes) -> Self | None:
        """None for an event that moves no money of an account."""
        if headers["ce_type"] not in KINDS:
            return None
        return cls(
            org_id=json.loads(body)["org_id"],
            position=position,
            event_id=headers["ce_id"],
            type=headers["ce_type"],
            schema=headers["ce_dataschema"],
            account_id=headers["ce_subject"],
            time=headers["ce_time"],
            actor=headers["ce_actor"],
            body=body.decode(),
        )


@dataclass(frozen=True)
class Link:
    """An entry at its place in the chain."""

    seq: int
    hash: str
    entry: Entry

    def document(self) -> dict[str, Any]:
        return {"_id": link_id(self.entry.org_id, self.seq), "seq": self.seq, "hash": self.hash, **asdict(self.entry)}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Raises KeyError or TypeError if it is no entry any more."""
        fields = {name: document[name] for name in Entry.__dataclass_fields__}
        numbers = {document["seq"], fields["position"]}
        if not all(type(number) is int for number in numbers):
            raise TypeError("a place is a whole number")
        return cls(document["seq"], document["hash"], Entry(**fields))


@dataclass(frozen=True)
class Head:
    """Where a chain ends."""

    org_id: str
    seq: int
    position: int
    hash: str

    @classmethod
    def begin(cls, org_id: str) -> Self:
        return cls(org_id, 0, 0, digest(f"gonghui:ledger:{org_id}".encode()))

    def document(self) -> dict[str, Any]:
        return {"_id": self.org_id, **asdict(self)}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        return cls(**{name: document[name] for name in cls.__dataclass_fields__})


def link_id(org_id: str, seq: int) -> str:
    return f"{org_id}:{seq:012}"


def linked(head: Head, entry: Entry) -> tuple[Head, Link]:
    """The next link, and where the chain ends then."""
    hash_ = digest(head.hash.encode() + canonical(asdict(entry)))
    return Head(head.org_id, head.seq + 1, entry.position, hash_), Link(head.seq + 1, hash_, entry)


def extended(head: Head, entries: Iterable[Entry]) -> tuple[Head, list[Link]]:
    links = []
    for entry in entries:
        head, link = linked(head, entry)
        links.append(link)
    return head, links


def canonical(fields: Mapping[str, Any]) -> bytes:
    """One way to write it: keys in order, no spaces, UTF-8."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(content: bytes) -> str:
    return urlsafe_b64encode(sha256(content).digest()).decode().rstrip("=")
