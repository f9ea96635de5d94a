"""Whose tokens are believed, and for how long."""

import asyncio
import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from joserfc.jwk import OKPKey, RSAKey

from shared.kernel import key_sets
from shared.kernel.key_sets import AGAIN, STALE, FileKeys, UrlKeys
from shared.kernel.refusal import Unauthenticated
from shared.kernel.tokens import KeysUnknown, TokenExpired, TokenNotAccepted, Verifier, issue
from tests.kernel.fakes import NOON, StoppedClock

KEY = OKPKey.generate_key("Ed25519", {"kid": "now"})
NEXT = OKPKey.generate_key("Ed25519", {"kid": "next"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})


def published(*keys: OKPKey | RSAKey) -> str:
    return json.dumps({"keys": [dict(key.as_dict(private=False)) for key in keys]})


class At:
    """A verifier that reads its keys from a file."""

    def __init__(self, folder: Path, *keys: OKPKey | RSAKey) -> None:
        self.file = folder / "jwks.json"
        self.clock = StoppedClock()
        self.publish(*keys)
        self.verifier = Verifier(FileKeys(self.file, self.clock), issuer="id", audience="gonghui", clock=self.clock)

    def publish(self, *keys: OKPKey | RSAKey) -> None:
        self.file.write_text(published(*keys))
        self.clock.pass_by(2)
        os.utime(self.file, ns=(1, self.clock.at.microsecond + int(self.clock.monotonic() * 1e9) + 1))

    async def actor(self, token: str) -> str:
        return await self.verifier.actor(token)

    async def refused(self, token: str) -> type[Unauthenticated]:
        with pytest.raises(Unauthenticated) as raised:
            await self.verifier.actor(token)
        return raised.type


@pytest.fixture
def at(tmp_path: Path) -> At:
    return At(tmp_path, KEY, RSA)


def signed(key: OKPKey | RSAKey = KEY, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
    now = int(NOON.timestamp())
    said = {"iss": "id", "aud": "gonghui", "sub": "cadre-7", "exp": now + 3600} | claims
    alg = "EdDSA" if isinstance(key, OKPKey) else "RS256"
    said = {name: value for name, value in said.items() if value is not None}
    head = {"alg": alg, "kid": key.kid, **(header or {})}
    body = f"{encoded(head)}.{encoded(said)}"
    return f"{body}.{b64(sign(key, head['alg'], body.encode()))}"


def sign(key: OKPKey | RSAKey, alg: str, body: bytes) -> bytes:
    """An honest signature; with HS256 the one of a forger who knows the public key."""
    operation: Any = key.get_op_key("sign")
    if alg == "HS256":
        return hmac.digest(key.as_pem(private=False), body, hashlib.sha256)
    if isinstance(key, RSAKey):
        return bytes(operation.sign(body, PKCS1v15(), SHA512() if alg == "RS512" else SHA256()))
    return bytes(operation.sign(body))


def encoded(value: Mapping[str, Any]) -> str:
    return b64(json.dumps(value).encode())


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


async def test_a_sound_token_names_its_actor(at: At) -> None:
    assert await at.actor(signed()) == "cadre-7"
    assert await at.actor(signed(RSA)) == "cadre-7"
    assert await at.actor(signed(aud=["other", "gonghui"], nbf=int(NOON.timestamp()))) == "cadre-7"


async def test_what_gonghui_token_issues_is_accepted(at: At) -> None:
    token = issue(KEY.as_dict(private=True), "admin", issuer="id", audience="gonghui", now=NOON, hours=1)
    assert await at.actor(token) == "admin"


NOT_ACCEPTED = {
    "another issuer": signed(iss="somebody"),
    "another audience": signed(aud="other"),
    "no audience": signed(aud=None),
    "no end": signed(exp=None),
    "an end in words": signed(exp="tomorrow"),
    "an end that is no number": signed(exp=True),
    "an end that never comes": signed(exp=float("nan")),
    "not yet begun": signed(nbf=int(NOON.timestamp()) + 3600),
    "nobody": signed(sub=None),
    "a name": signed(sub="张三"),
    "too long a name": signed(sub="a" * 200),
    "a number": signed(sub=7),
    "an unknown key": signed(NEXT),
    "no key id": signed(header={"kid": None}),
    "a list of key ids": signed(header={"kid": ["now"]}),
    "an extension that must be understood": signed(header={"crit": ["exp"]}),
    "an unencoded body": signed(header={"b64": False, "crit": ["b64"]}),
    "another key under a known id": signed(NEXT, header={"kid": "now"}),
    "no algorithm": signed(header={"alg": "none"}),
    "the public RSA key as a shared secret": signed(RSA, header={"alg": "HS256"}),
    "the public Ed25519 key as a shared secret": signed(KEY, header={"alg": "HS256"}),
    "an RSA key as if it were Ed25519": signed(RSA, header={"alg": "EdDSA"}),
    "an Ed25519 key as if it were RSA": signed(KEY, header={"alg": "RS256"}),
    "an honest signature by an algorithm that is not ours": signed(RSA, header={"alg": "RS512"}),
    "a sound one, but long": signed(roles="x" * 10_000),
    "another signature": signed()[:-4] + "AAAA",
    "no signature": signed().rpartition(".")[0] + ".",
    "three words": "a.b.c",
    "nothing": "",
    "dots": "....",
    "a long word": "x" * 10_000,
}


@pytest.mark.parametrize("token", NOT_ACCEPTED.values(), ids=NOT_ACCEPTED)
async def test_nothing_else_is_accepted(at: At, token: str) -> None:
    assert await at.refused(token) is TokenNotAccepted


async def test_a_token_ends_a_minute_after_its_time_also_when_it_is_remembered(at: At) -> None:
    token = signed(exp=int(NOON.timestamp()) + 100)
    assert await at.actor(token) == "cadre-7"
    at.clock.at = NOON
    at.clock.pass_by(159)
    assert await at.actor(token) == "cadre-7"
    at.clock.pass_by(1)
    assert await at.refused(token) is TokenExpired
    assert await at.refused(signed(exp=int(NOON.timestamp()) + 99)) is TokenExpired


async def test_a_withdrawn_key_ends_its_tokens_and_a_new_one_begins(at: At) -> None:
    old, new = signed(), signed(NEXT)
    assert await at.actor(old) == "cadre-7"
    at.publish(NEXT)
    assert await at.actor(new) == "cadre-7"
    assert await at.refused(old) is TokenNotAccepted


async def test_a_key_file_that_breaks_leaves_the_old_keys_in_force(at: At) -> None:
    assert await at.actor(signed()) == "cadre-7"
    at.publish()
    at.file.write_text("{")
    at.clock.pass_by(2)
    assert await at.actor(signed()) == "cadre-7"


async def test_short_rsa_keys_and_encryption_keys_are_passed_over(tmp_path: Path) -> None:
    document = json.loads(published(KEY, RSA))
    document["keys"][0]["use"] = "enc"
    document["keys"][1]["n"] = document["keys"][1]["n"][:171]
    at = At(tmp_path)
    at.file.write_text(json.dumps(document))
    at.clock.pass_by(2)
    for token in (signed(), signed(RSA)):
        with pytest.raises(KeysUnknown):
            await at.verifier.actor(token)


class Provider:
    """An identity provider's address: what it publishes, and how often it was asked."""

    def __init__(self, *keys: OKPKey | RSAKey) -> None:
        self.body, self.status, self.asked = published(*keys), 200, 0
        self.clock = StoppedClock()
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.answer))
        keys_ = UrlKeys("https://id.example/keys", self.clock, client)
        self.verifier = Verifier(keys_, issuer="id", audience="gonghui", clock=self.clock)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return httpx.Response(self.status, text=self.body)


