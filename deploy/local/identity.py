"""The secrets of an embedded stack, made at its first start: to sign tokens and ledgers, wrap keys, fingerprint."""

import base64
import json
import os
import secrets
from pathlib import Path

from joserfc.jwk import KeySet, OKPKey

ISSUER = "gonghui-local"
AUDIENCE = "gonghui"
SIGNING_KEY, KEY_SET, VAULT_KEY, PEPPER = "signing.jwk", "jwks.json", "vault.key", "pepper.key"
AUDIT_KEY, AUDIT_KEY_SET = "audit.jwk", "audit-jwks.json"


def make_identity(state: Path) -> Path:
    """The folder with the secrets; only files that are missing are made, each readable by its owner alone."""
    folder = state / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    for name in (VAULT_KEY, PEPPER):
        write_once(folder / name, base64.b64encode(secrets.token_bytes(32)).decode())
    for private, public in ((SIGNING_KEY, KEY_SET), (AUDIT_KEY, AUDIT_KEY_SET)):
        _make_pair(folder / private, folder / public)
    return folder


def _make_pair(private: Path, public: Path) -> None:
    fresh = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": "EdDSA"}, auto_kid=True)
    write_once(private, json.dumps(fresh.as_dict(private=True)))
    key = OKPKey.import_key(json.loads(private.read_text()))
    write_once(public, json.dumps(KeySet([key]).as_dict(private=False)))


def write_once(file: Path, content: str) -> None:
    if file.exists():
        return
    fresh = file.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        opened.write(content)
    fresh.replace(file)


def environment(folder: Path) -> dict[str, str]:
    """What tells a service about these secrets."""
    return {
        "GONGHUI_TOKEN_ISSUER": ISSUER,
        "GONGHUI_TOKEN_AUDIENCE": AUDIENCE,
        "GONGHUI_JWKS_FILE": str(folder / KEY_SET),
        "GONGHUI_VAULT_KEY_FILE": str(folder / VAULT_KEY),
        "GONGHUI_PEPPER_FILE": str(folder / PEPPER),
    }


def audit_environment(folder: Path) -> dict[str, str]:
    """What tells the audit process, and no other, about the key that seals the ledgers."""
    return {"GONGHUI_AUDIT_KEY_FILE": str(folder / AUDIT_KEY)}
