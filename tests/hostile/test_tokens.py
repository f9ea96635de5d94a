"""Tokens that a forger would try: none is believed, and none is more than a refusal."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.kernel.refusal import Unauthenticated
from tests.kernel.fakes import NOON
from tests.kernel.test_tokens import KEY, NEXT, RSA, At, b64, encoded, sign, signed

ONCE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
SOUND = signed()


@pytest.fixture
def at(tmp_path: Path) -> At:
    return At(tmp_path, KEY, RSA)


async def refused(at: At, token: str) -> None:
    with pytest.raises(Unauthenticated):
        await at.verifier.actor(token)


@ONCE
@given(token=st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
async def test_anything_at_all(at: At, token: str) -> None:
    await refused(at, token)


@ONCE
@given(head=json_values, body=json_values, signature=st.binary(max_size=64))
async def test_three_parts_of_any_json(at: At, head: Any, body: Any, signature: bytes) -> None:
    parts = [b64(json.dumps(head).encode()), b64(json.dumps(body).encode()), b64(signature)]
    await refused(at, ".".join(parts))


@ONCE
@given(
    name=st.sampled_from(["alg", "kid", "typ", "crit", "b64", "zip", "jwk", "jku", "x5u", "x5c", "cty", "enc"]),
    value=json_values | st.just(dict(KEY.as_dict(private=False))) | st.sampled_from(["none", "None", "HS256", "ES256"]),
)
async def test_a_head_with_a_word_of_the_forgers_own(at: At, name: str, value: Any) -> None:
    """Unsigned, and with the signature of the sound token."""
    head = {"alg": "EdDSA", "kid": KEY.kid, name: value}
    _, body, signature = SOUND.split(".")
    for end in ("", signature):
        forged = f"{encoded(head)}.{body}.{end}"
        if forged != SOUND:
            await refused(at, forged)


@pytest.mark.parametrize("deep", [10_000, 100])
@pytest.mark.parametrize("part", [0, 1])
async def test_json_that_is_too_deep(at: At, deep: int, part: int) -> None:
    parts = SOUND.split(".")
    parts[part] = b64(b'{"a":' * deep + b"1" + b"}" * deep)
    await refused(at, ".".join(parts))


@ONCE
@given(
    claims=st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("iss", "aud", "sub", "exp", "nbf", "iat"), json_values)
    ).filter(bool)
)
async def test_claims_of_any_kind_under_a_good_signature(at: At, claims: dict[str, Any]) -> None:
    """The identity provider may be wrong as well; whoever comes through is the one whom it names."""
    body = json.dumps({"iss": "id", "aud": "gonghui", "sub": "cadre-7", "exp": NOON.timestamp() + 60} | claims)
    head = encoded({"alg": "EdDSA", "kid": KEY.kid})
    said = f"{head}.{b64(body.encode())}"
    try:
        actor = await at.actor(f"{said}.{b64(sign(KEY, 'EdDSA', said.encode()))}")
    except Unauthenticated:
        return
    assert actor == claims.get("sub", "cadre-7")
    assert claims.get("iss", "id") == "id"


async def test_a_signature_of_one_kind_is_no_signature_of_another(at: At) -> None:
    """RS and HS confused, EdDSA and RS confused, a key that is not published, no signature at all."""
    await refused(at, signed(RSA, {"alg": "HS256"}))
    await refused(at, signed(RSA, {"alg": "RS512"}))
    await refused(at, signed(KEY, {"alg": "RS256", "kid": RSA.kid}))
    await refused(at, signed(NEXT))
    await refused(at, signed(NEXT, {"kid": KEY.kid}))
    await refused(at, SOUND.rpartition(".")[0] + ".")


async def test_a_flood_of_them_leaves_nothing_behind(at: At) -> None:
    for number in range(1_000):
        await refused(at, f"{SOUND[:-5]}{number:05}")
    assert len(at.verifier._verified) == 0
    assert await at.actor(SOUND) == "cadre-7"


async def test_a_token_does_not_outlive_its_key_or_its_time(at: At) -> None:
    assert await at.actor(SOUND) == "cadre-7"
    at.publish(RSA, NEXT)
    await refused(at, SOUND)
    after = signed(NEXT, exp=int((at.clock.at + timedelta(seconds=10)).timestamp()))
    assert await at.actor(after) == "cadre-7"
    at.clock.pass_by(71)
    await refused(at, after)
