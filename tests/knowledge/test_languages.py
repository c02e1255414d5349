"""Questions that are to find passages in another language, with the bundled encoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.knowledge import dictionary
from assistant.knowledge.embedder import Embedder
from assistant.knowledge.languages import Languages, alike_in_any, examples, forms, need_dictionary
from assistant.knowledge.segment import tokens

PASSAGES = {
    "en": [
        "Parcels to islands take three days longer and cost 4 euros more.",
        "Hold the button for ten seconds until the ring turns white.",
        "An invoice with a tax number can be had up to thirty days after the order.",
        "The camera needs Wi-Fi at 2.4 GHz; 5 GHz is not supported.",
    ],
    "zh": [
        "寄往海岛的包裹要多等三天，另收四欧元运费。",
        "按住按钮十秒，直到灯环变成白色。",
        "下单后三十天内可以开具带税号的发票。",
        "摄像机需要 2.4 GHz 的 Wi-Fi，不支持 5 GHz。",
    ],
}
QUESTIONS = {
    "en": [
        "Do you ship to islands?",
        "How long do I hold the button?",
        "Can I get an invoice?",
        "Which Wi-Fi does it need?",
    ],
    "zh": ["海岛能送货吗？", "按钮要按住几秒？", "可以开发票吗？", "要连哪种 Wi-Fi？"],
}


@pytest.mark.parametrize(("asked", "written"), [("zh", "en"), ("en", "zh")])
def test_a_question_keeps_its_sense_and_its_level(embedder: Embedder, asked: str, written: str) -> None:
    passages = embedder.embed_passages(PASSAGES[written])
    languages = Languages()
    for place, question in enumerate(QUESTIONS[asked]):
        vector = embedder.embed_query(question)
        abroad = languages.abroad(vector, asked, [written], embedder)
        assert abroad is not None
        near = passages @ abroad.vector + abroad.lift
        assert int(np.argmax(near)) == place
        assert near.mean() == pytest.approx((passages @ vector).mean(), abs=0.03)


@pytest.mark.parametrize(
    ("language", "written"), [("zh-Hant", ["en", "zh-Hans"]), ("en", ["en"]), ("en", []), ("sv", ["en"])]
)
def test_nothing_is_taken_out_at_home_or_of_a_language_without_examples(
    embedder: Embedder, language: str, written: list[str]
) -> None:
    assert Languages().abroad(embedder.embed_query("hej"), language, written, embedder) is None


@pytest.mark.parametrize(
    ("question", "alike"),
    [
        ("How do I pair the Hub H2 with a lamp?", "Hub H2"),
        ("What happened to teachers in 2005?", "2005"),
        ("H2 shows E-14, why?", "H2 E-14"),
        ("ABC started what?", "ABC"),
        ("怎么把 sonos 接到网关？", "sonos"),
        ("Which school is it?", ""),
        ("  ", ""),
    ],
)
def test_names_numbers_and_codes_are_alike_in_any_language(question: str, alike: str) -> None:
    found = alike_in_any(question)
    assert {word for word in found if word.isascii()} == set(tokens(alike) if alike else ())


def test_examples_are_as_many_in_each_language() -> None:
    assert len({len(texts) for texts in examples().values()}) == 1
    assert all(len(texts) == len(set(texts)) for texts in examples().values())


def test_a_word_may_be_what_it_means_and_a_name_is_itself(models_dir: Path) -> None:
    dictionary.configure(models_dir)
    dictionary.warm_up()
    found = forms("How do I get a refund for the Hub H2?", "en", ["zh-Hans"])
    assert "退款" in found["refund"]
    assert found["h2"] == ["h2"]
    assert "hub" in found["hub"]
    assert "refund" in forms("什么时候退款？", "zh-Hant", ["en"])["退款"]


@pytest.mark.parametrize(("language", "written"), [("en", ["sv"]), ("sv", ["zh-Hans"]), ("zh-Hans", ["zh-Hant"])])
def test_no_word_is_translated_into_a_language_without_a_dictionary(language: str, written: list[str]) -> None:
    assert not any(forms("refund", language, written).values())


@pytest.mark.parametrize(
    ("not_in_english", "not_in_chinese", "needed"),
    [
        ([], ["en"], True),
        (["zh-Hant", "sv"], ["sv"], True),
        (["zh-Hans"], ["en"], True),
        (["sv"], ["sv"], False),
        ([], [], False),
    ],
)
def test_a_dictionary_is_needed_where_an_article_is_in_one_of_its_languages_alone(
    not_in_english: list[str], not_in_chinese: list[str], needed: bool
) -> None:
    assert need_dictionary({"en": not_in_english, "zh": not_in_chinese}) is needed
