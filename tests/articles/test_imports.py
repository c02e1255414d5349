"""Sources, conflicts, drafts and pruning (decision 5), on both databases."""

from __future__ import annotations

import hashlib

import pytest

from assistant.articles import Articles, BatchOutcome, Filters, Incoming
from assistant.articles.editing import make_public
from assistant.domain.articles import ArticleContent, ArticleKey, ArticleStatus, Audience
from assistant.domain.people import SYSTEM
from assistant.errors import NotFound
from assistant.storage import articles as storage
from assistant.storage import jobs
from assistant.storage.database import Database

KEY = ArticleKey("a", "en")


class Importer:
    """One source, imported again and again."""

    def __init__(self, database: Database, name: str = "docs") -> None:
        self.database = database
        self.articles = Articles(database)
        self.source = self.articles.imports.begin(name)

    def bring(
        self,
        body: str,
        status: ArticleStatus = ArticleStatus.PUBLISHED,
        *,
        publish: bool = True,
        audience: Audience = Audience.PUBLIC,
    ) -> BatchOutcome:
        content = ArticleContent("A", body, audience=audience)
        digest = hashlib.sha256(f"{content.digest()}{status}".encode()).hexdigest()
        incoming = Incoming(KEY, content, status, digest, "a.md", publish)
        return self.articles.imports.apply(self.source, [incoming], {}, SYSTEM, "run")

    def index(self) -> None:
        """What the index job does to articles that wait to be published."""
        with self.database.write() as session:
            for article in storage.by_keys(session, [KEY]).values():
                if article.publishing is not None:
                    make_public(session, article, article.publishing)

    def published(self) -> str | None:
        try:
            return self.articles.help.article("a", "en").body
        except NotFound:
            return None


@pytest.fixture
def importer(database: Database) -> Importer:
    return Importer(database)


def test_new_then_unchanged_then_changed(importer: Importer) -> None:
    assert importer.bring("one").added == [KEY]
    assert importer.published() is None  # not before it can be found
    importer.index()
    assert importer.published() == "one"
    outcome = importer.bring("one")
    assert (outcome.unchanged, outcome.jobs) == ([KEY], [])
    assert importer.bring("two").updated == [KEY]
    assert importer.published() == "one"  # the old one serves until the new one can be found
    importer.index()
    assert importer.published() == "two"


def test_an_unchanged_file_leaves_the_editors_text_alone(importer: Importer) -> None:
    importer.bring("file")
    importer.index()
    importer.articles.editing.save(KEY, ArticleContent("A", "editor"), 1, SYSTEM)
    importer.articles.editing.publish(KEY, 2, SYSTEM)
    assert importer.bring("file").unchanged == [KEY]
    assert importer.published() == "editor"


def test_changed_on_both_sides_is_a_draft_and_a_conflict_until_an_editor_decides(importer: Importer) -> None:
    importer.bring("file")
    importer.index()
    importer.articles.editing.save(KEY, ArticleContent("A", "editor"), 1, SYSTEM)
    importer.articles.editing.publish(KEY, 2, SYSTEM)
    outcome = importer.bring("file two")
    assert [incoming.key for incoming, _ in outcome.conflicts] == [KEY]
    importer.index()
    assert importer.published() == "editor"
    assert importer.articles.reading.get("a", "en").content.body == "file two"
    assert importer.bring("file two").unchanged == [KEY]
    assert importer.bring("file three").conflicts  # still undecided
    importer.articles.editing.publish(KEY, 4, SYSTEM)  # the editor takes the file's text
    assert importer.bring("file four").updated == [KEY]
    importer.index()
    assert importer.published() == "file four"


def test_the_same_text_on_both_sides_is_no_conflict(importer: Importer) -> None:
    importer.bring("file")
    importer.index()
    importer.articles.editing.save(KEY, ArticleContent("A", "better"), 1, SYSTEM)
    outcome = importer.bring("better")
    assert (outcome.updated, outcome.conflicts) == ([KEY], [])
    importer.index()
    assert importer.published() == "better"
    assert importer.articles.reading.get("a", "en").revision == 2


