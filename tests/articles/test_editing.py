"""What editors do to articles, on both databases."""

from __future__ import annotations

import pytest

from assistant.articles import Articles, Filters
from assistant.domain.articles import ArticleContent, ArticleKey, ArticleStatus, Audience
from assistant.domain.people import SYSTEM
from assistant.errors import Conflict, Invalid, NotFound
from assistant.storage import audit, jobs
from assistant.storage.database import Database

KEY = ArticleKey("hub/reset", "en")
CONTENT = ArticleContent(
    "Reset the hub", "Hold the button for ten seconds.", "hubs", ("hub",), alternates=("hub stuck",)
)


@pytest.fixture
def articles(database: Database) -> Articles:
    return Articles(database)


def test_create_gives_a_draft(articles: Articles) -> None:
    made = articles.editing.create(ArticleKey("hub/reset", "en-GB"), CONTENT, SYSTEM)
    assert (made.key, made.status, made.revision, made.content) == (KEY, ArticleStatus.DRAFT, 1, CONTENT)
    assert articles.reading.get("hub/reset", "en") == made


def test_an_id_has_no_character_that_nobody_sees(articles: Articles) -> None:
    assert articles.editing.create(ArticleKey("hub/\u202ereset\u200b", "en"), CONTENT, SYSTEM).key == KEY


@pytest.mark.parametrize("article_id", ["", "  ", "\u202e", "a/../b", "x" * 301, "tab\there"])
def test_create_refuses_unusable_ids(articles: Articles, article_id: str) -> None:
    with pytest.raises(Invalid):
        articles.editing.create(ArticleKey(article_id, "en"), CONTENT, SYSTEM)


def test_create_twice_conflicts_and_says_when_it_was_deleted(articles: Articles) -> None:
    articles.editing.create(KEY, CONTENT, SYSTEM)
    with pytest.raises(Conflict, match="already"):
        articles.editing.create(KEY, CONTENT, SYSTEM)
    articles.editing.delete(KEY, 1, SYSTEM)
    with pytest.raises(Conflict, match="restore"):
        articles.editing.create(KEY, CONTENT, SYSTEM)


def test_a_stale_revision_conflicts_in_every_write(articles: Articles) -> None:
    articles.editing.create(KEY, CONTENT, SYSTEM)
    articles.editing.save(KEY, ArticleContent("Reset", "Other text."), 1, SYSTEM)
    writes = (
        lambda: articles.editing.save(KEY, CONTENT, 1, SYSTEM),
        lambda: articles.editing.publish(KEY, 1, SYSTEM),
        lambda: articles.editing.unpublish(KEY, 1, SYSTEM),
        lambda: articles.editing.delete(KEY, 1, SYSTEM),
        lambda: articles.editing.revert(KEY, 1, 1, SYSTEM),
    )
    for write in writes:
        with pytest.raises(Conflict):
            write()
    assert articles.reading.get("hub/reset", "en").content.body == "Other text."


def test_saving_the_same_adds_no_revision(articles: Articles) -> None:
    articles.editing.create(KEY, CONTENT, SYSTEM)
    assert articles.editing.save(KEY, CONTENT, 1, SYSTEM).revision == 1


def test_publish_then_save_keeps_what_customers_see(articles: Articles) -> None:
    articles.editing.create(KEY, CONTENT, SYSTEM)
    articles.editing.publish(KEY, 1, SYSTEM)
    saved = articles.editing.save(KEY, ArticleContent("New title", "New text."), 1, SYSTEM)
    assert (saved.status, saved.published, saved.revision) == (ArticleStatus.PUBLISHED, 1, 2)
    assert saved.changed_since_published
    assert articles.help.article("hub/reset", "en").title == "Reset the hub"
    articles.editing.publish(KEY, 2, SYSTEM)
    assert articles.help.article("hub/reset", "en").title == "New title"


