"""The process's settings: where they come from, what is refused, and that all of them are documented."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from assistant.domain.installation import SECTIONS
from assistant.errors import SettingsError
from assistant.settings import PREFIX, Settings, load_settings, silence_tracing

DOCUMENT = (Path(__file__).parent.parent / "docs" / "settings.md").read_text("utf-8")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting but those that a test makes."""
    for name in list(os.environ):
        if name.startswith(PREFIX) or name in {"DATABASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OLLAMA_BASE_URL"}:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


class TestOrder:
    def test_defaults(self) -> None:
        assert load_settings().sqlalchemy_url == "sqlite:///data/askdesk.db"

    def test_command_line_over_environment_over_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        Path(".env").write_text(
            "ASKDESK_LLM=openai:file\nexport ASKDESK_EMBEDDER=file\n# ASKDESK_NONSENSE=1\n", "utf-8"
        )
        monkeypatch.setenv("ASKDESK_LLM", "openai:environment")
        monkeypatch.setenv("ASKDESK_DATA_DIR", "environment")
        settings = load_settings(data_dir=Path("line"))
        assert (settings.embedder, settings.llm, settings.data_dir) == ("file", "openai:environment", Path("line"))

    def test_conventional_name_unless_ours_is_given(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgres://u:p@h/d")
        assert load_settings().sqlalchemy_url == "postgresql+psycopg://u:p@h/d"
        monkeypatch.setenv("ASKDESK_DATABASE_URL", "postgresql://ours/d")
        assert load_settings().sqlalchemy_url == "postgresql+psycopg://ours/d"

    def test_empty_is_not_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ASKDESK_LLM_TIMEOUT", "")
        assert load_settings().llm_timeout == 20


class TestRefused:
    def test_unknown_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ASKDESK_DATADIR", "x")
        with pytest.raises(SettingsError, match=r"ASKDESK_DATADIR.*docs/settings\.md"):
            load_settings()

    def test_unknown_name_in_the_file(self) -> None:
        Path(".env").write_text("ASKDESK_LMM=openai:x\n", "utf-8")
        with pytest.raises(SettingsError, match="ASKDESK_LMM"):
            load_settings()

    @pytest.mark.parametrize(
        ("name", "value"), [("LLM_TIMEOUT", "soon"), ("LOG_LEVEL", "loud"), ("EMBEDDER_DTYPE", "int4")]
    )
    def test_unusable_value_is_named(self, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
        monkeypatch.setenv(PREFIX + name, value)
        with pytest.raises(SettingsError, match=PREFIX + name):
            load_settings()


def test_secrets_are_not_shown() -> None:
    shown = repr(
        load_settings(openai_api_key="sk-1", smtp_url="smtp://u:pw@h", admin_password="pw", identity_secret="pw")
    )
    assert "sk-1" not in shown
    assert "pw" not in shown


def test_tracing_stays_off_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    silence_tracing(load_settings(tracing=True))
    assert os.environ["LANGSMITH_TRACING"] == "true"
    silence_tracing(load_settings())
    assert os.environ["LANGSMITH_TRACING"] == "false"


class TestDocumentation:
    def test_every_variable_and_no_other(self) -> None:
        documented = re.findall(r"^\| `(ASKDESK_\w+)` \|", DOCUMENT, re.MULTILINE)
        assert sorted(documented) == sorted(PREFIX + name.upper() for name in Settings.model_fields)

    def test_every_stored_setting_and_no_other(self) -> None:
        documented = re.findall(r"^\| `([a-z]+\.\w+)` \|", DOCUMENT, re.MULTILINE)
        exists = [f"{section}.{field}" for section, model in SECTIONS.items() for field in model.model_fields]
        assert sorted(documented) == sorted(exists)

    def test_defaults(self) -> None:
        documented = re.findall(r"^\| `ASKDESK_(\w+)` \| (\S+) \|", DOCUMENT, re.MULTILINE)
        for name, said in documented:
            default = Settings.model_fields[name.lower()].default
            text = {True: "true", False: "false", "": "empty"}.get(
                default, f"{default:g}" if isinstance(default, float) else str(default)
            )
            assert said.strip("`") == text, name
