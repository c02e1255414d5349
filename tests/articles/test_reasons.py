"""Why not that article? Each stage of a real search loses one, and says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.articles.reasons import Asked, Reasons, Step, WhyNot
from assistant.domain.answers import Outcome
from assistant.domain.articles import ArticleContent, ArticleKey, Audience
from assistant.domain.people import SYSTEM
from assistant.errors import NotFound
from assistant.flow.retrieve import KnowledgeRetriever
from assistant.knowledge.embedder import Embedder
from assistant.knowledge.segment import as_written
from tests.ingest.kb import Kb, lasting

HUB = "Hold the button on the back of the hub for ten seconds until the ring flashes white."
FILLER = (
    "Parcels to the islands arrive on the third working day.",
    "An invoice is sent by mail on the first of each month.",
    "Batteries of the camera are charged by the cable in the box.",
    "A voucher is valid until the end of the next year.",
    "The doorbell rings on every phone of the household.",
    "Sensors are glued to the frame of a window.",
)
CROWD = 30


@pytest.fixture(scope="module")
def kb(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Kb]:
    """A small knowledge base in which every stage has something to lose, and a crowd that fills the searches."""
    with lasting(tmp_path_factory.mktemp("reasons"), migrated_sqlite, embedder) as made:
        made.publish("hub-reset", HUB, "Reset the hub", alternates=("How do I reset my hub?",))
        made.publish("hub-reset-copy", HUB, "Reset the hub again")
        made.publish(
            "hub-led", "A white ring means that the hub is ready. Red means that it is offline.", "Lights of the hub"
        )
        made.publish(
            "staff-reset", "Agents may reset a hub from the console.", "Reset a hub remotely", audience=Audience.AGENTS
        )
        made.publish("gone", "Resetting the hub needs a pin.", "Old way to reset the hub")
        for number, text in enumerate(FILLER):
            made.publish(f"filler-{number}", text)
        for number in range(CROWD):
            made.publish(
                f"reset-{number}", f"To reset device number {number}, hold its button.", f"Reset device {number}"
            )
        made.publish("hub-reset", "按住网关背面的按钮十秒，直到指示灯闪白光。", "重置网关", "zh-Hans")
        made.articles.editing.create(ArticleKey("draft", "en"), ArticleContent("Reset the hub", HUB), SYSTEM)
        made.drain()
        gone = made.articles.reading.get("gone", "en")
        made.articles.editing.unpublish(ArticleKey("gone", "en"), gone.revision, SYSTEM)
        made.drain()
        yield made


@pytest.fixture(scope="module")
def retriever(kb: Kb) -> KnowledgeRetriever:
    return kb.retriever()


@pytest.fixture
def reasons(kb: Kb, retriever: KnowledgeRetriever) -> Reasons:
    return Reasons(kb.database, retriever, lambda: 0.2)


def step(found: WhyNot, stage: str) -> Step:
    return next(one for one in found.steps if one.stage == stage)


RESET = Asked("How do I reset my hub?")


def test_what_is_quoted_has_lost_nowhere(reasons: Reasons) -> None:
    found = reasons.why_not(RESET, ArticleKey("hub-reset", "en"))
    assert found.lost == ""
    assert found.outcome == Outcome.ANSWERED
    assert all(one.ok for one in found.steps), found.steps
    assert [one.stage for one in found.steps] == [
        "understood", "visible", "keyword", "dense", "fused", "translation", "duplicates", "decision", "quote",
    ]  # fmt: skip
    assert step(found, "dense").rank == step(found, "fused").rank == 1
    assert found.best == found.winner


@pytest.mark.parametrize(("intent", "lost"), [("greeting", "understood"), ("still_unsolved", "")])
def test_what_was_not_searched_lost_before_any_search(reasons: Reasons, intent: str, lost: str) -> None:
    found = reasons.why_not(Asked("How do I reset my hub?", intent=intent), ArticleKey("hub-reset", "en"))
    assert found.lost == lost


@pytest.mark.parametrize(("article", "status"), [("draft", "draft"), ("gone", "draft"), ("staff-reset", "audience")])
def test_what_the_customer_may_not_see_is_lost_as_invisible(reasons: Reasons, article: str, status: str) -> None:
    found = reasons.why_not(RESET, ArticleKey(article, "en"))
    assert (found.lost, step(found, "visible").facts["status"]) == ("visible", status)


def test_an_agent_sees_what_a_customer_does_not(reasons: Reasons) -> None:
    asked = Asked("How do I reset a hub remotely?", audiences=frozenset({"public", "agents"}))
    assert reasons.why_not(asked, ArticleKey("staff-reset", "en")).lost == ""


def test_what_neither_search_takes_up_was_no_candidate(reasons: Reasons) -> None:
    found = reasons.why_not(Asked("How do I reset device number 7?"), ArticleKey("filler-1", "en"))
    assert found.lost == "candidates"
    dense, keyword = step(found, "dense"), step(found, "keyword")
    assert not dense.ok
    assert dense.rank > 24
    assert 0 < (dense.score or 0) < 1
    assert (keyword.ok, keyword.rank, keyword.score) == (False, 0, None)
    assert keyword.facts["lacks"] == ["reset", "device", "number", "7"]


def test_what_another_article_beats_is_lost_in_the_ranking(reasons: Reasons) -> None:
    found = reasons.why_not(RESET, ArticleKey("hub-led", "en"))
    assert found.lost == "fused"
    ranked = step(found, "fused")
    assert ranked.rank > 1
    parts = {"dense", "keyword", "coverage", "title", "together"}
    assert set(ranked.facts["parts"]) == set(ranked.facts["winner_parts"]) == parts
    assert sum(ranked.facts["winner_parts"].values()) > sum(ranked.facts["parts"].values())
    assert step(found, "keyword").facts["has"] == ["hub"]
    assert found.winner is not None
    assert found.winner.article == "hub-reset"


def test_a_translation_gives_way_to_the_customers_language(reasons: Reasons) -> None:
    found = reasons.why_not(Asked("怎么重置网关？", "zh-Hans"), ArticleKey("hub-reset", "en"))
    assert found.lost == "translation"
    assert found.winner is not None
    assert (found.winner.article, found.winner.locale) == ("hub-reset", "zh-Hans")
    assert step(found, "translation").facts["gave_way_to"] == found.winner.passage


def test_a_double_gives_way_to_what_says_the_same(reasons: Reasons) -> None:
    found = reasons.why_not(RESET, ArticleKey("hub-reset-copy", "en"))
    assert found.lost == "duplicates"
    assert step(found, "fused").rank > 1


def test_the_best_article_loses_to_the_threshold(kb: Kb, retriever: KnowledgeRetriever) -> None:
    strict = Reasons(kb.database, retriever, lambda: 0.001)
    found = strict.why_not(Asked("Is the doorbell loud?"), ArticleKey("filler-4", "en"))
    assert found.lost == "decision"
    assert step(found, "fused").rank == 1
    facts = step(found, "decision").facts
    assert facts["confidence"] < facts["threshold"]


def test_an_unknown_code_stops_the_answer(reasons: Reasons) -> None:
    found = reasons.why_not(Asked("How do I reset my hub X9?"), ArticleKey("hub-reset", "en"))
    assert found.lost == "decision"
    assert step(found, "decision").facts["codes"] == ["X9"]


def test_what_was_published_since_is_told(kb: Kb, reasons: Reasons) -> None:
    now = datetime.now(UTC)
    key = ArticleKey("hub-reset", "en")
    before, after = (
        step(reasons.why_not(Asked(RESET.query, at=at), key), "visible").facts["changed_since"]
        for at in (now - timedelta(days=1), now + timedelta(days=1))
    )
    assert (before, after) == (True, False)


def test_an_article_that_never_was_is_not_found(reasons: Reasons) -> None:
    with pytest.raises(NotFound, match="nothing-here"):
        reasons.why_not(RESET, ArticleKey("nothing-here", "en"))


def test_watching_changes_no_ranking(retriever: KnowledgeRetriever) -> None:
    from assistant.knowledge.stages import Watch

    asked = {"language": "en", "audiences": frozenset({"public"}), "error_budget": 0.2}
    plain = retriever.retrieve(RESET.query, **asked)  # type: ignore[arg-type]
    watched = retriever.retrieve(RESET.query, **asked, watch=Watch(("x",)))  # type: ignore[arg-type]
    assert [hit.passage.id for hit in plain.hits] == [hit.passage.id for hit in watched.hits]
    assert plain.confidence == watched.confidence


def test_a_question_read_with_the_one_before_it_needs_no_vectors_of_both(
    retriever: KnowledgeRetriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded: list[str] = []
    embed = Embedder.embed_queries

    def counted(embedder: Embedder, texts: Sequence[str]) -> Any:
        embedded.extend(texts)
        return embed(embedder, texts)

    monkeypatch.setattr(Embedder, "embed_queries", counted)
    asked: dict[str, Any] = {"language": "en", "audiences": frozenset({"public"}), "error_budget": 0.2}
    retriever.retrieve("How long is a voucher valid?", **asked)
    alone = retriever.retrieve("And that of the camera?", **asked)
    together = retriever.retrieve("And that of the camera?", before=["How long is a voucher valid?"], **asked)
    assert embedded == ["How long is a voucher valid?", "And that of the camera?"]
    assert "filler-3" not in {hit.passage.article for hit in alone.hits[:2]}
    assert "filler-3" in {hit.passage.article for hit in together.hits[:2]}


def test_vectors_of_two_models_are_never_mixed(retriever: KnowledgeRetriever, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {"language": "en", "audiences": frozenset({"public"}), "error_budget": 0.2}
    vector, model = retriever._vector("by its button")
    made = {"by its button": (vector, model), "How do I reset it?": (vector[:5], "another")}
    monkeypatch.setattr(retriever, "_vector", made.__getitem__)
    assert retriever.retrieve("by its button", before=["How do I reset it?"], **asked).hits


def test_what_was_searched_for_in_context_is_asked_again_the_same_way(
    reasons: Reasons, retriever: KnowledgeRetriever
) -> None:
    asked: dict[str, Any] = {"language": "en", "audiences": frozenset({"public"}), "error_budget": 0.2}
    then = retriever.retrieve("by its button", before=["How do I reset it?"], **asked)
    again = reasons.why_not(
        Asked("How do I reset it?\nby its button", before=("How do I reset it?",)), ArticleKey("hub-led", "en")
    )
    assert again.confidence == then.confidence


def test_asking_now_gives_an_answer_with_its_trace(reasons: Reasons) -> None:
    answer = reasons.ask("How do I reset my hub?", "en")
    assert answer.outcome is Outcome.ANSWERED
    assert answer.trace["audiences"] == ["public"]
    assert answer.trace["searched"][0]["query"] == "How do I reset my hub?"
    weighed = answer.trace["weighed"]
    assert 1 / (1 + 2.718281828 ** -sum(weighed.values())) == pytest.approx(answer.confidence, abs=1e-3)


def test_a_slip_is_told_as_it_was_read(reasons: Reasons) -> None:
    found = reasons.why_not(Asked("How do I reset my devcie?"), ArticleKey("hub-led", "en"))
    facts = step(found, "keyword").facts
    assert facts["spelled"] == {"devcie": "device"}
    assert "devcie" in facts["lacks"]
    assert reasons.ask("How do I reset my devcie?", "en").trace["spelled"] == {"devcie": "device"}


@pytest.mark.parametrize(
    ("text", "words", "written"),
    [
        ("Where are my batteries?", ["batteri"], ["batteries"]),
        ("网关怎么重置", ["网关", "重置"], ["网关", "重置"]),
        ("Error E-14, again", ["e14", "14"], ["E-14"]),
    ],
)
def test_words_are_told_as_they_were_written(text: str, words: list[str], written: list[str]) -> None:
    assert as_written(text, words) == written
