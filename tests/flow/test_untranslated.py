"""Questions about articles that are not there in their language, put to a knowledge base translated in part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.articles.reasons import Asked, Reasons
from assistant.domain.articles import ArticleKey, Audience
from assistant.flow.retrieve import KnowledgeRetriever
from assistant.knowledge import dictionary
from assistant.knowledge.calibration import log_odds
from assistant.knowledge.embedder import Embedder
from assistant.knowledge.stages import Watch
from assistant.storage.articles import Untranslated
from tests.flow.test_abroad import ARTICLES as CHINESE
from tests.flow.test_abroad import searched
from tests.ingest.kb import Kb, lasting

ENGLISH = {
    "camera": ("Camera", "Put the camera beside the door, about two metres high. Do not point it at a window."),
    "password": ("Password", "Click “Forgot password” on the sign-in page. The link is valid for an hour."),
    "warranty": ("Warranty", "The warranty lasts two years from delivery. Broken by force is not covered."),
    "doorbell": ("Doorbell", "The doorbell rings on every phone of the household. It can be muted at night."),
}


@pytest.fixture(scope="module")
def kb(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, embedder: Embedder, models_dir: Path
) -> Iterator[Kb]:
    dictionary.configure(models_dir)
    dictionary.warm_up()
    with lasting(tmp_path_factory.mktemp("in-part"), migrated_sqlite, embedder) as made:
        for locale, articles in (("zh-Hans", CHINESE), ("en", ENGLISH)):
            for name, (title, body) in articles.items():
                made.publish(name, body, title, locale)
        made.publish("staff", "Staff get ten percent off.", "Staff discount", audience=Audience.AGENTS)
        made.drain()
        yield made


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("How long does a refund to my credit card take?", "refund"),
        ("Where do I download the invoice?", "invoice"),
        ("How do I replace the battery?", "battery"),
    ],
)
def test_what_is_in_another_language_alone_is_found_by_what_words_mean(
    retriever: KnowledgeRetriever, question: str, article: str
) -> None:
    found = searched(retriever, question)
    assert (found.hits[0].passage.article, found.hits[0].passage.locale) == (article, "zh-Hans")
    assert found.meanings
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    articles = [hit.passage.article for hit in found.hits]
    last = max(place for place, name in enumerate(articles) if name not in ENGLISH)
    assert {name for name in articles[: last + 1]} & set(ENGLISH) == set()
    assert set(articles[last + 1 :]) <= set(ENGLISH)
    assert all(sum(hit.why.values()) == pytest.approx(hit.score, abs=1e-3) for hit in found.hits)


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("How high do I put the camera?", "camera"),
        ("Can I mute the doorbell at night?", "doorbell"),
        ("I forgot my password", "password"),
    ],
)
def test_what_is_there_in_the_language_of_the_question_is_quoted_in_it(
    reasons: Reasons, retriever: KnowledgeRetriever, question: str, article: str
) -> None:
    found = searched(retriever, question)
    assert (found.hits[0].passage.article, found.hits[0].passage.locale) == (article, "en")
    assert found.meanings == {}
    answer = reasons.ask(question, "en")
    assert [(one.article, one.locale) for one in answer.citations] == [(article, "en")]


def test_what_speaks_for_an_answer_adds_up(retriever: KnowledgeRetriever) -> None:
    for question in ("How high do I put the camera?", "How do I replace the battery?", "What is a black hole?"):
        found = searched(retriever, question)
        assert log_odds(found.confidence) == pytest.approx(sum(found.weighed.values()), abs=1e-6)
    assert searched(retriever, "How do I replace the battery?").weighed["untranslated"] < 0


def test_nobody_looks_for_untranslated_articles_that_could_not_be_sure_enough(
    retriever: KnowledgeRetriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = Untranslated(frozenset({"zh-Hans"}), 0.001)
    monkeypatch.setattr(retriever, "_untranslated", lambda *_: few)
    found = searched(retriever, "How do I replace the battery?")
    assert found.meanings == {}
    assert "untranslated" not in found.weighed


def test_what_an_audience_cannot_read_is_not_missing_in_its_language(retriever: KnowledgeRetriever) -> None:
    everyone, staff = frozenset({"public"}), frozenset({"public", "agents"})
    assert retriever._untranslated("zh-Hans", everyone) == Untranslated(frozenset(), 0.0)
    assert retriever._untranslated("zh-Hans", staff) == Untranslated(frozenset({"en"}), 1 / 9)


def test_why_not_follows_the_search_that_answered(reasons: Reasons) -> None:
    asked = Asked("Where do I download the invoice?")
    first = reasons.why_not(asked, ArticleKey("invoice", "zh-Hans"))
    assert first.winner is not None
    assert (first.winner.article, first.lost) == ("invoice", "")
    assert next(step for step in first.steps if step.stage == "fused").rank == 1
    assert "untranslated" not in [step.stage for step in first.steps]
    at_home = {name: reasons.why_not(asked, ArticleKey(name, "en")) for name in ENGLISH}
    assert {name: found.lost for name, found in at_home.items()} == {
        "camera": "fused",
        "doorbell": "fused",
        "password": "untranslated",
        "warranty": "fused",
    }


def test_why_not_reads_an_article_in_the_language_of_the_question_as_it_is(reasons: Reasons) -> None:
    asked = Asked("Is the warranty valid if the battery breaks?")
    found = reasons.why_not(asked, ArticleKey("warranty", "en"))
    assert "warranty" in next(step for step in found.steps if step.stage == "keyword").facts["has"]


def test_watching_changes_nothing(retriever: KnowledgeRetriever) -> None:
    for question in ("How do I replace the battery?", "How high do I put the camera?"):
        watched = retriever.retrieve(
            question, language="en", audiences=frozenset({"public"}), error_budget=0.0, watch=Watch(("none",))
        )
        plain = searched(retriever, question)
        assert [hit.passage.id for hit in watched.hits] == [hit.passage.id for hit in plain.hits]
        assert watched.confidence == plain.confidence
