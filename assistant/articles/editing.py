"""What an editor does to one article: each act is one transaction and takes effect with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from assistant.articles.views import ArticleView, view
from assistant.domain import locales
from assistant.domain.articles import ArticleContent, ArticleKey
from assistant.domain.indexing import EMBED_DRAFT, INDEX_ARTICLE
from assistant.domain.people import Actor
from assistant.domain.visible import visible
from assistant.errors import Conflict, Invalid, NotFound
from assistant.storage import articles as storage
from assistant.storage import audit, jobs
from assistant.storage.database import Database, Session
from assistant.storage.tables import Article
from assistant.storage.tables.base import now
from assistant.wording import Worded

LONGEST_TITLE = 500
LONGEST_BODY = 1_000_000
LONGEST_ID = 300
_ORIGIN = "editor"


class Editing:
    """Create, save, publish, unpublish, delete and restore. ``wake`` tells the worker that there is a job."""

    def __init__(self, database: Database, wake: Callable[[], None]) -> None:
        self._database = database
        self._wake = wake

    def create(self, key: ArticleKey, content: ArticleContent, actor: Actor) -> ArticleView:
        """The new article, as a draft.

        Raises:
            Conflict: there is an article with this id and locale, perhaps a deleted one.
            Invalid: the id, the locale or the content cannot be used.
        """
        key, content = checked_key(key), _checked(content)
        with self._database.write() as session:
            existing = storage.by_key(session, key, locked=True)
            if existing is not None:
                raise Conflict(_taken(key, bool(existing.deleted_at)), {"field": "id"})
            article = storage.add(session, key)
            storage.add_revision(session, article, content, _author(actor), _ORIGIN)
            _record(session, actor, "article.created", article)
            _embed_draft(session, article)
            seen = _view(session, article)
        self._wake()
        return seen

    def save(self, key: ArticleKey, content: ArticleContent, revision: int, actor: Actor) -> ArticleView:
        """The article with the content as its newest revision, still a draft; equal content adds none.

        Raises:
            Conflict: the article has a newer revision than ``revision``.
            NotFound, Invalid: there is no such article; the content cannot be used.
        """
        content = _checked(content)
        with self._database.write() as session:
            article = _at(session, key, revision)
            head = storage.shown(session, article, article.head).revision
            if head.digest != content.digest():
                storage.add_revision(session, article, content, _author(actor), _ORIGIN)
                _record(session, actor, "article.saved", article)
                _embed_draft(session, article)
            seen = _view(session, article)
        self._wake()
        return seen

    def publish(self, key: ArticleKey, revision: int, actor: Actor) -> ArticleView:
        """The article with its newest revision published; search finds it in under a second.

        Raises:
            Conflict: the article has a newer revision than ``revision``.
            NotFound: there is no such article.
        """
        with self._database.write() as session:
            article = _at(session, key, revision)
            make_public(session, article, article.head)
            article.held, article.updated_at = False, now()
            _record(session, actor, "article.published", article)
            index_soon(session, article)
            seen = _view(session, article)
        self._wake()
        return seen

    def unpublish(self, key: ArticleKey, revision: int, actor: Actor) -> ArticleView:
        """The article, which no customer sees from this commit on.

        Raises:
            Conflict: the article has a newer revision than ``revision``.
            NotFound: there is no such article.
        """
        with self._database.write() as session:
            article = _at(session, key, revision)
            article.published = article.publishing = None
            article.held, article.updated_at = True, now()
            _record(session, actor, "article.unpublished", article)
            index_soon(session, article)
            seen = _view(session, article)
        self._wake()
        return seen

    def delete(self, key: ArticleKey, revision: int, actor: Actor) -> None:
        """Leave a tombstone: nobody sees the article from this commit on, and it can be restored.

        Raises:
            Conflict: the article has a newer revision than ``revision``.
            NotFound: there is no such article.
        """
        with self._database.write() as session:
            article = _at(session, key, revision)
            bury(session, article)
            article.held = True
            _record(session, actor, "article.deleted", article)
            index_soon(session, article)
        self._wake()

    def restore(self, key: ArticleKey, actor: Actor) -> ArticleView:
        """The deleted article, back as a draft.

        Raises:
            NotFound: no such article was deleted.
        """
        with self._database.write() as session:
            article = storage.by_key(session, normal(key), locked=True)
            if article is None or article.deleted_at is None:
                raise NotFound(
                    Worded("No deleted article is called “%(id)s” (%(locale)s).", id=key.id, locale=key.locale)
                )
            article.deleted_at, article.updated_at = None, now()
            _record(session, actor, "article.restored", article)
            return _view(session, article)

    def revert(self, key: ArticleKey, to: int, revision: int, actor: Actor) -> ArticleView:
        """The article with a new draft that says what revision ``to`` said.

        Raises:
            Conflict: the article has a newer revision than ``revision``.
            NotFound: there is no such article or revision.
        """
        with self._database.write() as session:
            article = _at(session, key, revision)
            old = storage.revision(session, article, to)
            if old is None:
                raise NotFound(Worded("The article “%(id)s” has no revision %(n)s.", id=key.id, n=to))
            storage.add_revision(session, article, storage.content(old), _author(actor), _ORIGIN)
            _record(session, actor, "article.reverted", article, to=to)
            _embed_draft(session, article)
            seen = _view(session, article)
        self._wake()
        return seen


def make_public(session: Session, article: Article, number: int) -> None:
    """Let customers see this revision from this commit on."""
    revision = storage.shown(session, article, number).revision
    article.published, article.publishing = number, None
    article.title, article.category, article.audience = revision.title, revision.category, revision.audience
    if revision.origin == "import":
        # Whoever publishes what an import brought agrees with the file.
        article.import_revision = number


def bury(session: Session, article: Article) -> None:
    """Delete an article, leaving its revisions for whoever restores it."""
    article.published = article.publishing = None
    article.deleted_at = article.updated_at = now()
    session.flush()


def index_soon(session: Session, article: Article) -> None:
    """Queue the job that makes the indexes agree with what is published, ahead of everything else."""
    jobs.enqueue(session, INDEX_ARTICLE, {"articles": [article.id]}, lane=jobs.URGENT, dedupe=f"article:{article.id}")


def normal(key: ArticleKey) -> ArticleKey:
    """The key with its locale as stored.

    Raises:
        Invalid: the locale is no language tag.
    """
    return ArticleKey(key.id, locales.checked(key.locale))


def checked_key(key: ArticleKey) -> ArticleKey:
    """The key of a new article.

    Raises:
        Invalid: the id or the locale cannot be used.
    """
    plain = visible(key.id).strip().strip("/")
    if not plain or len(plain) > LONGEST_ID or any(ord(letter) < 32 for letter in plain) or ".." in plain.split("/"):
        raise Invalid(
            Worded("An article's id has 1 to %(n)s characters, no control characters and no “..”.", n=LONGEST_ID),
            {"field": "id"},
        )
    return normal(ArticleKey(plain, key.locale))


def _checked(content: ArticleContent) -> ArticleContent:
    """The content as stored: without line breaks in the title and blank lines around the body."""
    title, body = " ".join(content.title.split()), content.body.replace("\r\n", "\n").strip("\n").rstrip()
    if not title:
        raise Invalid("An article needs a title.", {"field": "title"})
    if len(title) > LONGEST_TITLE:
        raise Invalid(Worded("A title has at most %(n)s characters.", n=LONGEST_TITLE), {"field": "title"})
    if len(body) > LONGEST_BODY:
        raise Invalid(Worded("An article has at most %(n)s characters; split it.", n=LONGEST_BODY), {"field": "body"})
    return replace(content, title=title, body=body)


def _at(session: Session, key: ArticleKey, revision: int) -> Article:
    """The article, locked, if ``revision`` is still its newest."""
    article = storage.by_key(session, normal(key), locked=True)
    if article is None or article.deleted_at is not None:
        raise NotFound(Worded("There is no article “%(id)s” (%(locale)s).", id=key.id, locale=key.locale))
    if article.head != revision:
        raise Conflict(
            Worded(
                "Someone has changed this article since you opened it (revision %(opened)s, now %(now)s). "
                "Reload to see what it says now.",
                opened=revision,
                now=article.head,
            ),
            {"revision": article.head},
        )
    return article


def _taken(key: ArticleKey, deleted: bool) -> Worded:
    if deleted:
        return Worded(
            "There is an article “%(id)s” (%(locale)s) already. It was deleted; restore it instead.",
            id=key.id,
            locale=key.locale,
        )
    return Worded("There is an article “%(id)s” (%(locale)s) already.", id=key.id, locale=key.locale)


def _view(session: Session, article: Article) -> ArticleView:
    session.flush()
    return view(storage.shown(session, article, article.head))


def _embed_draft(session: Session, article: Article) -> None:
    jobs.enqueue(session, EMBED_DRAFT, {"articles": [article.id]}, dedupe=f"draft:{article.id}")


def _author(actor: Actor) -> str:
    return actor.id or actor.label


def _record(session: Session, actor: Actor, action: str, article: Article, **detail: int) -> None:
    thing = f"article:{article.article_id}:{article.locale}"
    audit.record(session, actor, action, thing, {"revision": article.head, **detail})
