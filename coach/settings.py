"""The only reader of the environment and of the configuration file.

The command line wins over the environment (`COACH_PORT=...`), that over the TOML file which COACH_CONFIG names, and
that over the defaults here.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from coach.errors import SettingsError


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "call-coach"


def _data() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "call-coach"


class Settings(BaseSettings):
    """Every setting of the server and the commands, with its unit in the name or the description."""

    model_config = SettingsConfigDict(env_prefix="COACH_", extra="forbid", frozen=True)

    # the server
    host: str = Field("127.0.0.1", description="address to bind; loopback unless somebody decides otherwise")
    port: int = Field(8765, ge=0, le=65535, description="0 takes a free port")
    origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="further Origin values that pages may have, commas between them; own host is allowed")
    max_message_bytes: int = Field(64 * 1024, ge=1024, description="largest WebSocket message taken")
    hello_timeout_s: float = Field(5.0, gt=0, description="a socket must say hello within this")
    idle_timeout_s: float = Field(30.0, gt=0, description="a softphone socket without audio for so long is closed")
    resume_s: float = Field(60.0, ge=0, description="a call outlives its socket by this")
    drain_s: float = Field(20.0, ge=0, description="on SIGTERM running calls get this long to end")
    max_pace: float = Field(20.0, ge=1, description="audio is taken at most so many times as fast as it is spoken")
    max_lag_s: float = Field(0.1, gt=0, description="no further calls while the event loop wakes so late, on average")
    max_cpu: float = Field(0.85, gt=0, description="no further calls while the process uses this share of its "
                                                "cores, or the event loop of its one")
    max_calls: int = Field(100, ge=1, description="further calls are refused with 'try again later'")

    # who may come in
    secret: SecretStr | None = Field(None, description="HS256 key for tokens, at least 32 bytes")
    secret_file: Path | None = Field(None, description="file that holds the key, instead of `secret`")
    jwks_file: Path | None = Field(None, description="public keys (JWKS) whose RS256 and ES256 tokens are taken too")
    tls_cert: Path | None = Field(None, description="certificate chain (PEM); with tls_key the server speaks TLS")
    tls_key: Path | None = Field(None, description="private key (PEM) of tls_cert")
    token: SecretStr | None = Field(None, description="what `coach call` shows the server")

    # recognition
    recogniser: str = Field("auto", description="auto, vosk, whisper, none")
    language: str = Field("zh", description="language of a call that does not say")
    models: Path = Field(default_factory=lambda: _cache() / "models", description="folder of the model store")
    mirror: str | None = Field(None, description="base URL or folder to fetch models from instead of the publisher")
    offline: bool = Field(False, description="never touch the network for models")
    decode_threads: int = Field(2, ge=1, le=64, description="threads of the recognition pool of this process")

    # records
    records: str = Field(default_factory=lambda: f"sqlite:///{_data() / 'records.db'}",
                         description="database URL (SQLAlchemy) that keeps the calls; empty keeps nothing")
    retention_days: float = Field(90.0, gt=0, description="calls are deleted when they are this old")

    # playbook
    playbook: str = Field("zh-bank", description="name of a shipped pack, or a path")

    @field_validator("origins", mode="before")
    @classmethod
    def _separated(cls, value: object) -> object:
        return [origin.strip() for origin in value.split(",") if origin.strip()] if isinstance(value, str) else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line (init), then environment, then the TOML file; no .env and no secrets folder."""
        config = os.environ.get("COACH_CONFIG")
        files = (TomlConfigSettingsSource(settings_cls, Path(config)),) if config else ()
        return (init_settings, env_settings, *files)

    def signing_key(self) -> str | None:
        """The HS256 key, from the setting or its file; None where neither is set.

        Raises SettingsError when the file cannot be read or the key is shorter than 32 bytes (RFC 7518, 3.2).
        """
        key = self.secret.get_secret_value() if self.secret else None
        if key is None and self.secret_file is not None:
            try:
                key = self.secret_file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError("settings.secret_file", f"cannot read the secret file: {error}") from error
        if key is not None and len(key.encode()) < 32:
            raise SettingsError("settings.secret", "the signing key must be at least 32 bytes; "
                                "make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'")
        return key


def load(**overrides: Any) -> Settings:
    """The settings of this process; `overrides` (None means not given) win over environment and file.

    Raises SettingsError that names every wrong setting, never its value.
    """
    config = os.environ.get("COACH_CONFIG")
    if config and not Path(config).is_file():  # pydantic-settings would take its absence for an empty file
        raise SettingsError("settings.file", "there is no configuration file where COACH_CONFIG says")
    try:
        return Settings(**{key: value for key, value in overrides.items() if value is not None})
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise SettingsError("settings.invalid", wrong) from error
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
        raise SettingsError("settings.file", f"cannot read the configuration file: {error}") from error
