"""Telling English and the two Chinese scripts apart, and turning one script into the other."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.knowledge.scripts import detect_locale, to_simplified, to_traditional


class TestDetectLocale:
    @pytest.mark.parametrize(
        ("text", "locale"),
        [
            ("How do I reset my hub?", "en"),
            ("怎么退款？我上周买的还没收到货", "zh-Hans"),
            ("怎麼退款？我上週買的還沒收到貨", "zh-Hant"),
            ("什么", "zh-Hans"),
            ("甚麼時候到", "zh-Hant"),
            ("车站位于哪里", "zh-Hans"),
            ("台灣可以寄嗎", "zh-Hant"),
            ("台湾可以寄吗", "zh-Hans"),
            ("我的 iPhone 13 Pro Max 连不上 WiFi", "zh-Hans"),
            ("我的 iPhone 13 Pro Max 連不上 WiFi", "zh-Hant"),
            ("陳先生的订单还没有发货，请问什么时候能送到", "zh-Hans"),
            ("What does 退款 mean in the confirmation e-mail?", "en"),
            ("I’m waiting", "en"),
            ("free trial", "en"),
            ("Is the café open?", "en"),
        ],
    )
    @pytest.mark.parametrize("default", ["en", "zh-Hans", "zh-Hant"])
    def test_a_clear_text_is_told_whatever_the_default(self, text: str, locale: str, default: str) -> None:
        assert detect_locale(text, default) == locale

    @pytest.mark.parametrize("text", ["你好", "取消", "台北的床", "人工", "后天"])
    def test_chinese_that_is_the_same_in_both_scripts_follows_the_conversation(self, text: str) -> None:
        assert detect_locale(text, "zh-Hant") == "zh-Hant"
        assert detect_locale(text, "zh-Hans") == "zh-Hans"
        assert detect_locale(text, "en") == "zh-Hans"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "ok",
            "12345",
            "AB-4711",
            "😀",
            "¿Dónde está mi pedido?",
            "Где мой заказ?",
            "返品したいのですが",
            "환불하고 싶어요",
        ],
    )
    @pytest.mark.parametrize("default", ["en", "zh-Hans", "zh-Hant"])
    def test_other_languages_and_too_little_text_give_the_default(self, text: str, default: str) -> None:
        assert detect_locale(text, default) == default

    def test_takes_less_than_a_millisecond(self) -> None:
        text = "我昨天在你們網站買了一台掃地機器人，今天發現少了一個充電座，請問要怎麼申請補寄？" * 5
        taken = []
        for _ in range(100):
            started = time.perf_counter()
            detect_locale(text)
            taken.append(time.perf_counter() - started)
        assert min(taken) < 0.001


class TestConversion:
    def test_traditional_changes_characters_and_keeps_the_words_that_are_quoted(self) -> None:
        assert to_traditional("请用鼠标打开软件，检查订单余额") == "請用鼠標打開軟件，檢查訂單餘額"
        assert to_traditional("青栖智能网关") == "青棲智能網關"

    def test_simplified_changes_characters_one_for_one(self) -> None:
        text = "請用滑鼠開啟軟體，檢查訂單餘額"
        assert to_simplified(text) == "请用滑鼠开启软体，检查订单余额"

    def test_characters_with_two_readings_follow_their_word(self) -> None:
        assert to_traditional("干杯之后洗头发") == "乾杯之後洗頭髮"

    @given(st.text(st.characters(exclude_categories=["Lo", "Cs"])))
    def test_texts_without_chinese_stay_as_they_are(self, text: str) -> None:
        assert to_simplified(text) == text
        assert to_traditional(text) == text
