"""Whose signatures are believed: a JSON Web Key Set in a file or at an address, kept current."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import httpx
import structlog
from joserfc.jwk import OKPKey, RSAKey

from shared.kernel.ports import Clock

log = structlog.get_logger(__name__)

AGAIN = 10.0
"""Seconds between two looks at the key set because of an unknown key."""
STALE = 300.0
"""Seconds after which a key set from a URL is fetched anew, so that a withdrawn key stops working."""
FETCHED_WITHIN = 5.0
"""Seconds for all of a key set to come from a URL: everybody waits for it."""

PublicKey = OKPKey | RSAKey


class Keys(Protocol):
    """The public keys of those who may sign tokens, by key id."""

    async def current(self) -> Mapping[str, PublicKey]:
        """Never waits when there is something to answer with."""
        ...

    async def refreshed(self) -> Mapping[str, PublicKey]:
        """Looked up again, if that was not done a moment ago."""
        ...


class FileKeys:
    """A key set in a file, read again when the file has changed."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock
        self._changed: int | None = None
        self._looked = float("-inf")
        self._keys: Mapping[str, PublicKey] = {}

    async def current(self) -> Mapping[str, PublicKey]:
        if self._clock.monotonic() - self._looked >= 1.0:
            self._look()
        return self._keys

    async def refreshed(self) -> Mapping[str, PublicKey]:
        self._look()
        return self._keys

    def _look(self) -> None:
        self._looked = self._clock.monotonic()
        try:
            changed = self._path.stat().st_mtime_ns
            if changed != self._changed:
                self._keys = key_set(json.loads(self._path.read_bytes()))
                self._changed = changed
        except (OSError, ValueError) as unreadable:
            log.error("the key set for tokens cannot be read", exc_info=unreadable)


class UrlKeys:
    """A key set at an address, fetched again for an unknown key and every few minutes; the old one serves meanwhile."""

    def __init__(self, url: str, clock: Clock, client: httpx.AsyncClient | None = None) -> None:
        self._url, self._clock = url, clock
        self._client = client or httpx.AsyncClient(timeout=3.0)
        self._fetched = float("-inf")
        self._fetching = asyncio.Lock()
        self._keys: Mapping[str, PublicKey] = {}

    async def current(self) -> Mapping[str, PublicKey]:
        if self._clock.monotonic() - self._fetched >= STALE and not (self._keys and self._fetching.locked()):
            await self.refreshed()
        return self._keys

    async def refreshed(self) -> Mapping[str, PublicKey]:
        async with self._fetching:
            if self._clock.monotonic() - self._fetched >= AGAIN:
                self._fetched = self._clock.monotonic()
                try:
                    async with asyncio.timeout(FETCHED_WITHIN):
                        answer = await self._client.get(self._url)
                    self._keys = key_set(answer.raise_for_status().json())
                except (httpx.HTTPError, TimeoutError, ValueError) as unreadable:
                    log.error("the key set for tokens cannot be read", exc_info=unreadable)
        return self._keys

    async def close(self) -> None:
        await self._client.aclose()


def key_set(document: Any) -> Mapping[str, PublicKey]:
    """The usable keys of a JSON Web Key Set: Ed25519, and RSA of at least 2,048 bits, each with a `kid`."""
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("not a JSON Web Key Set")
    found: dict[str, PublicKey] = {}
    for entry in document["keys"]:
        match entry:
            case {"kty": "OKP", "crv": "Ed25519", "kid": str(kid)} if entry.get("use", "sig") == "sig":
                found[kid] = OKPKey.import_key(entry)
            case {"kty": "RSA", "kid": str(kid), "n": str(n)} if entry.get("use", "sig") == "sig" and len(n) >= 342:
                found[kid] = RSAKey.import_key(entry)
            case _:
                log.warning("a key of the key set is of no use here")
    return found
