import base64
import json
from pathlib import Path

from deploy.local.identity import audit_environment, environment, make_identity


def test_secrets_are_made_once_for_their_owner_alone(tmp_path: Path) -> None:
    first = {file.name: file.read_text() for file in make_identity(tmp_path).iterdir()}
    second = {file.name: file.read_text() for file in make_identity(tmp_path).iterdir()}
    assert first == second
    assert sorted(first) == [
        "audit-jwks.json",
        "audit.jwk",
        "jwks.json",
        "pepper.key",
        "signing.jwk",
        "vault.key",
    ]
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "secrets").iterdir()} == {0o600}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_the_key_set_holds_the_public_half_of_the_signing_key(tmp_path: Path) -> None:
    folder = make_identity(tmp_path)
    signing = json.loads((folder / "signing.jwk").read_text())
    (public,) = json.loads((folder / "jwks.json").read_text())["keys"]
    assert "d" not in public
    assert {**public, "d": signing["d"]} == signing
    assert (public["crv"], public["kid"]) == ("Ed25519", signing["kid"])


def test_keys_of_the_vault_are_32_random_bytes_in_base64(tmp_path: Path) -> None:
    folder = make_identity(tmp_path)
    vault, pepper = (base64.b64decode((folder / name).read_text()) for name in ("vault.key", "pepper.key"))
    assert len(vault) == len(pepper) == 32
    assert vault != pepper


def test_a_lost_key_set_is_made_again_from_the_signing_key(tmp_path: Path) -> None:
    folder = make_identity(tmp_path)
    public = (folder / "jwks.json").read_text()
    (folder / "jwks.json").unlink()
    make_identity(tmp_path)
    assert (folder / "jwks.json").read_text() == public


def test_every_file_that_services_are_told_of_exists(tmp_path: Path) -> None:
    told = environment(make_identity(tmp_path))
    assert all(Path(value).is_file() for name, value in told.items() if name.endswith("_FILE"))


def test_only_the_audit_process_is_told_of_the_key_that_seals(tmp_path: Path) -> None:
    folder = make_identity(tmp_path)
    (file,) = audit_environment(folder).values()
    assert "d" in json.loads(Path(file).read_text())
    assert file not in environment(folder).values()
    (public,) = json.loads((folder / "audit-jwks.json").read_text())["keys"]
    assert public["x"] == json.loads(Path(file).read_text())["x"]
    assert "d" not in public
