"""A question asked back names what can be tapped, in the customer's own script."""

from __future__ import annotations

from assistant.domain.answers import Hit, LivePassage
from assistant.flow.question_back import question_back


def hit(title: str, locale: str) -> Hit:
    passage = LivePassage(f"p-{title}", title, locale, 3, title, "", "", "paragraph", 0, "", "", "public", "")
    return Hit(passage, 1.0, 1.0, 1.0)


ENGLISH = tuple(hit(title, "en") for title in ("Reset the Hub", "Reset the Camera", "Reset the Lock"))
CHINESE = tuple(hit(title, "zh-Hans") for title in ("重置网关", "重置门锁"))


def test_names_stand_in_the_question_and_on_the_choices() -> None:
    text, choices = question_back(ENGLISH, ("Hub", "Camera", "Lock"), "en")
    assert text == "Which one do you mean: Hub, Camera or Lock?"
    assert [(choice.text, choice.action, choice.revision) for choice in choices] == [
        ("Hub", "send", 3),
        ("Camera", "send", 3),
        ("Lock", "send", 3),
    ]


def test_in_both_chinese_scripts() -> None:
    text, choices = question_back(CHINESE, ("网关", "门锁"), "zh-Hant")
    assert "“網關”還是“門鎖”" in text
    assert [choice.text for choice in choices] == ["網關", "門鎖"]
    assert "“网关”还是“门锁”" in question_back(CHINESE, ("网关", "门锁"), "zh-Hans")[0]


def test_long_names_stand_on_the_choices_alone() -> None:
    long = tuple(f"{name} that is described at rather great length" for name in ("Hub", "Camera", "Lock"))
    text, choices = question_back(ENGLISH, long, "en")
    assert "Hub" not in text
    assert [choice.text for choice in choices] == list(long)


def test_without_articles_it_asks_what_the_message_is_about() -> None:
    for language in ("en", "zh-Hans", "zh-Hant"):
        text, choices = question_back((), (), language)
        assert text
        assert choices == ()
