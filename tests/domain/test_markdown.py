"""Markdown is shown safely whoever wrote it, and read as the words that a person sees."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.markdown import document, plain_text, render_markdown

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "![x](javascript:alert(1))",
    '![x](https://evil.example/p.png "onload=alert(1)")',
    '[a](https://e.example "\\" onmouseover=alert(1) x=\\"")',
    "<https://e.example/\"onclick='alert(1)'>",
    "<svg/onload=alert(1)>",
    "`<script>`\n\n```html\n<script>alert(1)</script>\n```",
    '| <b onclick="x"> |\n|---|\n| <iframe src=//e.example> |',
    '# <a id="x" onclick=alert(1)>h</a>',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<style>@import 'https://e.example/x.css'</style>",
]
TAG = re.compile(r"<(/?)([a-z0-9]+)([^<>]*)>")
ALLOWED = re.compile("h[1-6]|p|br|hr|blockquote|[uo]l|li|pre|code|em|strong|s|table|thead|tbody|tr|th|td|a|img")
PIECES = [*HOSTILE, "<", ">", '"', "'", "](", "![", "\n", "\n\n", "`", "&#x3c;", "a"]


def assert_safe(html: str) -> None:
    for _, name, attributes in TAG.findall(html):
        assert ALLOWED.fullmatch(name), html
        names = set(re.findall(r"([a-z-]+)=\"[^\"]*\"", attributes))
        assert names <= {"id", "href", "title", "rel", "src", "alt", "start", "align"}, html
        link = re.search(r"(?:href|src)=\"\s*([a-z0-9+.-]+):", attributes, re.IGNORECASE)
        assert link is None or link[1].lower() in {"http", "https", "mailto"}, html
    assert "<" not in TAG.sub("", html), html


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markdown_renders_without_anything_that_acts(text: str) -> None:
    assert_safe(render_markdown(text))


@given(
    st.lists(st.sampled_from([*HOSTILE, "<", ">", '"', "'", "](", "![", "\n", "\n\n", "`", "&#x3c;", "a"]), max_size=12)
)
def test_no_combination_of_hostile_pieces_acts(pieces: list[str]) -> None:
    assert_safe(render_markdown("".join(pieces)))


def test_links_carry_rel_and_may_be_rewritten() -> None:
    html = render_markdown("[b](b.md) [m](mailto:a@b.example)", link=lambda href: href.replace("b.md", "/help/b"))
    assert '<a href="/help/b" rel="nofollow noopener">b</a>' in html
    assert 'href="mailto:a@b.example"' in html


def test_a_rewritten_link_is_sanitised_too() -> None:
    assert "javascript" not in render_markdown("[b](b.md)", link=lambda _: "javascript:alert(1)")


def test_only_own_files_are_shown_as_images() -> None:
    html = render_markdown(
        "![our *chart*](/files/ab12/c.png) ![their *chart*](https://e.example/c.png) ![up](/files/../x)"
    )
    assert '<img src="/files/ab12/c.png" alt="our chart">' in html
    assert "their chart" in html
    assert "e.example" not in html
    assert html.count("<img") == 1


def test_headings_render_with_the_anchors_of_the_document() -> None:
    text = "# Setup\n\n> ## Setup\n\n## 退货 政策\n"
    anchors = [token.attrGet("id") for token in document(text) if token.type == "heading_open"]
    assert anchors == ["setup", "setup-1", "退货-政策"]
    assert re.findall(r'id="([^"]+)"', render_markdown(text)) == anchors


def test_tables_strikethrough_and_list_numbers_survive() -> None:
    html = render_markdown("|a|b|\n|:-:|-:|\n|1|2|\n\n4. four\n5. ~~five~~\n")
    assert '<th align="center">a</th>' in html
    assert '<ol start="4">' in html
    assert "<s>five</s>" in html


def test_plain_text_reads_like_the_page() -> None:
    markdown = (
        "# Title\n\nSee [the *guide*](g.md),\n`x = 1` and ![a picture](p.png).\n中文\n折行\n\n"
        "3. three\n4. four\n   - inner\n\n|a|b|\n|-|-|\n|1|**2**|\n\n```\ncode  here\n```\n"
    )
    assert plain_text(markdown) == (
        "Title\n\nSee the guide, x = 1 and a picture. 中文折行\n\n3. three\n4. four\n   - inner\n\n"
        "a | b\n1 | 2\n\ncode  here"
    )
