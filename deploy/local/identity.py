"""The secrets of an embedded stack, made at its first start: what signs tokens, wraps keys, fingerprints persons."""

import base64
import json
import os
import secrets
from pathlib import Path

from joserfc.jwk import KeySet, OKPKey

ISSUER = "gonghui-local"
AUDIENCE = "gonghui"
SIGNING_KEY, KEY_SET, VAULT_KEY, PEPPER = "signing.jwk", "jwks.json", "vault.key", "pepper.key"


def make_identity(state: Path) -> Path:
    """The folder with the secrets; only files that are missing are made, each readable by its owner alone."""
    folder = state / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    for name in (VAULT_KEY, PEPPER):
        write_once(folder / name, base64.b64encode(secrets.token_bytes(32)).decode())
    key = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": "EdDSA"}, auto_kid=True)
    write_once(folder / SIGNING_KEY, json.dumps(key.as_dict(private=True)))
    signing = OKPKey.import_key(json.loads((folder / SIGNING_KEY).read_text()))
    write_once(folder / KEY_SET, json.dumps(KeySet([signing]).as_dict(private=False)))
    return folder


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