def test_what_an_editor_took_offline_no_import_puts_back(importer: Importer) -> None:
    importer.bring("file")
    importer.index()
    importer.articles.editing.unpublish(KEY, 1, SYSTEM)
    assert importer.bring("file").unchanged == [KEY]
    assert importer.bring("file two").conflicts
    importer.index()
    assert importer.published() is None
    importer.articles.editing.delete(KEY, 2, SYSTEM)
    assert "deleted" in importer.bring("file three").conflicts[0][1]
    with pytest.raises(NotFound):
        importer.articles.reading.get("a", "en")


def test_unpublishing_while_an_import_waits_wins(importer: Importer) -> None:
    importer.bring("file")
    importer.articles.editing.unpublish(KEY, 1, SYSTEM)
    importer.index()
    assert importer.published() is None


def test_drafts_change_nothing_published_and_are_published_by_the_next_import(importer: Importer) -> None:
    importer.bring("one")
    importer.index()
    importer.bring("two", publish=False)
    importer.index()
    assert importer.published() == "one"
    assert importer.bring("two").updated == [KEY]
    importer.index()
    assert importer.published() == "two"


def test_a_source_that_says_draft_takes_its_article_offline(importer: Importer) -> None:
    importer.bring("one")
    importer.index()
    importer.bring("one", ArticleStatus.DRAFT)
    assert importer.published() is None
    importer.bring("one")
    importer.index()
    assert importer.published() == "one"


def test_a_stricter_audience_holds_from_the_commit_of_the_import(importer: Importer) -> None:
    importer.bring("one")
    importer.index()
    importer.bring("two", audience=Audience.AGENTS)
    assert importer.published() is None  # before any job has run
    importer.index()
    assert importer.published() is None
    importer.bring("three", audience=Audience.PUBLIC)
    assert importer.published() is None  # what is published now is still for agents
    importer.index()
    assert importer.published() == "three"


def test_a_foreign_id_fails_with_the_name_of_its_source(importer: Importer, database: Database) -> None:
    importer.bring("mine")
    other = Importer(database, "other")
    outcome = other.bring("theirs")
    assert "“docs”" in outcome.failed[0][1]
    assert importer.articles.reading.get("a", "en").content.body == "mine"


def test_an_editors_own_article_fails_too(importer: Importer) -> None:
    importer.articles.editing.create(KEY, ArticleContent("A", "editor"), SYSTEM)
    assert "editor" in importer.bring("file").failed[0][1]


def test_prune_removes_only_what_its_own_source_no_longer_has(importer: Importer, database: Database) -> None:
    importer.bring("mine")
    importer.index()
    other = Articles(database)
    other.editing.create(ArticleKey("own", "en"), ArticleContent("Own", "x"), SYSTEM)
    foreign = other.imports.begin("other")
    assert other.imports.prune(foreign, [], [], SYSTEM, "run")[0] == []
    assert importer.published() == "mine"
    removed, queued = importer.articles.imports.prune(importer.source, [], [], SYSTEM, "run")
    assert (removed, len(queued)) == ([KEY], 1)
    assert importer.published() is None
    assert [view.key.id for view in importer.articles.reading.page(Filters()).items] == ["own"]
    assert importer.bring("mine").added == [KEY]  # the file is back
    importer.index()
    assert importer.published() == "mine"


def test_jobs_of_an_import_are_bulk_and_of_at_most_fifty_articles(importer: Importer, database: Database) -> None:
    batch = [
        Incoming(ArticleKey(f"n{n}", "en"), ArticleContent(f"N{n}", "x"), ArticleStatus.PUBLISHED, "d", "f.csv")
        for n in range(120)
    ]
    outcome = importer.articles.imports.apply(importer.source, batch, {}, SYSTEM, "run")
    with database.read() as session:
        found = jobs.by_ids(session, outcome.jobs)
    assert sorted(len(job.payload["articles"]) for job in found) == [20, 50, 50]
    assert {job.lane for job in found} == {jobs.BULK}
