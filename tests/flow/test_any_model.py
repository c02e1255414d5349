"""Questions that name a model, put to articles about that model and to articles that hold for any."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.articles.reasons import Asked, Reasons
from assistant.domain.answers import Outcome
from assistant.domain.articles import ArticleKey, Audience
from assistant.errors import ModelUnavailable
from assistant.flow.codes import cut_out, naming, without_others
from assistant.flow.retrieve import KnowledgeRetriever
from assistant.knowledge.embedder import Embedder
from assistant.knowledge.segment import tokens
from tests.flow.test_abroad import searched
from tests.flow.test_extract import hit
from tests.ingest.kb import Kb, lasting

ARTICLES = {
    "h2-setup": ("Set up your Hub H2", "Connect the Hub H2 to your router. The ring of the Hub H2 turns blue."),
    "h2-reset": ("Reset your Hub H2", "Hold the button under the Hub H2 for 15 seconds. It takes 2 minutes."),
    "h1-reset": ("Reset your Hub H1", "Press a pin into the hole of the Hub H1 for 8 seconds."),
    "h1-support": ("Support of the Hub H1", "The Hub H1 gets security updates until the end of 2027."),
    "c3-setup": ("Set up your Camera C3", "Press SYNC on the Camera C3 and scan the code with the app."),
    "warranty": ("Warranty", "The warranty lasts 2 years from the day of delivery. Batteries have 6 months."),
    "paying": ("Ways to pay", "Pay by card, PayPal or bank transfer. We charge your card when we send the parcel."),
    "refund": ("Refunds", "A refund arrives within 5 working days after the parcel reached us."),
    "members": ("Family members", "Invite members of your family in the app under Members. They see all devices."),
}


@pytest.fixture(scope="module")
def kb(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Kb]:
    with lasting(tmp_path_factory.mktemp("models"), migrated_sqlite, embedder) as made:
        for name, (title, body) in ARTICLES.items():
            made.publish(name, body, title)
        made.publish("x9", "The Hub X9 replaces the Hub H2 next spring.", "The Hub X9", audience=Audience.AGENTS)
        made.drain()
        yield made


@pytest.mark.parametrize(
    ("question", "article", "said"),
    [
        ("How long is the warranty for the Hub H2?", "warranty", "2 years"),
        ("Can I pay for the Hub H2 with PayPal?", "paying", "PayPal"),
        ("When do I get my refund for the Camera C3?", "refund", "5 working days"),
    ],
)
def test_what_holds_for_any_model_answers_who_names_one(
    reasons: Reasons, question: str, article: str, said: str
) -> None:
    answer = reasons.ask(question, "en")
    assert answer.outcome is Outcome.ANSWERED
    assert [one.article for one in answer.citations] == [article]
    assert said in answer.text


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("How do I reset the Hub H2?", "h2-reset"),
        ("How do I reset the Hub H1?", "h1-reset"),
        ("What colour is the ring of the Hub H2 when it is connected to the router?", "h2-setup"),
        ("Until when does the Hub H1 get updates?", "h1-support"),
    ],
)
def test_what_depends_on_the_model_is_answered_from_its_own_article(
    retriever: KnowledgeRetriever, question: str, article: str
) -> None:
    found = searched(retriever, question)
    assert found.hits[0].passage.article == article
    assert found.without == ()


def test_nothing_that_is_about_another_model_answers(reasons: Reasons, retriever: KnowledgeRetriever) -> None:
    found = searched(retriever, "Until when does the Hub H2 get security updates?")
    assert not (found.without and found.hits[0].passage.article == "h1-support")
    found = searched(retriever, "How long is the warranty for the Hub H2?")
    assert found.without == ("Hub", "H2")
    articles = [one.passage.article for one in found.hits]
    assert articles[0] == "warranty"
    assert "h2-setup" in articles
    assert not {"h1-reset", "h1-support", "c3-setup"} & set(articles)


def test_a_model_that_no_article_knows_is_not_answered_for(reasons: Reasons) -> None:
    answer = reasons.ask("How long is the warranty for the Hub H7?", "en")
    assert answer.outcome is not Outcome.ANSWERED
    assert "H7" in answer.text


def test_a_model_is_heard_of_where_an_article_knows_it_that_the_customer_may_read(
    retriever: KnowledgeRetriever,
) -> None:
    for model, known in (("C3", {"c3"}), ("c-3", {"c3"}), ("X9", set()), ("H7", set())):
        question = f"Can I pay for the {model} with PayPal?"
        asked = {"language": "en", "audiences": frozenset({"public"}), "error_budget": 0.0}
        found = retriever.retrieve(question, k=1, **asked)  # type: ignore[arg-type]
        assert [one.passage.article for one in found.hits] == ["paying"]
        assert found.heard_of == known, model
    assert searched(retriever, "How do I reset the Hub H2, not the H7?").heard_of == {"h2"}


def test_the_record_tells_what_was_left_out_and_why_not_the_article_about_the_model(reasons: Reasons) -> None:
    question = "How long is the warranty for the Hub H2?"
    assert reasons.ask(question, "en").trace["without"] == ["Hub", "H2"]
    assert reasons.why_not(Asked(question), ArticleKey("warranty", "en")).lost == ""
    assert reasons.why_not(Asked(question), ArticleKey("h2-setup", "en")).lost


def test_without_an_encoder_the_name_is_left_out_of_the_words(kb: Kb, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_given: object) -> None:
        raise ModelUnavailable("It is away.")

    monkeypatch.setattr(Embedder, "_read", away)
    found = searched(kb.retriever(), "How long is the warranty for the Hub H2?")
    assert (found.degraded, found.without) == ("dense", ("Hub", "H2"))
    assert found.hits[0].passage.article == "warranty"


@pytest.mark.parametrize(
    ("query", "name", "rest"),
    [
        ("How long is the warranty for the Hub H2?", ("Hub", "H2"), "How long is the warranty for the ?"),
        ("H1网关保修多久", ("h1", "网关"), "保修多久"),
        ("a C1 or the C10, c1?", ("C1",), "a or the C10, ?"),
        ("is (x+1) sold?", ("(x+1)",), "is sold?"),
    ],
)
def test_a_name_is_cut_out_of_a_question_as_it_stands_there(query: str, name: tuple[str, ...], rest: str) -> None:
    assert cut_out(query, name) == rest


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("warranty of the Hub H2", ("hub", "h2")),
        ("H1 网关保修多久", ("h1", "网关")),
        ("battery for the C3", ("c3",)),
        ("Hub H2", ()),
        ("Where is order 4711-2024?", ()),
        ("open at 8pm for 30 minutes", ()),
        ("How long is the warranty?", ()),
    ],
)
def test_a_name_is_the_model_and_what_titles_put_beside_it(query: str, name: tuple[str, ...]) -> None:
    hits = [hit("Connect it.", 1.0, title=title) for title in ("Set up your Hub H2", "重启网关 H1")]
    assert naming(tokens(query), query, hits) == name


def test_hits_about_other_models_are_told_by_title_and_heading() -> None:
    titles = ("Support of the Hub H1", "Warranty", "Hub H1 and Hub H2")
    hits = [hit("Also for the H1.", 1.0, title=title) for title in titles]
    assert without_others("warranty of the H2", hits) == hits[1:]
    assert without_others("warranty of the Hub", hits) == [hits[1]]
