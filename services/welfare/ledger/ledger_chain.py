"""The seals of an organisation's ledger, one a day at the most, each beginning where the one before ended."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol, Self
from uuid import NAMESPACE_URL, uuid5

from cryptography.exceptions import InvalidSignature
from joserfc.jwk import OKPKey

from services.welfare.ledger.chain import Head, canonical
from shared.events.welfare.ledger import LedgerSealed
from shared.kernel.aggregate import Aggregate


class Signer(Protocol):
    """Whoever holds the audit key."""

    @property
    def key_id(self) -> str: ...

    def sign(self, content: bytes) -> str: ...


class AuditKey:
    """An Ed25519 key as JSON Web Key; only the audit role holds the private half."""

    def __init__(self, key: OKPKey) -> None:
        self._key = key
        self.key_id = key.thumbprint()

    def sign(self, content: bytes) -> str:
        private: Any = self._key.private_key
        return urlsafe_b64encode(private.sign(content)).decode().rstrip("=")

    def verifies(self, content: bytes, signature: str) -> bool:
        public: Any = self._key.public_key
        try:
            public.verify(urlsafe_b64decode(signature + "=="), content)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class LedgerChain(Aggregate):
    to_seq: int = 0
    to_position: int = 0
    head_hash: str = ""
    sealed_on: date | None = None

    def evolve(self, event: LedgerSealed) -> Self:
        sealed = replace(self, org_id=event.org_id, to_seq=event.to_seq, sealed_on=event.on)
        return replace(sealed, to_position=event.to_position, head_hash=event.head_hash)

    def sealed_head(self, org_id: str) -> Head:
        """Where the part ends that is under a seal."""
        if self.to_seq == 0:
            return Head.begin(org_id)
        return Head(org_id, self.to_seq, self.to_position, self.head_hash)


def ledger_id(org_id: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"urn:gonghui:ledger:{org_id}"))


def seal(chain: LedgerChain, head: Head, on: date, key: Signer) -> Iterator[LedgerSealed]:
    """Everything that is not sealed yet, unless that was done today."""
    if head.seq <= chain.to_seq or (chain.sealed_on is not None and chain.sealed_on >= on):
        return
    from_seq = chain.to_seq + 1
    yield LedgerSealed(
        ledger_id=chain.id,
        org_id=head.org_id,
        from_seq=from_seq,
        to_seq=head.seq,
        to_position=head.position,
        head_hash=head.hash,
        signature=key.sign(sealed_content(head, from_seq, on)),
        key_id=key.key_id,
        on=on,
    )


def sealed_content(head: Head, from_seq: int, on: date) -> bytes:
    """What is signed."""
    return canonical(
        {
            "org_id": head.org_id,
            "from_seq": from_seq,
            "to_seq": head.seq,
            "to_position": head.position,
            "head_hash": head.hash,
            "on": on.isoformat(),
        }
    )
