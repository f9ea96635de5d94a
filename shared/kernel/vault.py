"""Personal data: encrypted under one key per person, read for a purpose and on record, gone when the key is gone.

Every field is sealed on its own (AES-256-GCM; subject and field are the associated data, so that a sealed value cannot
be moved to another person or field). The person's data key is wrapped by a key-encryption key that never enters the
database, and is kept in a database of its own. Whoever destroys that key has erased the person in every copy.
"""

import asyncio
import hmac
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.kernel.metrics import Metrics
from shared.kernel.ports import Clock, Commit, Document, Ids, Put, Write
from shared.kernel.refusal import Conflict, Unavailable

VAULT, ACCESS_RECORDS = "vault", "access_records"
_NONCE = 12


class Purpose(StrEnum):
    """What personal data may be read for; each reading names one."""

    MEMBERSHIP = "membership"
    """Keeping the register of members 会籍管理."""
    AID = "aid"
    """Examining a request for aid 困难帮扶审核."""
    VISIT = "visit"
    """Visiting and condoling 走访慰问."""
    PAYMENT = "payment"
    """Paying what was granted 发放."""
    OWN_DATA = "own_data"
    """Shown to the person concerned 本人查阅."""
    DATA_REQUEST = "data_request"
    """Answering a request under the law on personal information 个人信息权利请求."""
    LEGAL = "legal"
    """A duty set by law 法定义务."""


class Erased(Conflict):
    """The personal data of this person has been erased and cannot be kept or shown again.
    该人员的个人信息已被删除，不能再保存或查看。"""


class VaultKeyDoesNotFit(Unavailable):
    """Personal data cannot be read just now, because this process has another vault key than the one in use.
    当前服务的保险库密钥与数据不符，暂时无法读取个人信息。"""

    retry_after = 60


class KeyWrapper(Protocol):
    """The key-encryption key: in this process (`LocalKey`), or behind a key-management service."""

    async def wrap(self, key: bytes, subject: str) -> bytes: ...

    async def unwrap(self, wrapped: bytes, subject: str) -> bytes:
        """VaultKeyDoesNotFit if it was wrapped by another key or for another subject."""
        ...


@dataclass(frozen=True)
class Held:
    """A person's wrapped data key, or the mark that there was one and it was destroyed."""

    wrapped: bytes | None


class KeyStore(Protocol):
    """Data keys, in a database of their own. A destroyed key leaves a mark that is never removed."""

    async def get(self, subject: str) -> Held | None: ...

    async def insert_once(self, subject: str, wrapped: bytes) -> Held:
        """Keep the key unless there is one (or its mark) already; what is held now, on a majority."""
        ...

    async def destroy(self, subject: str) -> None:
        """Replace the key by the mark, on a majority; also where there was none."""
        ...


class Entries(Protocol):
    """What the vault needs of the log's store."""

    async def document(self, collection: str, document_id: str) -> Document | None: ...

    async def append(self, commits: Sequence[Commit], writes: Sequence[Write] = ()) -> None: ...


class Staging(Protocol):
    """What the vault needs of a unit of work."""

    def stage(self, put: Put) -> None: ...


class LocalKey:
    """A key-encryption key from a file or the environment."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    async def wrap(self, key: bytes, subject: str) -> bytes:
        return _seal(self._cipher, key, subject.encode())

    async def unwrap(self, wrapped: bytes, subject: str) -> bytes:
        try:
            return _open(self._cipher, wrapped, subject.encode())
        except InvalidTag as other:
            raise VaultKeyDoesNotFit() from other


class Vault:
    def __init__(
        self,
        *,
        entries: Entries,
        keys: KeyStore,
        wrapper: KeyWrapper,
        pepper: bytes,
        clock: Clock,
        ids: Ids,
        metrics: Metrics,
    ) -> None:
        self._entries, self._keys, self._wrapper, self._pepper = entries, keys, wrapper, pepper
        self._clock, self._ids, self._metrics = clock, ids, metrics

    async def store(self, work: Staging, subject: str, fields: Mapping[str, str]) -> None:
        """Seal fields of a person; they become true with the unit of work. The other fields stay as they are."""
        cipher = AESGCM(await self._key_for(subject))
        for field, value in fields.items():
            sealed = _seal(cipher, value.encode(), _about(subject, field))
            name = _entry(subject, field)
            work.stage(Put(VAULT, name, {"subject": subject, "field": field, "sealed": sealed}))

    async def reveal(self, subject: str, fields: Iterable[str], *, purpose: Purpose, actor: str) -> dict[str, str]:
        """Those of the fields that are kept, in plain text. The access is on record before anything is decrypted."""
        wanted = sorted(set(fields))
        key = await self._key_of(subject)
        await self._note(subject, wanted, purpose, actor)
        if key is None:
            return {}
        cipher = AESGCM(key)
        found = await asyncio.gather(*(self._entries.document(VAULT, _entry(subject, field)) for field in wanted))
        return {
            field: _open(cipher, bytes(document["sealed"]), _about(subject, field)).decode()
            for field, document in zip(wanted, found, strict=True)
            if document is not None
        }

    async def erase(self, subject: str) -> None:
        """Destroy the person's key: everything sealed with it is unreadable from now on, in every copy."""
        await self._keys.destroy(subject)

    def fingerprint(self, id_number: str) -> str:
        """The same for every way of writing one ID number, and useless without the pepper."""
        written = unicodedata.normalize("NFKC", id_number)
        plain = "".join(written.split()).upper()
        return hmac.digest(self._pepper, plain.encode(), "sha256").hex()

    async def _key_for(self, subject: str) -> bytes:
        """The person's key, made now if there is none."""
        key = await self._key_of(subject)
        if key is None:
            made = await self._wrapper.wrap(secrets.token_bytes(32), subject)
            key = await self._unwrapped(await self._keys.insert_once(subject, made), subject)
        return key

    async def _key_of(self, subject: str) -> bytes | None:
        held = await self._keys.get(subject)
        return None if held is None else await self._unwrapped(held, subject)

    async def _unwrapped(self, held: Held, subject: str) -> bytes:
        if held.wrapped is None:
            raise Erased()
        return await self._wrapper.unwrap(held.wrapped, subject)

    async def _note(self, subject: str, fields: list[str], purpose: Purpose, actor: str) -> None:
        name = self._ids.new()
        record: Document = {
            "_id": name,
            "subject": subject,
            "who": actor,
            "when": self._clock.now(),
            "purpose": purpose.value,
            "fields": fields,
        }
        await self._entries.append((), (Put(ACCESS_RECORDS, name, record),))
        self._metrics.vault_reads.labels(purpose.value).inc()


def _entry(subject: str, field: str) -> str:
    return f"{subject}:{field}"


def _about(subject: str, field: str) -> bytes:
    return f"{subject}\0{field}".encode()


def _seal(cipher: AESGCM, plain: bytes, about: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + cipher.encrypt(nonce, plain, about)


def _open(cipher: AESGCM, sealed: bytes, about: bytes) -> bytes:
    return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
