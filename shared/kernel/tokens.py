"""Who is asking: access tokens (JWT) signed with EdDSA or RS256 by a key that the group's identity provider publishes.

The token's `sub` is an opaque actor id and all that is taken from it; what the actor may do says `shared.directory`.
"""

import hashlib
import math
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from joserfc import jws, jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry
from pydantic import TypeAdapter

from shared.kernel.key_sets import Keys, PublicKey
from shared.kernel.ports import Clock
from shared.kernel.refusal import Unauthenticated, Unavailable
from shared.values.ids import ActorId

LEEWAY = 60
"""Seconds by which the identity provider's clock may differ."""
REMEMBERED = 10_000
"""Verified tokens kept."""
LONGEST = 8192
"""Characters of a token."""

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
            head = jws.extract_compact(token.encode()).headers()
            if "crit" in head:  # whatever it is that must be understood, it is not understood here
                raise TokenNotAccepted()
            key = await self._key(head.get("kid"))
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
