"""What a process is told from outside: environment variables `GONGHUI_...`, checked once, at start.

A field's description says what to set it to; it is the text of the sentence that the operator reads when it is wrong.
"""

import base64
import binascii
import json
import ssl
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.kernel.door import AT_ONCE, CONNECTIONS, PER_SECOND

PREFIX = "GONGHUI_"
ROLES = ("api", "relay", "views", "reactions")


class BadSettings(Exception):
    """One sentence that names every wrong variable and what to do. It never shows a value."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    mongo_url: str = Field(
        pattern=r"^mongodb(\+srv)?://", repr=False, description="the mongodb:// address of the replica set"
    )
    kafka_bootstrap: str = Field(
        pattern=r"^[^\s:,]+:\d+(,[^\s:,]+:\d+)*$", description="host:port of the brokers, separated by commas"
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        None, description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
    )
    kafka_sasl_username: str | None = Field(None, description="the user that the broker knows")
    kafka_sasl_password: SecretStr | None = Field(None, description="the password of that user")
    kafka_ssl_cafile: Path | None = Field(None, description="a readable PEM file with the broker's authority")
    kafka_ssl_certfile: Path | None = Field(None, description="a readable PEM file with this client's certificate")
    kafka_ssl_keyfile: Path | None = Field(None, description="a readable PEM file with this client's key")
    embedded: bool = Field(False, description="true only where `gonghui up` runs the broker and the database")
    business_clock: bool = Field(False, description="false, unless GONGHUI_EMBEDDED is true")
    jwks_file: Path | None = Field(None, description="a readable JSON Web Key Set, unless GONGHUI_JWKS_URL is set")
    jwks_url: str | None = Field(
        None, pattern=r"^https?://", description="the https:// address of a key set, unless GONGHUI_JWKS_FILE is set"
    )
    token_issuer: str | None = Field(None, min_length=1, description="the `iss` of the tokens to accept")
    token_audience: str | None = Field(None, min_length=1, description="the `aud` of the tokens to accept")
    vault_key: SecretStr | None = Field(
        None, description="32 bytes in base64, or a file with them in GONGHUI_VAULT_KEY_FILE"
    )
    vault_key_file: Path | None = Field(None, description="a readable file with 32 bytes in base64")
    pepper: SecretStr | None = Field(
        None, description="at least 32 random characters, or a file in GONGHUI_PEPPER_FILE"
    )
    pepper_file: Path | None = Field(None, description="a readable file with at least 32 random characters")
    audit_key: SecretStr | None = Field(
        None, description="an Ed25519 private key as JSON Web Key, or a file with it in GONGHUI_AUDIT_KEY_FILE"
    )
    audit_key_file: Path | None = Field(
        None, description="a readable file with an Ed25519 private key as JSON Web Key, for the role ledger alone"
    )
    partitions: int = Field(6, ge=1, le=1000, description="the partition count of the topics, never changed")
    host: str = Field("127.0.0.1", min_length=1, description="the address to listen on")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")
    directory_max_age: float = Field(60.0, gt=0, description="seconds, more than 0")
    connections: int = Field(
        CONNECTIONS, ge=1, description="how many clients may be connected at once, less than the open files it may have"
    )
    requests_at_once: int = Field(AT_ONCE, ge=1, description="how many requests may be in work at once, 1 or more")
    requests_per_second: int = Field(PER_SECOND, ge=1, description="how many requests of one actor a second, 1 or more")

    def kafka_security(self) -> dict[str, Any]:
        """The keywords that aiokafka takes about security."""
        keywords: dict[str, Any] = {"security_protocol": self.kafka_security_protocol}
        if self.kafka_security_protocol.endswith("SSL"):
            keywords["ssl_context"] = self._ssl_context()
        if self.kafka_security_protocol.startswith("SASL") and self.kafka_sasl_password:
            keywords["sasl_mechanism"] = self.kafka_sasl_mechanism
            keywords["sasl_plain_username"] = self.kafka_sasl_username
            keywords["sasl_plain_password"] = self.kafka_sasl_password.get_secret_value()
        return keywords

    def _ssl_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.kafka_ssl_cafile)
        if self.kafka_ssl_certfile:
            context.load_cert_chain(self.kafka_ssl_certfile, self.kafka_ssl_keyfile)
        return context

    def vault_key_bytes(self) -> bytes:
        """The key-encryption key of the vault. ValueError or OSError if it is not there."""
        key = base64.b64decode(_secret(self.vault_key, self.vault_key_file), validate=True)
        if len(key) != 32:
            raise ValueError("not 32 bytes")
        return key

    def pepper_bytes(self) -> bytes:
        """The group's pepper for fingerprints. ValueError or OSError if it is not there."""
        pepper = _secret(self.pepper, self.pepper_file)
        if len(pepper) < 32:
            raise ValueError("shorter than 32 characters")
        return pepper

    def audit_key_json(self) -> bytes:
        """The key that seals the ledgers, a JSON Web Key. ValueError or OSError if it is not there."""
        key = _secret(self.audit_key, self.audit_key_file)
        words = json.loads(key)
        if not isinstance(words, dict) or words.get("crv") != "Ed25519" or "d" not in words:
            raise ValueError("not an Ed25519 private key")
        return key


