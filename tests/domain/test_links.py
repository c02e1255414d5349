"""Links between articles are known by the ids they lead to."""

import pytest

from assistant.domain.links import linked_article


@pytest.mark.parametrize(
    ("href", "article", "expected"),
    [
        ("hub-h2-reset.md", "hub-h1-reset", ("hub-h2-reset", "")),
        ("hub.md#restart", "x", ("hub", "restart")),
        ("../shared/01/a.html", "text/swriter/b", ("text/shared/01/a", "")),
        ("../zh/hub.md", "en-only", ("hub", "")),
        ("../../en-US/text/a.html", "text/b", ("text/a", "")),
        ("other", "guides/one", ("guides/other", "")),
        ("%E9%80%80%E8%B4%A7.md", "x", ("退货", "")),
        ("#restart", "hub", ("hub", "restart")),
        ("https://shop.example/a.html", "x", None),
        ("//shop.example/a.html", "x", None),
        ("mailto:a@b.example", "x", None),
        ("/files/ab/manual.pdf", "x", None),
        ("manual.pdf", "x", None),
        ("", "x", None),
    ],
)
def test_a_link_means_an_article_or_something_else(href: str, article: str, expected: tuple[str, str] | None) -> None:
    assert linked_article(href, article) == expected
