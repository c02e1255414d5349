"""Which articles need an editor, and what they were quoted for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from assistant.articles import Articles, Worry
from assistant.domain.articles import ArticleContent, ArticleKey
from assistant.domain.people import SYSTEM
from assistant.storage import articles as storage
from assistant.storage.database import Database
from assistant.storage.tables import Conversation, Customer, Message
from assistant.storage.tables.base import now

KEY = ArticleKey("hub", "en")
CHINESE = ArticleKey("hub", "zh-Hans")


@pytest.fixture
def articles(database: Database) -> Articles:
    """One published article, with a translation of the same age."""
    made = Articles(database)
    for key in (KEY, CHINESE):
        view = made.editing.create(key, ArticleContent(f"Hub {key.locale}", "Hold the button."), SYSTEM)
        made.editing.publish(key, view.revision, SYSTEM)
    return made


def change(database: Database, key: ArticleKey, **values: object) -> None:
    with database.write() as session:
        row = storage.by_key(session, key)
        assert row is not None
        for name, value in values.items():
            setattr(row, name, value)


def answer(database: Database, article: str, locale: str, outcome: str = "answered") -> None:
    """A conversation in which the assistant quoted an article."""
    with database.write() as session:
        customer = Customer()
        session.add(customer)
        session.flush()
        talk = Conversation(customer_id=customer.id, token_hash="x", token_expires_at=now())
        session.add(talk)
        session.flush()
        session.add(Message(conversation_id=talk.id, seq=1, role="customer", text="It blinks red"))
        citation = {"article": article, "locale": locale, "passage": "p1"}
        reply = {"reply_to": 1, "outcome": outcome, "citations": [citation]}
        session.add(Message(conversation_id=talk.id, seq=2, role="assistant", text="Hold it.", **reply))


def found(articles: Articles, worry: Worry) -> list[ArticleKey]:
    return [concern.key for concern in articles.upkeep.concerns("en")[worry]]


def test_a_sound_knowledge_base_worries_nobody(articles: Articles) -> None:
    assert not any(articles.upkeep.concerns("en").values())


def test_a_translation_falls_behind_the_leading_text_and_never_the_other_way(
    articles: Articles, database: Database
) -> None:
    change(database, KEY, updated_at=now() + timedelta(hours=2))
    assert found(articles, Worry.BEHIND) == [CHINESE]
    change(database, CHINESE, updated_at=now() + timedelta(hours=9))
    assert found(articles, Worry.BEHIND) == []


def test_votes_count_once_there_are_enough(articles: Articles, database: Database) -> None:
    change(database, KEY, helpful=2, unhelpful=2)
    assert found(articles, Worry.UNHELPFUL) == []
    change(database, KEY, helpful=3, unhelpful=2)
    assert found(articles, Worry.UNHELPFUL) == [KEY]


def test_a_waiting_draft_is_named(articles: Articles) -> None:
    articles.editing.save(KEY, ArticleContent("Hub", "Hold it for 10 seconds."), 1, SYSTEM)
    assert found(articles, Worry.CHANGED) == [KEY]


def test_a_missing_translation_is_named_with_its_language(articles: Articles) -> None:
    articles.editing.delete(CHINESE, 1, SYSTEM)
    made = articles.editing.create(ArticleKey("lock", "zh-Hans"), ArticleContent("门锁", "转动钥匙。"), SYSTEM)
    articles.editing.publish(made.key, made.revision, SYSTEM)
    missing = articles.upkeep.concerns("en")[Worry.UNTRANSLATED]
    assert {(concern.key, concern.missing) for concern in missing} == {(KEY, ("zh-Hans",)), (made.key, ("en",))}


def test_old_articles_that_no_answer_rests_on_are_named(articles: Articles, database: Database) -> None:
    long_ago = now() - timedelta(days=400)
    change(database, KEY, created_at=long_ago, updated_at=long_ago)
    assert found(articles, Worry.NEVER_QUOTED) == [KEY]
    assert found(articles, Worry.STALE) == [KEY]
    answer(database, "hub", "en", outcome="declined")
    assert found(articles, Worry.NEVER_QUOTED) == [KEY]
    answer(database, "hub", "en")
    assert found(articles, Worry.NEVER_QUOTED) == []


def test_quotations_are_the_questions_of_this_article(articles: Articles, database: Database) -> None:
    answer(database, "hub", "en")
    answer(database, "hub", "zh-Hans")
    answer(database, "lock", "en")
    (said,) = articles.upkeep.quotations("hub", ["en"])
    assert (said.passage, said.question, said.helpful) == ("p1", "It blinks red", None)
