"""Questions in a language that no article is written in, put to a real knowledge base."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.articles.reasons import Asked, Reasons
from assistant.domain.answers import Outcome
from assistant.domain.articles import ArticleKey
from assistant.flow.request import Retrieved
from assistant.flow.retrieve import KnowledgeRetriever
from assistant.flow.wording import in_articles_words, meanings
from assistant.knowledge import dictionary
from assistant.knowledge.embedder import Embedder
from tests.flow.test_extract import hit
from tests.ingest.kb import Kb, lasting

ARTICLES = {
    "refund": ("退款", "取消订单后，退款会退回原来的信用卡。到账需要五个工作日。节假日顺延。请不要重复申请。"),
    "invoice": ("电子发票", "发票在订单页下载。税号可以在三十天内修改。抬头不能修改。发票保存十年。"),
    "battery": ("更换电池", "先拧下底部的螺丝。再取出旧电池，放入新电池。最后装回底盖。"),
    "delivery": ("送货", "海岛的包裹要多等三天。周末不送货。运费四欧元。"),
    "camera": ("摄像头", "摄像头放在门边，高约两米。不要对着窗户。"),
    "password": ("密码", "在登录页点“忘记密码”。链接一小时内有效。"),
    "warranty": ("保修", "保修期两年，从收货那天算起。人为损坏不保修。"),
    "doorbell": ("门铃", "门铃会在全家的手机上响。夜间可以静音。"),
}


@pytest.fixture(scope="module")
def kb(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, embedder: Embedder, models_dir: Path
) -> Iterator[Kb]:
    """Articles in Chinese alone."""
    dictionary.configure(models_dir)
    dictionary.warm_up()
    with lasting(tmp_path_factory.mktemp("abroad"), migrated_sqlite, embedder) as made:
        for name, (title, body) in ARTICLES.items():
            made.publish(name, body, title, "zh-Hans")
        made.drain()
        yield made


def searched(retriever: KnowledgeRetriever, question: str, language: str = "en") -> Retrieved:
    return retriever.retrieve(question, language=language, audiences=frozenset({"public"}), error_budget=0.0)


@pytest.mark.parametrize(
    ("question", "article", "meant"),
    [
        ("How long does a refund to my credit card take?", "refund", {"refund": ["退款"], "credit": ["信用卡"]}),
        ("Where do I download the invoice?", "invoice", {"invoice": ["发票"], "download": ["下载"]}),
        ("How do I replace the battery?", "battery", {"battery": ["电池"]}),
        ("Do you deliver parcels to islands?", "delivery", {"parcels": ["包裹"], "islands": ["海岛"]}),
    ],
)
def test_what_words_mean_finds_the_article_and_is_told(
    retriever: KnowledgeRetriever, question: str, article: str, meant: dict[str, list[str]]
) -> None:
    found = searched(retriever, question)
    assert found.meanings
    assert found.hits[0].passage.article == article
    assert found.hits[0].keyword > 0
    told = meanings(question, found)
    assert {word: [each for each in told.get(word, []) if each in said] for word, said in meant.items()} == meant


def test_the_sentence_that_answers_is_marked_in_the_language_it_was_written_in(reasons: Reasons) -> None:
    answer = reasons.ask("How many working days does a refund take to arrive?", "en")
    assert answer.outcome is Outcome.ANSWERED
    assert "**到账需要五个工作日**" in answer.text
    assert [one.article for one in answer.citations] == ["refund"]
    assert answer.trace["meanings"]["refund"] == ["退款"]


def test_what_no_article_says_is_not_answered(reasons: Reasons) -> None:
    for question in ("What is the capital of France?", "Do you sell garden chairs?", "Who founded the company?"):
        assert reasons.ask(question, "en").outcome is not Outcome.ANSWERED


def test_why_not_names_the_words_that_an_article_has_in_its_language(reasons: Reasons) -> None:
    asked = Asked("Where do I download the invoice?")
    words = next(
        one for one in reasons.why_not(asked, ArticleKey("invoice", "zh-Hans")).steps if one.stage == "keyword"
    )
    assert {"download", "invoice"} <= set(words.facts["has"])
    other = reasons.why_not(asked, ArticleKey("camera", "zh-Hans"))
    assert "invoice" in next(one for one in other.steps if one.stage == "keyword").facts["lacks"]


def test_a_question_in_the_articles_language_is_at_home(retriever: KnowledgeRetriever) -> None:
    found = searched(retriever, "退款要几天？", "zh-Hant")
    assert found.meanings == {}
    assert in_articles_words("退款要几天？", {}, meanings("退款要几天？", found)) == "退款要几天？"


def test_without_a_dictionary_meaning_alone_finds(
    retriever: KnowledgeRetriever, tmp_path: Path, models_dir: Path
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    dictionary.configure(tmp_path / "file" / "models")
    try:
        found = searched(retriever, "How do I get a new password?")
    finally:
        dictionary.configure(models_dir)
    assert found.hits[0].passage.article == "password"
    assert not any(found.meanings.values())


def test_english_words_are_told_as_the_article_writes_them() -> None:
    best = hit("Refunds arrive in five working days, whatever the bank says: what a relief.", 1.0, title="Money")
    forms = {"退款": ["refund", "drawback"], "到账": ["arriv"], "几": [], "内": ["within", "what"]}
    found = Retrieved((best,), meanings=forms)
    assert meanings("退款几天到账", found) == {"退款": ["Refunds"], "到账": ["arrive"]}
    assert in_articles_words("退款几天到账", {}, meanings("退款几天到账", found)) == "退款几天到账 Refunds arrive"


def test_a_name_that_was_searched_without_is_gone_from_the_question() -> None:
    read = in_articles_words("Is the Hub H2, unlike the H21, covered?", {}, {}, ("Hub", "H2"))
    assert read.split() == ["Is", "the", ",", "unlike", "the", "H21,", "covered?"]
    assert in_articles_words("H2网关保修多久", {}, {}, ("H2", "网关")).split() == ["保修多久"]
