"""What a draft would change is what publishing it then changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.articles.rehearsals import Change, Draft, Rehearsals
from assistant.calibrations import Calibrations
from assistant.domain.answers import Outcome
from assistant.domain.articles import ArticleContent, ArticleKey
from assistant.flow.retrieve import KnowledgeRetriever
from assistant.knowledge.embedder import Embedder
from assistant.storage.database import Database
from assistant.storage.index_log import IndexLog
from ingest.indexing import new_passages
from tests.ingest.kb import Kb, opened

KEY = ArticleKey("delivery", "en")
DELIVERY = ArticleContent("What does delivery cost?", "Delivery costs 4.90 euros.\n\n## Time\n\nIt takes three days.\n")
HUB = ArticleContent("Reset the hub", "Hold the button for 10 seconds until the ring flashes white.")


@pytest.fixture
def kb(sqlite_url: str, tmp_path: Path, embedder: Embedder) -> Iterator[Kb]:
    """Two published articles."""
    database = Database(sqlite_url)
    with opened(database, tmp_path / "index", embedder) as made:
        made.publish("delivery", DELIVERY.body, DELIVERY.title)
        made.publish("hub", HUB.body, HUB.title)
        made.drain()
        yield made
    database.close()


@pytest.fixture
def calibrations(kb: Kb) -> Calibrations:
    return Calibrations(kb.database, IndexLog(kb.database), kb.index.writer)


@pytest.fixture
def rehearsals(kb: Kb, calibrations: Calibrations) -> Rehearsals:
    return Rehearsals(kb.database, kb.index, calibrations.current, lambda: 0.2, lambda: None)


def draft(content: ArticleContent, key: ArticleKey = KEY) -> Draft:
    return Draft(key, content, list(new_passages(key, content)))


def test_the_draft_replaces_what_is_published(rehearsals: Rehearsals) -> None:
    cheaper = ArticleContent(DELIVERY.title, DELIVERY.body.replace("4.90", "2.50"))
    (effect,) = rehearsals.effects(draft(cheaper), ["What does delivery cost?"], "en")
    assert effect.change is Change.NEW_TEXT
    assert "4.90" in effect.before.text
    assert "2.50" in effect.after.text
    assert "4.90" not in effect.after.text


def test_an_unchanged_draft_changes_nothing(rehearsals: Rehearsals) -> None:
    effects = rehearsals.effects(draft(DELIVERY), ["What does delivery cost?", "How do I reset the hub?"], "en")
    assert {effect.change for effect in effects} == {Change.SAME}


def test_a_draft_that_says_nothing_loses_its_answers(rehearsals: Rehearsals) -> None:
    effects = rehearsals.effects(Draft(KEY, DELIVERY), ["What does delivery cost?"], "en")
    assert effects[0].change in (Change.LOST, Change.OTHER_ARTICLE)


def test_a_new_article_gains_its_questions(rehearsals: Rehearsals) -> None:
    key = ArticleKey("gift", "en")
    gift = ArticleContent("How long is a gift card valid?", "A gift card is valid for three years.")
    (effect,) = rehearsals.effects(draft(gift, key), [gift.title], "en")
    assert effect.after.outcome is Outcome.ANSWERED
    assert effect.after.citations[0].article == "gift"
    assert effect.change in (Change.GAINED, Change.OTHER_ARTICLE)


def test_rehearsing_stores_and_indexes_nothing(kb: Kb, rehearsals: Rehearsals) -> None:
    before = kb.index.keywords.count(), kb.index.problems()
    cheaper = ArticleContent(DELIVERY.title, "Delivery is free.")
    rehearsals.ask(draft(cheaper), "What does delivery cost?", "en")
    assert (kb.index.keywords.count(), kb.index.problems()) == before
    assert kb.articles.reading.get("delivery").revision == 1


def test_scores_are_near_those_after_publishing(kb: Kb, calibrations: Calibrations, rehearsals: Rehearsals) -> None:
    question = "Is delivery to the islands free?"
    changed = ArticleContent(
        DELIVERY.title, "Delivery is free, to the islands as well.\n\n## Time\n\nIt takes three days."
    )
    foretold = rehearsals.ask(draft(changed), question, "en").after
    kb.publish("delivery", changed.body, changed.title)
    kb.drain()
    retriever = KnowledgeRetriever(kb.database, kb.index, calibrations.current)
    found = retriever.retrieve(question, language="en", audiences=frozenset({"public"}), error_budget=0.2)
    assert foretold.confidence == pytest.approx(found.confidence, abs=0.1)