async def test_keys_from_an_address_are_fetched_once_and_again_for_an_unknown_key() -> None:
    provider = Provider(KEY)
    for _ in range(3):
        assert await provider.verifier.actor(signed()) == "cadre-7"
    assert provider.asked == 1
    provider.body = published(KEY, NEXT)
    for _ in range(3):
        with pytest.raises(TokenNotAccepted):
            await provider.verifier.actor(signed(NEXT))
    assert provider.asked == 1
    provider.clock.pass_by(AGAIN)
    assert await provider.verifier.actor(signed(NEXT)) == "cadre-7"
    assert provider.asked == 2


async def test_a_key_withdrawn_at_its_address_stops_working_after_minutes() -> None:
    provider = Provider(KEY)
    assert await provider.verifier.actor(signed()) == "cadre-7"
    provider.body = published(NEXT)
    provider.clock.pass_by(STALE)
    with pytest.raises(TokenNotAccepted):
        await provider.verifier.actor(signed())


async def test_a_provider_that_is_away_does_not_end_what_was_known() -> None:
    provider = Provider(KEY)
    assert await provider.verifier.actor(signed()) == "cadre-7"
    provider.status = 500
    provider.clock.pass_by(STALE)
    assert await provider.verifier.actor(signed()) == "cadre-7"


async def test_without_any_key_the_answer_is_not_now_rather_than_no() -> None:
    provider = Provider(KEY)
    provider.status = 500
    with pytest.raises(KeysUnknown):
        await provider.verifier.actor(signed())
    provider.status = 200
    provider.clock.pass_by(AGAIN)
    assert await provider.verifier.actor(signed()) == "cadre-7"


async def test_an_address_that_never_comes_to_an_end_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_sets, "FETCHED_WITHIN", 0.01)
    never = asyncio.Event()

    async def drips(request: httpx.Request) -> httpx.Response:
        await never.wait()
        return httpx.Response(200)

    clock = StoppedClock()
    keys_ = UrlKeys("https://id.example/keys", clock, httpx.AsyncClient(transport=httpx.MockTransport(drips)))
    verifier = Verifier(keys_, issuer="id", audience="gonghui", clock=clock)
    with pytest.raises(KeysUnknown):
        await asyncio.wait_for(verifier.actor(signed()), 10)
