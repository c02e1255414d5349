"""Which articles an audience can read in a language, and the language that an answer of a trial was found in."""

from __future__ import annotations

import pytest

from assistant.domain.articles import Audience
from assistant.storage import articles, trials
from assistant.storage.articles import Untranslated
from assistant.storage.database import Database
from assistant.storage.tables import Article, Trial, TrialQuestion
from assistant.storage.tables.base import now

PUBLIC = [Audience.PUBLIC]
EVERYONE = list(Audience)


@pytest.fixture
def filled(database: Database) -> Database:
    rows = [
        ("refund", "en", 1, Audience.PUBLIC, None),
        ("refund", "zh-Hant", 1, Audience.PUBLIC, None),
        ("invoice", "en", 1, Audience.PUBLIC, None),
        ("invoice", "zh-Hans", None, Audience.PUBLIC, None),  # a draft is nothing to read
        ("battery", "zh-Hans", 2, Audience.PUBLIC, None),
        ("battery", "zh-Hant", 1, Audience.PUBLIC, None),
        ("console", "en", 1, Audience.AGENTS, None),
        ("old", "sv", 1, Audience.PUBLIC, now()),
    ]
    with database.write() as session:
        for name, locale, published, audience, deleted in rows:
            session.add(
                Article(
                    article_id=name,
                    locale=locale,
                    title=name,
                    published=published,
                    audience=str(audience),
                    deleted_at=deleted,
                )
            )
    return database


@pytest.mark.parametrize(
    ("language", "audiences", "missing"),
    [
        ("zh", PUBLIC, Untranslated(frozenset({"en"}), 1 / 3)),
        ("zh", EVERYONE, Untranslated(frozenset({"en"}), 2 / 4)),
        ("en", PUBLIC, Untranslated(frozenset({"zh-Hans", "zh-Hant"}), 1 / 3)),
        ("z", PUBLIC, Untranslated(frozenset({"en", "zh-Hans", "zh-Hant"}), 1.0)),
        ("en", [Audience.AGENTS], Untranslated(frozenset(), 0.0)),
    ],
)
def test_what_is_published_in_no_locale_of_a_language_is_missing_in_it(
    filled: Database, language: str, audiences: list[Audience], missing: Untranslated
) -> None:
    with filled.read() as session:
        assert articles.untranslated(session, language, audiences) == missing


def test_nothing_is_missing_where_there_is_nothing(database: Database) -> None:
    with database.read() as session:
        assert articles.untranslated(session, "en", PUBLIC) == Untranslated(frozenset(), 0.0)


def test_translated_are_those_that_an_audience_can_read_in_a_language(filled: Database) -> None:
    names = ["refund", "invoice", "battery", "console", "old", "nobody"]
    with filled.read() as session:
        assert articles.translated(session, names, "zh", PUBLIC) == {"refund", "battery"}
        assert articles.translated(session, names, "en", PUBLIC) == {"refund", "invoice"}
        assert articles.translated(session, names, "en", EVERYONE) == {"refund", "invoice", "console"}
        assert articles.translated(session, [], "en", EVERYONE) == set()


def test_a_question_of_a_trial_tells_the_language_of_what_was_found(database: Database) -> None:
    candidates = [[{"locale": "zh-Hans"}, {"locale": "en"}], []]
    with database.write() as session:
        session.add(Trial(id="t", name="t.csv", seed=1, sample_size=10, error_budget=0.0))
        session.flush()
        for number, found in enumerate(candidates, 1):
            session.add(
                TrialQuestion(
                    trial_id="t", number=number, row=number, text="?", locale="en", query="?", candidates=found
                )
            )
    with database.read() as session:
        assert sorted(str(row.found_in) for row in trials.searched(session, "t")) == ["None", "zh-Hans"]