def _secret(value: SecretStr | None, file: Path | None) -> bytes:
    if (value is None) == (file is None):
        raise ValueError("either the value or a file")
    return (file.read_bytes() if file else value.get_secret_value().encode() if value else b"").strip()


def load(service: str, roles: Collection[str] = ROLES) -> Settings:
    """The settings of a process that runs these roles of a service. BadSettings if it cannot start with them."""
    try:
        settings = Settings()
    except ValidationError as wrong:
        raise _bad(service, [_of(error["loc"], error["type"]) for error in wrong.errors(include_input=False)]) from None
    if wrongs := list(_disagreements(service, roles, settings)):
        raise _bad(service, wrongs)
    return settings


def _bad(service: str, wrongs: list[str]) -> BadSettings:
    return BadSettings(f"{service} cannot start: {'; '.join(dict.fromkeys(wrongs))}.")


def _of(location: tuple[int | str, ...], kind: str) -> str:
    return _wrong(str(location[0]), "is missing" if kind == "missing" else "is not accepted")


def _wrong(name: str, what: str) -> str:
    return f"{PREFIX}{name.upper()} {what}, set it to {Settings.model_fields[name].description}"


def _disagreements(service: str, roles: Collection[str], settings: Settings) -> list[str]:
    """What no single variable shows."""
    wrongs: list[str] = []
    if settings.business_clock and not settings.embedded:
        wrongs.append(_wrong("business_clock", "is refused here"))
    wrongs += _kafka(settings)
    if "api" in roles:
        wrongs += _tokens(settings)
        if service == "members":
            wrongs += _usable("vault_key", settings.vault_key_file, settings.vault_key_bytes)
            wrongs += _usable("pepper", settings.pepper_file, settings.pepper_bytes)
    if "ledger" in roles:
        wrongs += _usable("audit_key", settings.audit_key_file, settings.audit_key_json)
    return wrongs


def _kafka(settings: Settings) -> list[str]:
    wrongs = []
    if settings.kafka_security_protocol.startswith("SASL"):
        needed = ("kafka_sasl_mechanism", "kafka_sasl_username", "kafka_sasl_password")
        wrongs += [_wrong(name, "is missing") for name in needed if not getattr(settings, name)]
    if settings.kafka_security_protocol.endswith("SSL"):
        try:
            settings.kafka_security()
        except (OSError, ValueError):
            files = ("kafka_ssl_cafile", "kafka_ssl_certfile", "kafka_ssl_keyfile")
            wrongs += [_wrong(name, "cannot be used") for name in files if getattr(settings, name)]
    return wrongs


def _tokens(settings: Settings) -> list[str]:
    wrongs = [_wrong(name, "is missing") for name in ("token_issuer", "token_audience") if not getattr(settings, name)]
    if settings.jwks_file and settings.jwks_url:
        wrongs.append(_wrong("jwks_file", "is set beside GONGHUI_JWKS_URL"))
    elif settings.jwks_file:
        wrongs += _usable("jwks", settings.jwks_file, settings.jwks_file.read_bytes)
    elif not settings.jwks_url:
        wrongs.append(_wrong("jwks_file", "is missing"))
    return wrongs


def _usable(name: str, file: Path | None, read: Callable[[], bytes]) -> list[str]:
    """Nothing, or what is wrong with a secret that is given as a value or as a file."""
    named = f"{name}_file" if file else name
    try:
        read()
    except (OSError, ValueError, binascii.Error):
        return [_wrong(named, "is missing or cannot be used")]
    return []
