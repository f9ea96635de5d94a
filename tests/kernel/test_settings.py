"""What a process is told from outside, and what it says when that is wrong."""

import base64
import os
from pathlib import Path

import pytest

from shared.kernel.settings import BadSettings, load

SOUND = {
    "MONGO_URL": "mongodb://user:hunter2@db:27017/?replicaSet=rs0",
    "KAFKA_BOOTSTRAP": "one:9092,two:9092",
    "JWKS_URL": "https://id.example/keys",
    "TOKEN_ISSUER": "https://id.example",
    "TOKEN_AUDIENCE": "gonghui",
    "VAULT_KEY": base64.b64encode(b"k" * 32).decode(),
    "PEPPER": "p" * 32,
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GONGHUI_")]:
        monkeypatch.delenv(name)
    for name, value in SOUND.items():
        monkeypatch.setenv(f"GONGHUI_{name}", value)


def refused(service: str = "members", roles: tuple[str, ...] = ("api",)) -> str:
    with pytest.raises(BadSettings) as raised:
        load(service, roles)
    return str(raised.value)


def test_sound_settings_are_taken() -> None:
    settings = load("members")
    assert settings.kafka_bootstrap == "one:9092,two:9092"
    assert settings.partitions == 6
    assert settings.vault_key_bytes() == b"k" * 32
    assert settings.pepper_bytes() == b"p" * 32
    assert settings.kafka_security() == {"security_protocol": "PLAINTEXT"}


def test_every_wrong_variable_is_named_in_one_sentence_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GONGHUI_MONGO_URL")
    monkeypatch.setenv("GONGHUI_PARTITIONS", "many")
    assert refused() == (
        "members cannot start: GONGHUI_MONGO_URL is missing, set it to the mongodb:// address of the replica set; "
        "GONGHUI_PARTITIONS is not accepted, set it to the partition count of the topics, never changed."
    )


def test_no_value_is_ever_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGHUI_VAULT_KEY", "hunter2")
    monkeypatch.setenv("GONGHUI_MONGO_URL", "postgres://user:hunter2@db")
    assert "hunter2" not in refused()
    monkeypatch.setenv("GONGHUI_MONGO_URL", SOUND["MONGO_URL"])
    assert "hunter2" not in refused()
    assert "hunter2" not in repr(load("welfare"))


def test_an_empty_variable_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGHUI_KAFKA_BOOTSTRAP", "")
    assert "GONGHUI_KAFKA_BOOTSTRAP is missing" in refused()


def test_secrets_are_asked_only_of_the_role_that_uses_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VAULT_KEY", "PEPPER", "JWKS_URL", "TOKEN_ISSUER"):
        monkeypatch.delenv(f"GONGHUI_{name}")
    load("members", ("relay", "views", "reactions"))
    assert {"GONGHUI_VAULT_KEY", "GONGHUI_PEPPER", "GONGHUI_JWKS_FILE", "GONGHUI_TOKEN_ISSUER"} <= named_in(refused())
    assert "GONGHUI_VAULT_KEY" not in named_in(refused("welfare"))


def named_in(sentence: str) -> set[str]:
    return {word.strip(",;.") for word in sentence.split() if word.startswith("GONGHUI_")}


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GONGHUI_VAULT_KEY")
    (tmp_path / "key").write_text(SOUND["VAULT_KEY"] + "\n")
    monkeypatch.setenv("GONGHUI_VAULT_KEY_FILE", str(tmp_path / "key"))
    assert load("members").vault_key_bytes() == b"k" * 32
    monkeypatch.setenv("GONGHUI_VAULT_KEY_FILE", str(tmp_path / "none"))
    assert "GONGHUI_VAULT_KEY_FILE is missing or cannot be used" in refused()


def test_a_vault_key_of_another_length_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGHUI_VAULT_KEY", base64.b64encode(b"k" * 16).decode())
    assert "GONGHUI_VAULT_KEY is missing or cannot be used, set it to 32 bytes in base64" in refused()


def test_two_sources_of_keys_contradict_each_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GONGHUI_JWKS_FILE", str(tmp_path))
    assert "GONGHUI_JWKS_FILE is set beside GONGHUI_JWKS_URL" in refused()


def test_the_business_clock_is_for_the_embedded_stack_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGHUI_BUSINESS_CLOCK", "true")
    assert "GONGHUI_BUSINESS_CLOCK is refused here" in refused("welfare")
    monkeypatch.setenv("GONGHUI_EMBEDDED", "1")
    assert load("welfare").business_clock


def test_a_broker_with_passwords_needs_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGHUI_KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT")
    monkeypatch.setenv("GONGHUI_KAFKA_SASL_MECHANISM", "SCRAM-SHA-512")
    assert named_in(refused("welfare")) == {"GONGHUI_KAFKA_SASL_USERNAME", "GONGHUI_KAFKA_SASL_PASSWORD"}
    monkeypatch.setenv("GONGHUI_KAFKA_SASL_USERNAME", "welfare")
    monkeypatch.setenv("GONGHUI_KAFKA_SASL_PASSWORD", "hunter2")
    assert load("welfare").kafka_security() == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "welfare",
        "sasl_plain_password": "hunter2",
    }


def test_a_broker_with_certificates_gets_a_context(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GONGHUI_KAFKA_SECURITY_PROTOCOL", "SSL")
    assert load("welfare").kafka_security()["ssl_context"].check_hostname
    (tmp_path / "ca.pem").write_text("not a certificate")
    monkeypatch.setenv("GONGHUI_KAFKA_SSL_CAFILE", str(tmp_path / "ca.pem"))
    assert "GONGHUI_KAFKA_SSL_CAFILE cannot be used, set it to a readable PEM file" in refused("welfare")
