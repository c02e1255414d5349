"""What a message points to without a name: noticed in three scripts, and not where anything in sight has named it."""

from __future__ import annotations

import pytest

from assistant.flow.unnamed import points_at_nothing


@pytest.mark.parametrize(
    "text",
    [
        "how do I reset it",
        "It doesn't turn on.",
        "how long does this one last",
        "What do I do with this device?",
        "Can these products be used abroad?",
        "What is the purpose of that model?",
        "这款产品防水吗",
        "这个怎么用",
        "它连不上了",
        "该型号支持快充吗",
        "這台設備怎麼安裝",
    ],
)
def test_a_first_message_about_something_that_nobody_named(text: str) -> None:
    assert points_at_nothing(text, [])


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("How do I reset this device?", ["Which devices do you sell?"]),
        ("how do I reset it", ["I bought a leak sensor."]),
        ("这款摄像机防水吗", ["你们的摄像机有哪些？"]),
    ],
)
def test_what_was_spoken_of_before_is_named(text: str, before: list[str]) -> None:
    assert not points_at_nothing(text, before)


@pytest.mark.parametrize(
    "text",
    [
        "My hub blinks and it won't connect to the network",
        "I bought a hub. What do I do with this device?",
        "Is it possible to pay by bank transfer?",
        "How long does it take to get a refund?",
        "How do I reset this H2?",
        "Can I return something this week?",
        "Is this website safe?",
        "I need to prove that I can pay",
        "Open this link: https://example.com/page",
        "应该怎么退货",
        "那澳门呢",
        "退货该怎么弄",
        "这个月的账单在哪里看",
    ],
)
def test_a_message_that_names_what_it_is_about(text: str) -> None:
    assert not points_at_nothing(text, [])


def test_something_new_is_unnamed_whatever_was_spoken_of() -> None:
    assert points_at_nothing("Does this library open on Sundays?", ["What does the clinic offer?"])
