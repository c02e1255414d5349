"""Topics are recognised by their words in any spelling of them, and by nothing else."""

from __future__ import annotations

import pytest

from assistant.domain.rollout import Topic
from assistant.flow.topics import Recognised, topic_in
from assistant.knowledge.scripts import to_traditional

TOPICS = (
    Topic(name="Chargeback", phrases=("chargeback", "charge back", "拒付")),
    Topic(name="Data erasure", phrases=("delete my data", "删除我的数据", "GDPR", "12315")),
    Topic(name="Price", phrases=("new", "C++ (old.*)")),
)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("I will file a chargeback today", "Chargeback"),
        ("Chargebacks?", "Chargeback"),
        ("CHARGE-BACK!", "Chargeback"),
        ("ｃｈａｒｇｅｂａｃｋ", "Chargeback"),
        ("charge\u200bback", "Chargeback"),
        ("我要拒付", "Chargeback"),
        ("我要 拒 付 这笔钱", "Chargeback"),
        ("我要chargeback了", "Chargeback"),
        ("Please delete\nmy   data.", "Data erasure"),
        ("请删除我的数据", "Data erasure"),
        ("gdpr", "Data erasure"),
        ("我要打12315", "Data erasure"),
        ("a new one", "Price"),
        ("is it C++ (old.*) now", "Price"),
    ],
)
def test_is_recognised(text: str, topic: str) -> None:
    found = topic_in(text, TOPICS)
    assert found is not None and found.topic == topic
    assert topic_in(to_traditional(text), TOPICS) == found


@pytest.mark.parametrize(
    "text",
    [
        "the discharge backlog",
        "overcharge back",
        "charge my back",
        "the news",
        "renew it",
        "订单 123150",
        "拒绝付款",
        "delete my database",
        "C older",
        "c xxold",
        "",
        "!!",
    ],
)
def test_is_not_read_into_other_words(text: str) -> None:
    assert topic_in(text, TOPICS) is None


def test_names_the_phrase_as_it_was_written() -> None:
    assert topic_in("拒付！", TOPICS) == Recognised("Chargeback", "拒付")


def test_phrases_in_either_script_find_the_other() -> None:
    hant = (Topic(name="數據", phrases=("刪除我的數據",)),)
    assert topic_in("删除我的数据", hant) == Recognised("數據", "刪除我的數據")


def test_the_first_topic_wins() -> None:
    both = (Topic(name="One", phrases=("refund",)), Topic(name="Two", phrases=("refund now",)))
    found = topic_in("refund now", both)
    assert found is not None and found.topic == "One"
