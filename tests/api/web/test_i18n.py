"""The interface's words and formats."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import opencc
import pytest
from babel.messages.extract import extract_from_dir
from markupsafe import Markup

from api.web.i18n import catalogue, translator
from api.web.rendering import WEB

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def used_messages() -> dict[str, str]:
    """Every msgid in the templates and modules of api/web, with where it stands."""
    found = extract_from_dir(
        WEB,
        method_map=[("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")],
        options_map={"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}},
        keywords={"_": None, "ngettext": (1, 2)},
    )
    return {
        message if isinstance(message, str) else message[0]: f"{file}:{line}" for file, line, message, _, _ in found
    }


def test_every_text_of_the_pages_has_a_chinese_one() -> None:
    used = used_messages()
    assert "Skip to content" in used
    missing = {text: place for text, place in used.items() if text not in catalogue()}
    assert missing == {}


def test_a_translation_fills_the_same_names() -> None:
    for english, texts in catalogue().items():
        for text in texts:
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(english)), english


def test_the_customer_is_addressed_politely() -> None:
    assert [text for texts in catalogue().values() for text in texts if "你" in text] == []


class TestTranslator:
    """What a page calls ``_``."""

    def test_english_is_the_source(self) -> None:
        assert translator("en")("Ticket solved") == "Ticket solved"

    def test_simplified_chinese_comes_from_the_catalogue(self) -> None:
        assert translator("zh-Hans")("Handed over") == "已转人工"

    def test_traditional_chinese_is_converted(self) -> None:
        convert = opencc.OpenCC("s2tw").convert
        assert translator("zh-Hant", convert)("Handed over") == "已轉人工"

    def test_values_are_filled_in(self) -> None:
        assert translator("zh-Hans")("Delete “%(title)s”?", title="50% off") == "删除“50% off”？"

    def test_an_unknown_locale_reads_english(self) -> None:
        assert translator("fr").locale == "en"

    @pytest.mark.parametrize(("locale", "shown"), [("en", "1,234 new"), ("zh-Hans", "1,234 条新内容")])
    def test_plurals_use_the_locale(self, locale: str, shown: str) -> None:
        assert translator(locale).plural("%(n)s new", "%(n)s new", 1234) == shown

    def test_dates_follow_locale_and_time_zone(self) -> None:
        evening = "2026-11-21T20:00:00Z"
        assert translator("en").date(evening) == "21 Nov 2026"
        assert translator("zh-Hans", timezone=ZoneInfo("Asia/Shanghai")).date(evening) == "2026年11月22日"

    def test_times_are_relative(self) -> None:
        assert translator("en").ago(datetime.now(UTC) - timedelta(minutes=5)) == "5 minutes ago"
        assert translator("zh-Hans").ago(datetime.now(UTC) + timedelta(hours=2, seconds=5)) == "2小时后"

    def test_numbers_follow_the_locale(self) -> None:
        assert translator("zh-Hans").compact(12_000) == "1.2万"
        assert translator("en").percent(0.87) == "87%"
        assert translator("en").number(1234.5, digits=2) == "1,234.50"


def test_what_a_macro_gives_is_escaped_once() -> None:
    words = translator("en")
    assert words("%(name)s reads this.", name=Markup("O&#39;Brien")) == "O'Brien reads this."
    assert words.plural("%(name)s: %(n)s", "%(name)s: %(n)s", 2, name=Markup("A &amp; B")) == "A & B: 2"
