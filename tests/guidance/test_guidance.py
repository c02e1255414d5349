"""Guidance: drafts, publishing, revisions, and the rules that hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from assistant.domain.guidance import RuleKind
from assistant.domain.installation import AssistantBehaviour, InstallationSettings
from assistant.domain.people import SYSTEM, Actor
from assistant.errors import Conflict, Invalid, NotFound
from assistant.guidance import Guidance
from assistant.storage import migrate
from assistant.storage.database import Database
from assistant.storage.tables import AuditEntry, User

BRIEF = {"kind": "tone", "text": "At most  three sentences."}
DATES = {"kind": "promise", "text": "Never promise a date.", "phrases": ["within * hours", " within *  hours "]}


@pytest.fixture
def guidance(database: Database) -> Guidance:
    return Guidance(database, InstallationSettings)


@pytest.fixture
def ida(database: Database) -> Actor:
    with database.write() as session:
        session.add(User(id="ida", email="ida@example.com", password_hash="x", roles=["editor"]))
    return Actor("ida", "ida@example.com")


def texts(guidance: Guidance) -> list[str]:
    """What models are told, without what the settings stand for."""
    return [rule.text for rule in guidance.in_force() if not rule.id.startswith("address-")]


class TestWriting:
    def test_a_draft_changes_nothing_until_it_is_published(self, guidance: Guidance, ida: Actor) -> None:
        saved = guidance.save([BRIEF, DATES], 0, ida)
        assert (saved.draft.number, saved.published.number, saved.changed) == (1, 0, True)
        assert texts(guidance) == []
        published = guidance.publish(1, ida)
        assert (published.published.number, published.published.published_by, published.changed) == (1, "ida", False)
        assert texts(guidance) == ["At most three sentences.", "Never promise a date."]

    def test_what_is_saved_is_tidied_and_kept(self, guidance: Guidance) -> None:
        topic = {"kind": "topic", "text": "x", "words": ["hub", "hub", ""], "phrases": ["no"], "locales": ["zh-TW"]}
        first, second = guidance.save([{**DATES, "id": "d", "words": ["x"]}, topic], 0, SYSTEM).draft.rules
        assert (first.id, first.kind, first.phrases, first.words) == ("d", RuleKind.PROMISE, ("within * hours",), ())
        assert (second.words, second.phrases, second.locales) == (("hub",), (), ("zh-Hant",))
        assert second.id
        assert guidance.state().draft.rules == (first, second)

    def test_who_did_it_is_kept_and_audited(self, guidance: Guidance, database: Database, ida: Actor) -> None:
        guidance.save([BRIEF], 0, ida)
        guidance.publish(1, ida)
        guidance.publish(1, SYSTEM)
        [revision] = guidance.revisions()
        assert (revision.author_id, revision.published_by) == ("ida", "ida")
        assert revision.created_at is not None
        with database.read() as session:
            said = [(entry.actor_id, entry.action, entry.detail) for entry in session.scalars(select(AuditEntry))]
        assert said == [
            ("ida", "guidance.saved", {"revision": 1}),
            ("ida", "guidance.published", {"revision": 1}),
        ]

    def test_an_older_revision_comes_back_as_a_new_draft(self, guidance: Guidance) -> None:
        guidance.save([BRIEF], 0, SYSTEM)
        guidance.save([], 1, SYSTEM)
        state = guidance.revert(2, 1, SYSTEM)
        assert (state.draft.number, [rule.text for rule in state.draft.rules]) == (3, ["At most three sentences."])
        with pytest.raises(NotFound):
            guidance.revert(3, 9, SYSTEM)


class TestStaleWrites:
    @pytest.mark.parametrize(
        "write",
        [
            lambda guidance: guidance.save([], 0, SYSTEM),
            lambda guidance: guidance.save([], 2, SYSTEM),
            lambda guidance: guidance.revert(0, 1, SYSTEM),
            lambda guidance: guidance.publish(0, SYSTEM),
            lambda guidance: guidance.publish(2, SYSTEM),
        ],
    )
    def test_refused_and_nothing_is_lost(self, guidance: Guidance, write: Callable[[Guidance], Any]) -> None:
        guidance.save([BRIEF], 0, SYSTEM)
        with pytest.raises(Conflict):
            write(guidance)
        state = guidance.state()
        assert (state.draft.number, state.published.number, len(state.draft.rules)) == (1, 0, 1)

    def test_an_older_draft_is_not_published_over_a_newer(self, guidance: Guidance) -> None:
        guidance.save([BRIEF], 0, SYSTEM)
        guidance.save([DATES], 1, SYSTEM)
        with pytest.raises(Conflict):
            guidance.publish(1, SYSTEM)


class TestRefused:
    @pytest.mark.parametrize(
        ("rule", "field"),
        [
            ({"kind": "tone", "text": " "}, "text"),
            ({"kind": "tone", "text": "x" * 301}, "text"),
            ({"kind": "mood", "text": "x"}, "kind"),
            ({"kind": "topic", "text": "x"}, "words"),
            ({"kind": "promise", "text": "x", "phrases": ["*"]}, "phrases"),
            ({"kind": "promise", "text": "x", "phrases": ["!!"]}, "phrases"),
            ({"kind": "promise", "text": "x", "phrases": ["y" * 101]}, "phrases"),
            ({"kind": "promise", "text": "x", "phrases": [f"p{n}" for n in range(31)]}, "phrases"),
            ({"kind": "tone", "text": "x", "locales": ["no language"]}, "locale"),
        ],
    )
    def test_a_rule_that_cannot_be_used(self, guidance: Guidance, rule: dict[str, Any], field: str) -> None:
        with pytest.raises(Invalid) as caught:
            guidance.save([rule], 0, SYSTEM)
        assert caught.value.details["field"] == field
        assert guidance.state().draft.number == 0

    def test_too_many_and_two_of_one_id(self, guidance: Guidance) -> None:
        for rules in ([BRIEF] * 51, [{**BRIEF, "id": "a"}, {**BRIEF, "id": "a"}]):
            with pytest.raises(Invalid):
                guidance.save(rules, 0, SYSTEM)


def test_settings_stand_for_rules_too(database: Database) -> None:
    told = InstallationSettings(assistant=AssistantBehaviour(address="informal", tone="Be brief."))
    guidance = Guidance(database, lambda: told)
    assert any("“你”" in rule.text for rule in guidance.in_force())
    assert texts(guidance) == ["Be brief."]
    guidance.save([{"kind": "address", "text": "Always 您.", "locales": ["zh-Hans"]}], 0, SYSTEM)
    guidance.publish(1, SYSTEM)
    assert not any("“你”" in rule.text for rule in guidance.in_force())


def test_what_was_set_as_tone_becomes_the_first_revision(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'old.db'}")
    with migrate.changing(database) as connection:
        migrate.upgrade_within(connection, "0003")
        connection.execute(
            text("INSERT INTO settings VALUES ('installation.assistant', :value, 4, '2026-01-01 00:00:00')"),
            {"value": '{"tone": "Be  brief.\\n\\nNo jargon.", "address": "informal"}'},
        )
        migrate.upgrade_within(connection, migrate.head())
    guidance = Guidance(database, InstallationSettings)
    assert texts(guidance) == ["Be brief.", "No jargon."]
    with database.read() as session:
        kept = session.execute(text("SELECT value FROM settings WHERE key = 'installation.assistant'")).scalar_one()
    assert "brief" not in kept
    assert "informal" in kept
    database.close()
