"""The ledger of a fund organisation's money 账链, sealed once a day: what an auditor needs to find any change of it."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import PositiveInt, StringConstraints

from shared.kernel.event import Event
from shared.values.ids import Id, OrgId

Digest = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
"""SHA-256 in base64url: 32 bytes."""
Signature = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{86}$")]
"""Ed25519 in base64url: 64 bytes."""


class LedgerSealed(Event):
    """The chain of an organisation's ledger was sealed up to an entry: its head was signed and published.
    账链封存：某组织的资金账链已封存至某笔分录，链头已签名并发布。"""

    topic: ClassVar[str] = "gonghui.audit"

    ledger_id: Id
    org_id: OrgId
    """Whose fund it is."""
    from_seq: PositiveInt
    to_seq: PositiveInt
    to_position: PositiveInt
    """Of entry `to_seq` in the log of welfare."""
    head_hash: Digest
    """Of entry `to_seq`; it stands for all entries before."""
    signature: Signature
    """Over `org_id`, `from_seq`, `to_seq`, `to_position`, `head_hash` and `on`, as canonical JSON."""
    key_id: Digest
    """Thumbprint (RFC 7638) of the audit key."""
    on: date
