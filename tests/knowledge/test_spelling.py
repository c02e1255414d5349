"""Misspelled words meet the knowledge base's own, and nothing else is touched."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.knowledge.segment import tokens
from assistant.knowledge.spelling import put_right, spelled

KNOWN = dict.fromkeys(
    tokens("delivery refund warranty thermostat battery camera account send staff share return met error card")
    + tokens("退货 退款 温控器 水浸传感器 忘记 发票 恢复 可疑 退还"),
    20,
) | {"没电": 20}


def occurrences(word: str) -> int:
    return KNOWN.get(word, 0)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("delivary", "delivery"),  # a wrong letter
        ("refnud", "refund"),  # two in the wrong order
        ("warrnty", "warranty"),  # one missing
        ("thermostatt", "thermostat"),  # one too many
        ("acount", "account"),
        ("eror", "error"),
        ("Delivary", "Delivery"),
        ("REFNUD", "REFUND"),
        ("returnd", "return"),  # its own form is not known, the word is
    ],
)
def test_one_slip_is_mended(written: str, meant: str) -> None:
    text = f"Is my {written}, please, late?"
    assert spelled(text, occurrences) == (f"Is my {meant}, please, late?", {written: meant})


@pytest.mark.parametrize(
    "text",
    [
        "refund",
        "baterry",  # two slips
        "spare stuff to spend",  # as near to share, staff and send as a misspelling, but words of their own
        "night vision in metres",  # its stem is near to that of another word, it itself is not
        "E-14 H1 fernhaven",
        "refnud-1 delivary.example acount@delivary.example v2refnud",  # parts of a code, an address, a name
        "would there please which",
        "réfund",
    ],
)
def test_what_may_be_meant_is_left_alone(text: str) -> None:
    assert spelled(text, occurrences) == (text, {})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("我要退活，邮费谁出", "我要退货，邮费谁出"),
        ("退宽什么时候到账", "退款什么时候到账"),
        ("门锁没店了打不开门", "门锁没电了打不开门"),
        ("温控气显示E-40不制热", "温控器显示E-40不制热"),
        ("密碼望記了", "密码忘记了"),  # Traditional is mended as Simplified
    ],
)
def test_a_character_that_sounds_like_the_right_one_is_mended(written: str, meant: str) -> None:
    assert spelled(written, occurrences).text == meant


@pytest.mark.parametrize(
    "text",
    [
        "退款什么时候到账",
        "請問退款甚麼時候到帳",
        "可以退货吗",  # sounds like 可疑
        "请回复我",  # sounds like 恢复, and is a word of its own
        "还能退不",  # sounds like 退还, but 不 is not a slip
        "refund 退款",
    ],
)
def test_chinese_that_may_be_meant_is_left_alone(text: str) -> None:
    assert spelled(text, occurrences) == (text, {})


def test_slips_are_told_and_can_be_put_right_in_another_text() -> None:
    found = spelled("refnud 退活", occurrences)
    assert found.text == "refund 退货"
    assert found.slips == {"refnud": "refund", "退活": "退货"}
    assert put_right("Refnuds, refnud or 退活?", found.slips) == "Refnuds, refund or 退货?"


def test_a_word_in_passing_is_nothing_that_could_be_meant() -> None:
    assert not spelled("delivary", lambda word: 1 * (word == "deliveri")).slips
    assert spelled("delivary", lambda word: 2 * (word == "deliveri")).slips
    assert not spelled("退活", lambda word: 1 * (word == "退货")).slips


def test_the_more_frequent_of_two_is_meant() -> None:
    known = {"charger": 3, "changer": 9}
    assert spelled("chaager", lambda word: known.get(word, 0)).text == "changer"


def test_a_text_in_another_language_is_not_misspelled() -> None:
    text = "wohinn refnud bitteh delivary warrnty"
    assert spelled(text, occurrences).text == text


@pytest.mark.parametrize("letters", ["退活款宽店站账帐订定电点", "abdefilnrtuy "])
def test_a_long_text_of_nothing_known_is_given_up_soon(letters: str) -> None:
    chosen = random.Random(7)
    text = "".join(chosen.choices(letters, k=4_000))
    looked_up = Counter[str]()

    def counted(word: str) -> int:
        looked_up[word] += 1
        return 0

    assert spelled(text, counted).text == text
    assert looked_up.total() < 200


def test_a_slip_in_a_long_question_is_mended() -> None:
    text = "我上周在你们网店买的那个白色的门锁，今天早上发现没店了打不开门，我已经按照说明书试过三次，请问应该怎么办？"
    assert spelled(text, occurrences).slips == {"没店": "没电"}


@given(st.text("abdefilnrtuy -.,A9退货活款宽的不", max_size=30))
def test_only_unknown_words_are_changed_and_only_into_known_ones(text: str) -> None:
    made = spelled(text, occurrences)
    for written, meant in made.slips.items():
        assert written in text
        assert not set(tokens(written)) & KNOWN.keys()
        assert set(tokens(meant)) & KNOWN.keys()
    assert (made.text == text) == (not made.slips)
