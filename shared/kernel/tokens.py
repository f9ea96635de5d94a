"""Who is asking: access tokens (JWT) signed with EdDSA or RS256 by a key that the group's identity provider publishes.

The token's `sub` is an opaque actor id and all that is taken from it; what the actor may do says `shared.directory`.
"""

import asyncio
import hashlib
import json
import math
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeGuard

import httpx
import structlog
from joserfc import jws, jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from pydantic import TypeAdapter

from shared.kernel.ports import Clock
from shared.kernel.refusal import Unauthenticated, Unavailable
from shared.values.ids import ActorId

log = structlog.get_logger(__name__)

LEEWAY = 60
"""Seconds by which the identity provider's clock may differ."""
REMEMBERED = 10_000
"""Verified tokens kept."""
LONGEST = 8192
"""Characters of a token."""
AGAIN = 10.0
"""Seconds between two looks at the key set because of an unknown key."""
STALE = 300.0
"""Seconds after which a key set from a URL is fetched anew, so that a withdrawn key stops working."""

PublicKey = OKPKey | RSAKey

_actor = TypeAdapter(ActorId)


class NoToken(Unauthenticated):
    """A valid access token is needed: send it as `Authorization: Bearer ...`.
    需要有效的访问令牌，请通过 `Authorization: Bearer ...` 提供。"""


class TokenExpired(Unauthenticated):
    """The access token has expired; sign in again.
    访问令牌已过期，请重新登录。"""


class TokenNotAccepted(Unauthenticated):
    """The access token is not accepted here; sign in again.
    访问令牌在此无效，请重新登录。"""


class KeysUnknown(Unavailable):
    """Access tokens cannot be verified just now, because the identity provider's keys could not be read.
    暂时无法读取身份认证服务的密钥，无法验证访问令牌，请稍后重试。"""

    retry_after = 10


class _Algorithms(JWSRegistry):
    """EdDSA and RS256 and nothing else, whatever a token or a key set says."""

    def get_alg(self, name: str) -> Any:
        if name not in ("EdDSA", "RS256"):
            raise UnsupportedAlgorithmError()
        return self.algorithms[name]


_registry = _Algorithms(strict_check_header=False)


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
            log.error("tokens.key_set_unreadable", exc_info=unreadable)


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
                    answer = await self._client.get(self._url)
                    self._keys = key_set(answer.raise_for_status().json())
                except (httpx.HTTPError, ValueError) as unreadable:
                    log.error("tokens.key_set_unreadable", exc_info=unreadable)
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
                log.warning("tokens.key_passed_over")
    return found


class Verifier:
    """Turns a token into the id of the actor whom it names."""

    def __init__(self, keys: Keys, *, issuer: str, audience: str, clock: Clock) -> None:
        self._keys, self._issuer, self._audience, self._clock = keys, issuer, audience, clock
        self._trusted: Mapping[str, PublicKey] = {}
        self._verified: OrderedDict[bytes, tuple[str, float]] = OrderedDict()

    async def actor(self, token: str) -> str:
        """Unauthenticated if the token does not hold, now."""
        self._trust(await self._keys.current())
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is None:
            known = self._verified[digest] = await self._verify(token)
            if len(self._verified) > REMEMBERED:
                self._verified.popitem(last=False)
        else:
            self._verified.move_to_end(digest)
        actor, expires = known
        if expires <= self._clock.now().timestamp() - LEEWAY:
            raise TokenExpired()
        return actor

    def _trust(self, keys: Mapping[str, PublicKey]) -> None:
        """A token is verified anew whenever the keys have changed."""
        if keys is not self._trusted:
            self._trusted = keys
            self._verified.clear()

    async def _verify(self, token: str) -> tuple[str, float]:
        if len(token) > LONGEST:
            raise TokenNotAccepted()
        try:
            key = await self._key(jws.extract_compact(token.encode()).headers().get("kid"))
            claims = jwt.decode(token, key, registry=_registry).claims
            return self._accepted(claims)
        except (JoseError, ValueError) as wrong:
            raise TokenNotAccepted() from wrong

    async def _key(self, key_id: object) -> PublicKey:
        if isinstance(key_id, str) and key_id not in self._trusted:
            self._trust(await self._keys.refreshed())
        if not self._trusted:
            raise KeysUnknown()
        if not isinstance(key_id, str) or key_id not in self._trusted:
            raise TokenNotAccepted()
        return self._trusted[key_id]

    def _accepted(self, claims: Mapping[str, Any]) -> tuple[str, float]:
        """Actor id and expiry, if the claims say that the token is for here and for now."""
        now = self._clock.now().timestamp()
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        expires, begins = claims.get("exp"), claims.get("nbf", 0)
        if claims.get("iss") != self._issuer or self._audience not in audiences:
            raise TokenNotAccepted()
        if not _is_time(expires) or not _is_time(begins) or begins > now + LEEWAY:
            raise TokenNotAccepted()
        return _actor.validate_python(claims.get("sub"), strict=True), expires


def _is_time(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def issue(signing_jwk: Mapping[str, Any], sub: str, *, issuer: str, audience: str, now: datetime, hours: float) -> str:
    """A token for an actor, signed with a private Ed25519 key that has a `kid`. For the embedded stack and tests."""
    key = OKPKey.import_key(dict(signing_jwk))
    claims = {
        "iss": issuer,
        "aud": audience,
        "sub": _actor.validate_python(sub),
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(hours=hours)).timestamp()),
    }
    return jwt.encode({"alg": "EdDSA", "kid": key.kid}, claims, key, registry=_registry)


def new_signing_key() -> tuple[dict[str, Any], dict[str, Any]]:
    """A private Ed25519 key as a JSON Web Key, and the key set that publishes its public half."""
    key = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": "EdDSA"}, auto_kid=True)
    return dict(key.as_dict(private=True)), {"keys": [dict(key.as_dict(private=False))]}
