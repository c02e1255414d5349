"""Anchors are readable, unique, and keep Chinese."""

from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.anchors import slug


def test_slug_reads_like_the_heading() -> None:
    assert slug("What's the LED (H2) saying?", set()) == "whats-the-led-h2-saying"


def test_slug_keeps_chinese_of_both_scripts() -> None:
    assert slug("退货 与 退款（中国）", set()) == "退货-与-退款中国"
    assert slug("帳號與安全", set()) == "帳號與安全"


def test_slug_numbers_repeats_even_when_a_heading_looks_numbered() -> None:
    taken: set[str] = set()
    assert [slug(text, taken) for text in ("Setup", "setup-1", "Setup", "SETUP")] == [
        "setup",
        "setup-1",
        "setup-2",
        "setup-3",
    ]


@given(st.lists(st.text(), max_size=20))
def test_slugs_of_a_document_never_collide_and_need_no_quoting(headings: list[str]) -> None:
    taken: set[str] = set()
    slugs = [slug(heading, taken) for heading in headings]
    assert len(set(slugs)) == len(headings)
    assert all(found and not set(found) & set(" \t\n\"'<>&#?%/") for found in slugs)
