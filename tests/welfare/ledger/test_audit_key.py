"""The key that seals the ledgers is asked for by the role that seals, and by no other."""

import json
import os
from pathlib import Path

import pytest
from joserfc.jwk import OKPKey

from deploy.cli.ledger import public_keys
from deploy.cli.state import CannotAnswer
from services.welfare import service
from services.welfare.ledger.ledger_chain import AuditKey
from shared.kernel.settings import BadSettings, load

KEY = OKPKey.generate_key("Ed25519", {"use": "sig"}, auto_kid=True)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GONGHUI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GONGHUI_MONGO_URL", "mongodb://db")
    monkeypatch.setenv("GONGHUI_KAFKA_BOOTSTRAP", "one:9092")


def test_the_role_that_seals_needs_the_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "ledger" in service.duties
    with pytest.raises(BadSettings, match="GONGHUI_AUDIT_KEY is missing"):
        load("welfare", ["ledger"])
    load("welfare", ["relay", "views", "reactions"])
    file = tmp_path / "audit.jwk"
    file.write_text(json.dumps(KEY.as_dict(private=True)))
    monkeypatch.setenv("GONGHUI_AUDIT_KEY_FILE", str(file))
    assert json.loads(load("welfare", ["ledger"]).audit_key_json())["kid"] == KEY.kid


@pytest.mark.parametrize("words", ["no json", "{}", json.dumps(KEY.as_dict(private=False)), "[]"])
def test_a_key_that_cannot_sign_is_refused(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGHUI_AUDIT_KEY", words)
    with pytest.raises(BadSettings, match="GONGHUI_AUDIT_KEY is missing or cannot be used") as raised:
        load("welfare", ["ledger"])
    assert words not in str(raised.value)


def test_the_public_half_verifies_and_the_private_one_signs(tmp_path: Path) -> None:
    file = tmp_path / "audit-jwks.json"
    file.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    signer = AuditKey(KEY)
    public = public_keys(file)[signer.key_id]
    signature = signer.sign(b"a head")
    assert public.verifies(b"a head", signature)
    assert not public.verifies(b"another head", signature)
    with pytest.raises(CannotAnswer):
        public_keys(tmp_path / "none")
