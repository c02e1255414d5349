"""Translations of quotes: what can be told without a model, in both directions."""

from __future__ import annotations

import pytest

from assistant.flow.translation import check_translation

ENGLISH = (
    "Hold the button of the H2 for 10 seconds until the ring flashes white. Do not unplug it before 12 March 2026. "
    "Write to help@example.org or see https://example.org/h2, which costs 1.5 million users nothing since 2019."
)
CHINESE = (
    "按住 H2 的按钮 10 秒，直到指示灯闪白光。2026 年 3 月 12 日之前不要拔掉电源。"
    "请发邮件到 help@example.org，或查看 https://example.org/h2 ，自 2019 年起它不向 150 万用户收取任何费用。"
)


def test_a_faithful_translation_passes_both_ways() -> None:
    assert check_translation(ENGLISH, CHINESE, "zh-Hans") == []
    assert check_translation(CHINESE, ENGLISH, "en") == []


@pytest.mark.parametrize(
    ("said", "instead", "problem"),
    [
        ("10 秒", "100 秒", "number 100 second added"),
        ("10 秒", "一会儿", "number 10 second left out"),
        ("3 月 12 日", "3 月 21 日", "time 2026-3-21 added"),
        ("2019", "2018", "time 2018-*-* added"),
        ("H2 的", "H1 的", "code h1 added"),
        ("不要拔掉", "请拔掉", "negation"),
        ("help@example.org，", "help@evil.example，", "e-mail help@evil.example added"),
        ("https://example.org/h2 ", "https://evil.example/h2 ", "link evil.example/h2 added"),
        ("指示灯", "Acme 指示灯", "name acme added"),
        ("直到", "直到<img src=x>", "markup"),
        ("直到", "直\u200b到", "hidden characters"),
    ],
)
def test_what_says_something_else_does_not(said: str, instead: str, problem: str) -> None:
    assert problem in check_translation(ENGLISH, CHINESE.replace(said, instead), "zh-Hans")


def test_a_translation_into_the_wrong_language_is_none() -> None:
    assert check_translation(ENGLISH, ENGLISH, "zh-Hant") == ["language"]


def test_what_is_broken_off_or_spun_on_is_found_by_its_length() -> None:
    plain = "Put the lid on the box and close the latch. Then carry it to the counter and wait for the receipt."
    assert check_translation(plain, "盖上盖子。", "zh-Hans") == ["length"]
    assert check_translation("盖上盖子，拿到柜台。", " ".join([plain] * 3), "en") == ["length"]


def test_tables_stay_tables() -> None:
    assert (
        check_translation(
            "| Colour | Meaning |\n|---|---|\n| Red | fault |", "| 颜色 | 含义 |\n|---|---|\n| 红色 | 故障 |", "zh-Hans"
        )
        == []
    )


@pytest.mark.parametrize("word", ["thus", "the sun", "they sat down"])
def test_no_day_of_the_week_is_read_into_other_words(word: str) -> None:
    assert check_translation("因此请把盖子盖好，然后离开。", f"Put the lid on, {word}, and then leave.", "en") == []
