"""The process's settings: read once from the environment (and ``.env``), frozen, and passed down.

What an admin changes while the server runs is not here but in ``assistant.domain.installation``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from assistant.errors import SettingsError

PREFIX = "ASKDESK_"


class Settings(BaseSettings):
    """Everything that is decided before the process starts. Each field is ``ASKDESK_<NAME>`` in the environment."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
    )

    data_dir: Path = Field(Path("data"), description="Where the database, indexes and models live.")
    database_url: str = Field("", description="PostgreSQL address; empty means SQLite in the data directory.")
    chroma_url: str = Field("", description="Address of a Chroma server; empty means embedded.")
    embedder: str = Field("bundled", description="`bundled`, or a sentence-transformers id or folder.")
    reranker: str = Field(
        "off",
        description="What reads the best passages with the question: `off`, `bundled`, or a sentence-transformers "
        "cross-encoder's id or folder.",
    )
    embedder_dtype: Literal["auto", "fp32", "bf16"] = Field("auto", description="Number format of the encoder.")
    llm: str = Field(
        "", description="Empty (extractive), `openai:MODEL`, `ollama:MODEL` or `transformers:FOLDER_OR_ID`."
    )
    llm_timeout: float = Field(20.0, description="Seconds to wait for the model's first words.", gt=0)
    openai_api_key: str = Field("", description="Key for an OpenAI-compatible server.", repr=False)
    openai_base_url: str = Field("", description="Address of an OpenAI-compatible server.")
    ollama_base_url: str = Field("", description="Address of an Ollama server.")
    public_url: str = Field("", description="The address customers see; links in mails start with it.")
    allowed_origins: str = Field("", description="Sites that may embed the widget, separated by commas; `*` means any.")
    trusted_proxies: str = Field("", description="Proxies whose X-Forwarded headers are believed, separated by commas.")
    admin_email: str = Field("", description="The first admin's e-mail.")
    admin_password: str = Field(
        "", description="The first admin's password; used only while no admin exists.", repr=False
    )
    identity_secret: str = Field(
        "", description="Secret or public key with which the site signs customers' identities.", repr=False
    )
    smtp_url: str = Field(
        "", description="smtp://user:password@host:587 or smtps://…; empty means no mail.", repr=False
    )
    mail_from: str = Field("", description="Sender of outgoing mail.")
    default_locale: str = Field("en", description="Locale of articles and customers that say nothing of theirs.")
    time_zone: str = Field("", description="Time zone of days in reports and of opening hours, such as Europe/Berlin.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")
    log_format: Literal["json", "text"] = Field("json", description="Shape of log lines on standard error.")
    tracing: bool = Field(False, description="Let LangChain send traces where LANGSMITH_* points. Off: nothing leaves.")
    development: bool = Field(False, description="Serve the style guide and reload templates.")

    @property
    def sqlalchemy_url(self) -> str:
        """The database's address in SQLAlchemy's spelling."""
        url = self.database_url
        if not url:
            return f"sqlite:///{self.data_dir / 'askdesk.db'}"
        for scheme in ("postgresql://", "postgres://"):
            if url.startswith(scheme):
                return "postgresql+psycopg://" + url.removeprefix(scheme)
        return url

    @property
    def models_dir(self) -> Path:
        """Where unpacked models live."""
        return self.data_dir / "models"

    @property
    def index_dir(self) -> Path:
        """Where disposable indexes live."""
        return self.data_dir / "index"

    @property
    def origins(self) -> tuple[str, ...]:
        """The sites that may embed the widget, as the environment names them."""
        return tuple(part.strip().rstrip("/") for part in self.allowed_origins.split(",") if part.strip())


_CONVENTIONAL = {
    "DATABASE_URL": "database_url",
    "OPENAI_API_KEY": "openai_api_key",
    "OPENAI_BASE_URL": "openai_base_url",
    "OLLAMA_BASE_URL": "ollama_base_url",
}

# Read by scripts around the server rather than by it.
_OUTSIDE = {"ASKDESK_TEST_CACHE"}


def _unknown_names(environment: Mapping[str, str]) -> list[str]:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | _OUTSIDE
    return sorted(name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in known)


def _dotenv_names() -> Mapping[str, str]:
    path = Path(".env")
    if not path.is_file():
        return {}
    lines = (line.strip().removeprefix("export ") for line in path.read_text("utf-8").splitlines())
    return {line.split("=", 1)[0].strip(): "" for line in lines if "=" in line and not line.startswith("#")}


def load_settings(**overrides: object) -> Settings:
    """The settings of this process; ``overrides`` are what the command line said.

    Raises:
        SettingsError: an unknown ``ASKDESK_…`` name, or a value that cannot be used; the message names it.
    """
    unknown = _unknown_names({**_dotenv_names(), **os.environ})
    if unknown:
        raise SettingsError(f"Unknown setting {', '.join(unknown)}. See docs/settings.md for the names that exist.")
    conventional = {
        field: os.environ[name]
        for name, field in _CONVENTIONAL.items()
        if os.environ.get(name) and not os.environ.get(PREFIX + field.upper())
    }
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**{**conventional, **given})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper() if first["loc"] else "a setting"
        raise SettingsError(f"{name} cannot be used: {first['msg']}.") from error


def silence_tracing(settings: Settings) -> None:
    """Keep LangChain from phoning home, whatever LANGSMITH_* or LANGCHAIN_* say, unless it was asked for."""
    if settings.tracing:
        return
    for name in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2"):
        os.environ[name] = "false"