def test_publishing_queues_one_urgent_job_however_often_it_is_done(articles: Articles, database: Database) -> None:
    articles.editing.create(KEY, CONTENT, SYSTEM)
    for _ in range(3):
        articles.editing.publish(KEY, 1, SYSTEM)
    with database.read() as session:
        found = jobs.by_ids(session, jobs.unfinished(session, ["index.article"]))
    assert [job.lane for job in found] == [jobs.URGENT]


def test_delete_leaves_a_tombstone_that_can_be_restored_as_a_draft(articles: Articles) -> None:
    articles.editing.create(KEY, CONTENT, SYSTEM)
    articles.editing.publish(KEY, 1, SYSTEM)
    articles.editing.delete(KEY, 1, SYSTEM)
    with pytest.raises(NotFound):
        articles.reading.get("hub/reset", "en")
    assert [view.key for view in articles.reading.page(Filters(deleted=True)).items] == [KEY]
    restored = articles.editing.restore(KEY, SYSTEM)
    assert (restored.status, restored.content) == (ArticleStatus.DRAFT, CONTENT)
    with pytest.raises(NotFound):
        articles.editing.restore(KEY, SYSTEM)


def test_revert_makes_an_old_revision_the_newest_draft(articles: Articles) -> None:
    articles.editing.create(KEY, CONTENT, SYSTEM)
    articles.editing.save(KEY, ArticleContent("Worse", "Worse text.", audience=Audience.AGENTS), 1, SYSTEM)
    reverted = articles.editing.revert(KEY, 1, 2, SYSTEM)
    assert (reverted.revision, reverted.content) == (3, CONTENT)
    assert [view.number for view in articles.reading.revisions(KEY)] == [3, 2, 1]
    assert [change.field for change in articles.reading.diff(KEY, 1, 2)] == [
        "title",
        "body",
        "category",
        "tags",
        "audience",
        "alternates",
    ]
    assert articles.reading.diff(KEY, 1, 3) == []


def test_every_act_is_in_the_audit_log_without_what_was_written(articles: Articles, database: Database) -> None:
    articles.editing.create(KEY, CONTENT, SYSTEM)
    articles.editing.publish(KEY, 1, SYSTEM)
    articles.editing.unpublish(KEY, 1, SYSTEM)
    with database.read() as session:
        entries = [entry for entry, _ in audit.entries_before(session, None, 10)]
    assert [entry.action for entry in entries] == ["article.unpublished", "article.published", "article.created"]
    assert {entry.thing for entry in entries} == {"article:hub/reset:en"}
    assert "button" not in str([entry.detail for entry in entries])


def test_pages_follow_one_another_whatever_the_filters(articles: Articles) -> None:
    for number in range(7):
        category = "even" if number % 2 == 0 else "odd"
        content = ArticleContent(f"Title {number}", "重置网关" if number == 3 else "Text", category)
        articles.editing.create(ArticleKey(f"a{number}", "en"), content, SYSTEM)
    seen: list[str] = []
    cursor = ""
    while True:
        page = articles.reading.page(Filters(), cursor, limit=3)
        seen.extend(view.key.id for view in page.items)
        cursor = page.next_cursor
        if not cursor:
            break
    assert sorted(seen) == [f"a{number}" for number in range(7)]
    assert seen[0] == "a6"
    assert {view.key.id for view in articles.reading.page(Filters(category="odd")).items} == {"a1", "a3", "a5"}
    assert [view.key.id for view in articles.reading.page(Filters(q="重置")).items] == ["a3"]
    assert articles.reading.page(Filters(q="100%")).items == []
    with pytest.raises(Invalid):
        articles.reading.page(Filters(), "nonsense")


def test_translations_are_paired(articles: Articles) -> None:
    articles.editing.create(KEY, CONTENT, SYSTEM)
    articles.editing.create(ArticleKey("hub/reset", "zh-CN"), ArticleContent("重置网关", "按住按钮十秒。"), SYSTEM)
    found = articles.reading.get("hub/reset", "en")
    assert [(each.locale, each.title) for each in found.translations] == [("zh-Hans", "重置网关")]
    assert articles.reading.get("hub/reset", "", "zh-Hant").key.locale == "zh-Hans"
