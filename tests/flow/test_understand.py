"""A message is read with what was said before only where it needs it."""

from __future__ import annotations

import pytest

from assistant.domain.answers import Outcome, Utterance
from assistant.flow.request import Intent, TurnRequest
from assistant.flow.understand import understand

BEFORE = {"en": "How do I reset my Hub H2?", "zh-Hans": "网关 H2 怎么重置？"}


def query(text: str, locale: str = "en") -> str:
    history = (Utterance("customer", BEFORE[locale]), Utterance("assistant", "Hold the button."))
    return understand(TurnRequest(text, locale, history)).query


@pytest.mark.parametrize(
    "text", ["what about indoors?", "does it erase my recordings?", "how long?", "what about the old one"]
)
def test_what_points_back_is_searched_with_the_question_before_it(text: str) -> None:
    assert query(text) == f"{BEFORE['en']}\n{text}"


def test_another_model_takes_the_place_of_the_one_before() -> None:
    assert query("and the H1?") == "How do I reset my Hub ?\nand the H1?"
    assert query("那 H1 怎么操作？", "zh-Hans") == "网关 怎么重置？\n那 H1 怎么操作？"
    assert query("and with the C3?") == f"{BEFORE['en']}\nand with the C3?"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("How do I reset the Hub mini H1?", "How do I reset the Hub ?"),
        ("How do I reset the H1 Pro?", "How do I reset the ?"),
        ("Is the mini cheaper than the H1?", "Is the mini cheaper than the ?"),
    ],
)
def test_what_tells_a_model_from_its_like_goes_with_it(before: str, after: str) -> None:
    history = (Utterance("customer", before), Utterance("assistant", "Hold the button."))
    assert understand(TurnRequest("and the H2?", "en", history)).query == f"{after}\nand the H2?"


@pytest.mark.parametrize("text", ["那摄像机呢？", "电池呢？", "它会删除录像吗", "为什么"])
def test_what_points_back_in_chinese_is_searched_with_the_question_before_it(text: str) -> None:
    assert query(text, "zh-Hans") == f"{BEFORE['zh-Hans']}\n{text}"


@pytest.mark.parametrize(
    "text",
    [
        "What does delivery to Germany cost, and how long does it take?",
        "How long do I have to return something?",
        "Is there a discount for students?",
        "where can I download the bill",
        "I deleted my account by mistake, can I get it back?",
    ],
)
def test_what_stands_alone_is_searched_alone(text: str) -> None:
    assert query(text) == text


@pytest.mark.parametrize("text", ["怎么取消自动续费", "寄到新疆运费多少，它几天能到？", "如何开电子发票"])
def test_what_stands_alone_in_chinese_is_searched_alone(text: str) -> None:
    assert query(text, "zh-Hans") == text


def test_the_answer_to_a_question_asked_back_completes_the_first_and_a_new_question_does_not() -> None:
    history = (
        Utterance("customer", "how do I reset my hub"),
        Utterance("assistant", "Which one do you mean?", outcome=Outcome.CLARIFYING),
    )
    answer = understand(TurnRequest("the small grey one on the shelf next to the window", history=history))
    assert answer.query == "how do I reset my hub\nthe small grey one on the shelf next to the window"
    other = understand(TurnRequest("How long does delivery take?", history=history))
    assert (other.query, other.follow_up) == ("How long does delivery take?", False)


def asked(*texts: str) -> tuple[Utterance, ...]:
    """A history of these messages, each answered."""
    return tuple(one for text in texts for one in (Utterance("customer", text), Utterance("assistant", "Yes.")))


class TestSeveralBefore:
    """What leans on a message that itself leans on another is read with both."""

    def test_back_to_the_one_that_stands_by_itself(self) -> None:
        history = asked("Do you ship to Norway?", "How do I return a camera?", "how long does that take?")
        found = understand(TurnRequest("what about the label?", history=history))
        assert found.query == "How do I return a camera?\nhow long does that take?\nwhat about the label?"

    def test_in_chinese(self) -> None:
        history = asked("怎么退摄像机？", "要多久？")
        assert understand(TurnRequest("那运费呢？", "zh-Hans", history)).query == "怎么退摄像机？\n要多久？\n那运费呢？"

    def test_what_finds_nothing_by_itself_has_them_too(self) -> None:
        history = asked("How do I return a camera?", "how long does that take?")
        found = understand(TurnRequest("Is the label free?", history=history))
        assert (found.query, found.before) == (
            "Is the label free?",
            ("How do I return a camera?", "how long does that take?"),
        )

    def test_two_at_most(self) -> None:
        history = asked("How do I return a camera?", "how long?", "how much?", "why?")
        assert understand(TurnRequest("and that?", history=history)).query == "how much?\nwhy?\nand that?"

    def test_the_same_again_is_read_as_it_was(self) -> None:
        history = asked("How do I reset my Hub H2?", "what about indoors?")
        found = understand(TurnRequest("what about indoors?", history=history))
        assert found.query == "How do I reset my Hub H2?\nwhat about indoors?"


def test_nothing_has_failed_to_help_before_anything_was_said() -> None:
    trouble = "I tried to pair the lock but it doesn't work"
    assert understand(TurnRequest(trouble)).intent is Intent.QUESTION
    unanswered = (Utterance("customer", "Which locks fit my door?"),)
    assert understand(TurnRequest(trouble, history=unanswered)).intent is Intent.QUESTION
    answered = (*unanswered, Utterance("assistant", "Those of 30 to 60 mm."))
    assert understand(TurnRequest(trouble, history=answered)).intent is Intent.STILL_UNSOLVED
