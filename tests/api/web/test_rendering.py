"""Pages as they leave the server."""

from __future__ import annotations

import re
from pathlib import Path

import opencc
import pytest

from api.web.rendering import WEB, Pages, asset, hue, initials

BRAND = {"name": "Fernhaven", "logo_url": None}
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages(opencc.OpenCC("s2tw").convert)


@pytest.mark.parametrize(
    ("locale", "heading"), [("en", "Styleguide"), ("zh-Hans", "样式指南"), ("zh-Hant", "樣式指南")]
)
def test_a_page_and_its_macros_speak_one_language(pages: Pages, locale: str, heading: str) -> None:
    html = pages.render("_styleguide.html", locale, title="Styleguide", brand=BRAND)
    assert f'<html lang="{locale}">' in html
    assert heading in html
    assert ("Skip to content" in html) == (locale == "en")


def test_what_people_wrote_is_escaped(pages: Pages) -> None:
    html = pages.render("_styleguide.html", "en", title="<script>alert(1)</script>", brand=BRAND)
    assert "<script>alert" not in html


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_needs_inline_script_or_style(template: Path) -> None:
    source = template.read_text(encoding="utf-8")
    assert (
        re.findall(
            r"<style|\sstyle=|\son[a-z]+=\"|javascript:|<script(?![^>]*\s(?:src=|type=\"application/json\"))", source
        )
        == []
    )


def test_an_asset_has_a_version() -> None:
    assert re.fullmatch(r"/static/tokens\.css\?v=[0-9a-f]{10}", asset("tokens.css"))


def test_initials() -> None:
    assert [initials(name) for name in ("Mia Chen", "Tom", "王小明", " ")] == ["MC", "T", "小明", "?"]
    assert hue("Mia Chen") == hue("Mia Chen")
