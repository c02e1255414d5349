"""Text as a reader sees it."""

from __future__ import annotations

import pytest

from assistant.domain.articles import ArticleContent
from assistant.domain.markdown import without_foreign_images
from assistant.domain.visible import visible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("re\u200bset\u2060 the\u00ad hub", "reset the hub"),
        ("退\u200b款\ufeff", "退款"),
        ("\u202eyenom\u202c", "yenom"),
        ("ok\U000e0073\U000e0061\U000e0079", "ok"),
        ("a\u200db", "ab"),
        ("x\ufe0f\ufe01\ufe02", "x\ufe0f"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467 ☎\ufe0f", "\U0001f468\u200d\U0001f469\u200d\U0001f467 ☎\ufe0f"),
        ("\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",) * 2,
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("Füße, naïve, 「花唄」", "Füße, naïve, 「花唄」"),
    ],
)
def test_hidden_characters_go_and_all_others_stay(text: str, seen: str) -> None:
    assert visible(text) == seen


def test_an_article_holds_none() -> None:
    content = ArticleContent("T\u200b", "b\u2066", "c\u200b", ("t\u200b",), alternates=("a\u200b",))
    assert (content.title, content.body, content.category, content.tags, content.alternates) == (
        "T",
        "b",
        "c",
        ("t",),
        ("a",),
    )


@pytest.mark.parametrize(
    ("markdown", "left"),
    [
        ("see ![the lamp](https://eye.example/a.gif 'x') here", "see the lamp here"),
        ("![a](//eye.example/a)", "a"),
        ("![a](</files/abc> 'b')", "![a](</files/abc> 'b')"),
        ("![a][one] ![one]", "a one"),
        ("![a][own]", "![a][own]"),
        ("write `![a](https://x.example)`", "write `![a](https://x.example)`"),
        ("no image!", "no image!"),
    ],
)
def test_only_own_images_stay(markdown: str, left: str) -> None:
    definitions = {"one": "[one]: https://eye.example/a.gif", "own": "[own]: /files/abc"}
    assert without_foreign_images(markdown, definitions) == left
