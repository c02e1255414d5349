"""The stored settings under what the environment fixes."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.domain.installation import InstallationSettings, Look
from assistant.domain.people import SYSTEM
from assistant.errors import Conflict, Invalid
from assistant.installation import Installation, SectionChange
from assistant.settings import Settings
from assistant.storage.database import Database


@pytest.fixture
def installation(database: Database) -> Installation:
    return Installation(database, Settings(_env_file=None))


def change(installation: Installation, section: Any, version: int = 0, **values: object) -> int:
    return installation.change({section: SectionChange(values, version)}, SYSTEM)[section].version


def test_defaults(installation: Installation) -> None:
    assert installation.current() == InstallationSettings()
    assert {view.version for view in installation.view().values()} == {0}


def test_change_is_seen_at_once_and_keeps_the_rest(installation: Installation) -> None:
    version = change(installation, "look", name=" Nimbus ", accent="#AA3300")
    assert change(installation, "look", version, accent="#112233") == version + 1
    look = installation.current().look
    assert (look.name, look.accent, look.accent_text) == ("Nimbus", "#112233", "#ffffff")


def test_other_process_sees_a_change_soon(installation: Installation, database: Database) -> None:
    other = Installation(database, Settings(_env_file=None))
    assert other.current().assistant.paused is False
    change(installation, "assistant", paused=True)
    other._read_at -= 1.0  # a second later
    assert other.current().assistant.paused is True


def test_stale_version_changes_nothing(installation: Installation) -> None:
    change(installation, "look", name="First")
    with pytest.raises(Conflict, match="look"):
        installation.change(
            {"service": SectionChange({"reply_minutes": 5}, 0), "look": SectionChange({"name": "Second"}, 0)}, SYSTEM
        )
    assert installation.current().look.name == "First"
    assert installation.current().service.reply_minutes == 240


@pytest.mark.parametrize(
    ("section", "values", "named"),
    [
        ("look", {"accent": "red"}, "accent"),
        ("look", {"accent": "#12345"}, "accent"),
        ("look", {"name": ""}, "name"),
        ("look", {"shoe_size": 4}, "shoe_size"),
        ("look", {"greetings": {"not a locale": "hi"}}, "greetings"),
        ("look", {"logo": "../../etc/passwd"}, "logo"),
        ("site", {"allowed_origins": ["example.com"]}, "allowed_origins"),
        ("site", {"allowed_origins": ["https://a.com/path"]}, "allowed_origins"),
        ("site", {"allowed_origins": ["https://a.com; script-src *"]}, "allowed_origins"),
        ("site", {"public_url": "javascript:alert(1)"}, "public_url"),
        ("hours", {"time_zone": "Mars/Olympus"}, "Mars/Olympus"),
        ("assistant", {"error_budget": 0.9}, "error_budget"),
        ("llm", {"spec": "gpt"}, "spec"),
        ("mail", {"sender": "a@b.c\r\nBcc: x@y.z"}, "sender"),
        ("privacy", {"retention_days": -1}, "retention_days"),
    ],
)
def test_wrong_value_is_named_and_not_stored(
    installation: Installation, section: str, values: dict[str, Any], named: str
) -> None:
    before = installation.current()
    with pytest.raises(Invalid, match=named):
        change(installation, section, **values)
    assert installation.current() == before


def test_secret_is_write_only(installation: Installation) -> None:
    version = change(installation, "llm", spec="openai:gpt", api_key="sk-secret")
    view = installation.view()["llm"]
    assert view.values["api_key"] == {"set": True}
    assert "sk-secret" not in str(view)
    assert "sk-secret" not in repr(installation.current())
    assert installation.current().llm.api_key.get_secret_value() == "sk-secret"
    version = change(installation, "llm", version, api_key={"set": True}, timeout=30)
    assert installation.current().llm.api_key.get_secret_value() == "sk-secret"
    change(installation, "llm", version, api_key="")
    assert installation.view()["llm"].values["api_key"] == {"set": False}


def test_environment_wins_and_says_so(database: Database) -> None:
    change(Installation(database, Settings(_env_file=None)), "site", allowed_origins=["https://stored.example"])
    given = Settings(
        _env_file=None,
        allowed_origins="https://Given.example/, *",
        llm="openai:m",
        openai_api_key="k",
        time_zone="Asia/Tokyo",
    )
    installation = Installation(database, given)
    assert installation.current().site.allowed_origins == ("https://given.example", "*")
    assert installation.current().llm.api_key.get_secret_value() == "k"
    view = installation.view()
    assert view["site"].fixed == {"allowed_origins": "ASKDESK_ALLOWED_ORIGINS"}
    assert view["hours"].fixed == {"time_zone": "ASKDESK_TIME_ZONE"}
    assert view["llm"].fixed == {"spec": "ASKDESK_LLM", "api_key": "ASKDESK_OPENAI_API_KEY"}
    with pytest.raises(Invalid, match="ASKDESK_TIME_ZONE"):
        change(installation, "hours", time_zone="UTC")
    change(installation, "hours", holidays=["2026-12-25"])


def test_key_of_one_provider_is_not_given_to_another(database: Database) -> None:
    installation = Installation(database, Settings(_env_file=None, llm="ollama:m", openai_api_key="k"))
    assert installation.current().llm.api_key.get_secret_value() == ""


def test_field_stored_by_a_newer_version_is_left_out(installation: Installation, database: Database) -> None:
    version = change(installation, "look", name="Nimbus")
    from assistant.storage import installation as storage

    with database.write() as session:
        assert storage.put(session, "installation.look", {"name": "Nimbus", "mascot": "owl"}, version)
    installation._cached = None
    assert installation.current().look.name == "Nimbus"


def test_key_is_made_once_and_differs_by_name(installation: Installation, database: Database) -> None:
    key = installation.key("links")
    assert len(key) == 32
    assert Installation(database, Settings(_env_file=None)).key("links") == key
    assert installation.key("other") != key


class TestGreeting:
    def test_nearest_language(self) -> None:
        look = Look(greetings={"en": "Hello", "zh-CN": "您好"})
        assert look.greeting("zh-Hans") == "您好"
        assert look.greeting("zh-Hant") == "您好"
        assert look.greeting("fr") == "Hello"

    def test_emptied(self) -> None:
        assert Look(greetings={}).greeting("zh-Hant").startswith("您好")
