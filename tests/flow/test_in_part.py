"""Questions with a story around them, put to articles that know nothing of the story."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.articles.reasons import Asked, Reasons
from assistant.domain.answers import Outcome
from assistant.domain.articles import ArticleKey
from assistant.errors import ModelUnavailable
from assistant.flow.parts import parts_of
from assistant.flow.request import Retrieved
from assistant.flow.retrieve import KnowledgeRetriever
from assistant.knowledge.calibration import log_odds
from assistant.knowledge.embedder import Embedder
from tests.flow.test_any_model import ARTICLES
from tests.ingest.kb import Kb, lasting

QUESTION = "can he still see what I do with the devices in the app"
STORY = f"my ex kept the telly and now the cats sleep on the router box, {QUESTION}"


@pytest.fixture(scope="module")
def kb(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Kb]:
    with lasting(tmp_path_factory.mktemp("stories"), migrated_sqlite, embedder) as made:
        for name, (title, body) in ARTICLES.items():
            made.publish(name, body, title)
        made.drain()
        yield made


def searched(retriever: KnowledgeRetriever, message: str, parts: Sequence[str] | None = None) -> Retrieved:
    told = parts_of(message) if parts is None else parts
    asked: dict[str, Any] = {"language": "en", "audiences": frozenset({"public"}), "error_budget": 0.0}
    return retriever.retrieve(message, parts=told, **asked)


def test_the_question_in_a_story_is_answered_and_the_record_says_what_it_was(reasons: Reasons) -> None:
    answer = reasons.ask(STORY, "en")
    assert answer.outcome is Outcome.ANSWERED
    assert [one.article for one in answer.citations] == ["members"]
    assert answer.trace["part"] == QUESTION
    assert answer.trace["weighed"]["part"] > 0


def test_the_clause_is_believed_more_than_the_whole(retriever: KnowledgeRetriever) -> None:
    found, whole = searched(retriever, STORY), searched(retriever, STORY, ())
    vectors, _ = retriever._vectors(STORY, [QUESTION])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retriever, "_vectors", lambda *_asked: ([vectors[1]], _))
        alone = searched(retriever, QUESTION, ())
    sure, unsure = log_odds(alone.confidence), log_odds(whole.confidence)
    assert unsure < log_odds(found.threshold) < log_odds(found.confidence) < sure
    assert log_odds(found.confidence) == pytest.approx((unsure + 2 * sure) / 3, abs=0.01)
    assert found.weighed["part"] == pytest.approx(log_odds(found.confidence) - unsure)


def test_what_leads_elsewhere_by_itself_makes_nothing_surer(retriever: KnowledgeRetriever) -> None:
    whole, elsewhere = searched(retriever, STORY, []), "How long is the warranty?"
    assert searched(retriever, elsewhere).confidence > whole.confidence
    found = searched(retriever, STORY, [elsewhere])
    assert (found.part, found.confidence) == ("", whole.confidence)
    assert "part" not in found.weighed


def test_what_goes_on_from_a_question_before_is_no_part_of_it() -> None:
    asked = Asked(f"my ex kept the telly\n{QUESTION}", follow_up=True)
    assert asked.parts == ()
    assert set(Asked(asked.query).parts) == {"my ex kept the telly", QUESTION}


def test_without_an_encoder_a_message_is_taken_as_a_whole(kb: Kb, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_given: Any) -> None:
        raise ModelUnavailable("It is away.")

    monkeypatch.setattr(Embedder, "_read", away)
    found = searched(kb.retriever(), STORY)
    assert found.degraded == "dense"
    assert found.part == ""


def test_a_message_and_its_parts_are_read_once(kb: Kb, monkeypatch: pytest.MonkeyPatch) -> None:
    retriever = kb.retriever()
    read: list[str] = []
    read_by_the_model = Embedder._read

    def noted(embedder: Embedder, texts: list[str], prompt: str) -> Any:
        read.extend(texts)
        return read_by_the_model(embedder, texts, prompt)

    monkeypatch.setattr(Embedder, "_read", noted)
    first, again = searched(retriever, STORY), searched(retriever, STORY)
    assert first.part == again.part == QUESTION
    assert read == [STORY]


def test_slips_in_a_part_are_those_of_the_whole(retriever: KnowledgeRetriever) -> None:
    story = "my ex kept the telly, now the cats sleep on the router box and mum is cross with all of us"
    found = searched(retriever, f"{story}, do you charge when you send the pracel")
    assert found.spelled == {"pracel": "parcel"}
    assert found.part == "do you charge when you send the parcel"


def test_why_not_another_article_is_as_sure_as_the_answer_was(reasons: Reasons) -> None:
    asked = reasons.why_not(Asked(STORY), ArticleKey("refund", "en"))
    assert asked.confidence == pytest.approx(reasons.ask(STORY, "en").confidence, abs=1e-4)
    assert asked.lost
