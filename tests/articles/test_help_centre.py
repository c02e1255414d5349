"""What readers of the help centre see, on both databases."""

from __future__ import annotations

import pytest

from assistant.articles import Articles
from assistant.domain.answers import Hit, LivePassage
from assistant.domain.articles import ArticleContent, ArticleKey, Audience
from assistant.domain.people import SYSTEM
from assistant.errors import NotFound
from assistant.storage.database import Database


@pytest.fixture
def articles(database: Database) -> Articles:
    made = Articles(database)
    for article_id, locale, title, category, audience in (
        ("returns", "en", "Returns", "orders", Audience.PUBLIC),
        ("returns", "zh-Hans", "退货", "orders", Audience.PUBLIC),
        ("refunds", "en", "Refunds", "orders", Audience.PUBLIC),
        ("margins", "en", "Margins", "internal", Audience.AGENTS),
        ("loyalty", "en", "Loyalty", "orders", Audience.SIGNED_IN),
    ):
        key = ArticleKey(article_id, locale)
        made.editing.create(key, ArticleContent(title, f"About {title}.", category, audience=audience), SYSTEM)
        made.editing.publish(key, 1, SYSTEM)
    made.editing.create(ArticleKey("draft", "en"), ArticleContent("Draft", "Not yet."), SYSTEM)
    return made


def test_an_article_comes_in_the_nearest_language(articles: Articles) -> None:
    assert articles.help.article("returns", "zh-TW").title == "退货"
    assert articles.help.article("refunds", "zh-CN").title == "Refunds"
    assert articles.help.article("returns", "en").others == ("zh-Hans",)


@pytest.mark.parametrize("article_id", ["margins", "loyalty", "draft", "nothing"])
def test_what_is_not_for_everyone_does_not_exist(articles: Articles, article_id: str) -> None:
    with pytest.raises(NotFound):
        articles.help.article(article_id, "en")


def test_categories_hold_each_article_once_and_only_public_ones(articles: Articles) -> None:
    found = {each.name: [article.title for article in each.articles] for each in articles.help.categories("zh-Hans")}
    assert found == {"orders": ["Refunds", "退货"]} or found == {"orders": ["退货", "Refunds"]}
    signed_in = articles.help.categories("en", (Audience.PUBLIC, Audience.SIGNED_IN))
    assert {article.title for each in signed_in for article in each.articles} == {"Returns", "Refunds", "Loyalty"}


def test_readers_make_an_article_popular(articles: Articles) -> None:
    for _ in range(3):
        articles.help.viewed("refunds", "en")
    articles.help.rate("refunds", "en", helpful=True)
    articles.help.rate("refunds", "en", helpful=False)
    assert articles.help.popular("en", 1)[0].title == "Refunds"
    view = articles.reading.get("refunds", "en")
    assert (view.views, view.helpful, view.unhelpful) == (3, 1, 1)
    with pytest.raises(NotFound):
        articles.help.rate("draft", "en", helpful=True)


def test_search_shows_each_article_once_in_the_readers_language(articles: Articles) -> None:
    def find(_query: str, _locale: str, _k: int) -> list[Hit]:
        return [_hit("returns", "en"), _hit("returns", "zh-Hans"), _hit("margins", "en"), _hit("refunds", "en")]

    found = articles.help.search("退货", "zh-CN", find)
    assert [(hit.article.id, hit.article.locale) for hit in found] == [("returns", "zh-Hans"), ("refunds", "en")]
    assert articles.help.search("  ", "en", find) == []


def _hit(article: str, locale: str) -> Hit:
    passage = LivePassage("p", article, locale, 1, "", "h", "a", "paragraph", 0, "text", "", "public", "")
    return Hit(passage, 1.0, 1.0, 1.0)
