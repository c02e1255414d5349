"""What an import does to articles: sources, conflicts, drafts and pruning (decision 5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from assistant.articles.editing import bury
from assistant.articles.views import stricter
from assistant.domain.articles import ArticleContent, ArticleKey, ArticleStatus
from assistant.domain.indexing import BULK_ARTICLES, EMBED_DRAFT, INDEX_BULK
from assistant.domain.people import Actor
from assistant.storage import articles as storage
from assistant.storage import audit, blobs, jobs
from assistant.storage.database import Database, Session
from assistant.storage.tables import Article, Revision
from assistant.storage.tables.base import now
from assistant.wording import Worded

_ORIGIN = "import"


@dataclass(frozen=True, slots=True)
class Incoming:
    """An article as a source says it now; ``digest`` is equal exactly while the source says the same.

    ``publish`` is False when whoever imports wants drafts, whatever ``status`` the source gives it.
    """

    key: ArticleKey
    content: ArticleContent
    status: ArticleStatus
    digest: str
    path: str
    publish: bool = True


@dataclass(slots=True)
class BatchOutcome:
    """What became of some articles; ``conflicts`` and ``failed`` come with their reasons; ``jobs`` publish the rest."""

    added: list[ArticleKey] = field(default_factory=list)
    updated: list[ArticleKey] = field(default_factory=list)
    unchanged: list[ArticleKey] = field(default_factory=list)
    conflicts: list[tuple[Incoming, str]] = field(default_factory=list)
    failed: list[tuple[Incoming, str]] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file as it was last read: its digest, the articles in it, and the pictures that it refers to.

    ``pictures`` has, by what the file calls them, the SHA-256 of the picture as it was found and of what is stored of
    it; empty where there is none.
    """

    digest: str
    articles: tuple[ArticleKey, ...]
    pictures: Mapping[str, tuple[str, str]] = field(default_factory=dict)


class Verdict(Enum):
    """What is to be done with an incoming article."""

    ADD = auto()
    UPDATE = auto()
    PUBLISH = auto()
    UNCHANGED = auto()
    CONFLICT = auto()
    FOREIGN = auto()


class Imports:
    """One import at a time: ``begin``, then ``apply`` for each batch, then perhaps ``prune``."""

    def __init__(self, database: Database, wake: Callable[[], None]) -> None:
        self._database = database
        self._wake = wake

    def begin(self, source: str) -> int:
        """The number of the source called ``source``, made when there was none."""
        with self._database.write() as session:
            row = storage.ensure_source(session, source)
            row.imported_at = now()
            return row.id

    def known_files(self, source: int) -> dict[str, KnownFile]:
        """The files of a source as they were last read, by path."""
        with self._database.read() as session:
            return {
                path: KnownFile(
                    row.digest,
                    tuple(ArticleKey(*pair) for pair in row.articles),
                    {target: (found, kept) for target, (found, kept) in (row.pictures or {}).items()},
                )
                for path, row in storage.files_of(session, source).items()
            }

    def keep_picture(self, data: bytes, content_type: str) -> str:
        """The hash by which a picture that is now stored is shown at ``/files/``."""
        with self._database.write() as session:
            return blobs.put(session, data, content_type)

    def apply(
        self,
        source: int,
        batch: Sequence[Incoming],
        files: Mapping[str, KnownFile],
        actor: Actor,
        run: str,
        author: str = "",
    ) -> BatchOutcome:
        """What became of the articles, in one transaction with the job that publishes them.

        What is published now stays so until the vectors of its successor are there, unless the successor is for fewer
        people. ``files`` are remembered as read; ``run`` names the import, so that its jobs can be followed.
        """
        outcome = BatchOutcome()
        with self._database.write() as session:
            articles = storage.by_keys(session, [incoming.key for incoming in batch])
            heads = storage.revisions_at(session, {row.id: row.head for row in articles.values()})
            owners = storage.source_names(session, {row.source_id for row in articles.values() if row.source_id})
            writer = _Writer(session, source, author or actor.label, outcome)
            for incoming in batch:
                article = articles.get(incoming.key)
                head = heads.get(article.id) if article else None
                writer.take(incoming, article, head, owners)
            session.flush()
            outcome.jobs.extend(_enqueue(session, INDEX_BULK, writer.to_index, run))
            outcome.jobs.extend(_enqueue(session, EMBED_DRAFT, writer.drafts, run))
            failed = {incoming.key for incoming, _ in outcome.failed}
            read = {
                path: (file.digest, file.articles, file.pictures)
                for path, file in files.items()
                if failed.isdisjoint(file.articles)
            }
            storage.put_files(session, source, read)
            if outcome.added or outcome.updated or outcome.conflicts:
                counts = {"added": len(outcome.added), "updated": len(outcome.updated)}
                audit.record(session, actor, "articles.imported", f"source:{source}", counts)
        if outcome.jobs:
            self._wake()
        return outcome

    def prune(
        self, source: int, kept: Collection[ArticleKey], paths: Collection[str], actor: Actor, run: str
    ) -> tuple[list[ArticleKey], list[str]]:
        """The articles removed because their own source no longer has them, and the jobs that unindex them.

        ``paths`` are all files that the source has now; what others gave is forgotten.
        """
        keep = set(kept)
        with self._database.write() as session:
            gone = {number: key for number, key in storage.of_source(session, source) if key not in keep}
            numbers = sorted(gone)
            for at in range(0, len(numbers), 500):
                for article in storage.by_numbers(session, numbers[at : at + 500], locked=True):
                    bury(session, article)
            stale = [path for path in storage.files_of(session, source) if path not in set(paths)]
            storage.forget_files(session, source, stale)
            queued = _enqueue(session, INDEX_BULK, numbers, run)
            if gone:
                audit.record(session, actor, "articles.pruned", f"source:{source}", {"removed": len(gone)})
        if queued:
            self._wake()
        return list(gone.values()), queued


def judge(article: Article | None, head: Revision | None, incoming: Incoming, source: int) -> Verdict:
    """What is to be done with an incoming article, from what both sides have done since the last import."""
    if article is None or head is None:
        return Verdict.ADD
    if article.source_id != source:
        return Verdict.FOREIGN if article.deleted_at is None else Verdict.ADD
    if article.deleted_at is not None and not article.held:
        return Verdict.ADD
    offline = article.held or article.deleted_at is not None
    edited = article.head != article.import_revision and head.digest != incoming.content.digest()
    if article.import_digest == incoming.digest:
        untouched = article.head == article.import_revision and not offline
        waiting = article.head not in (article.published, article.publishing)
        wanted = incoming.publish and incoming.status is ArticleStatus.PUBLISHED
        return Verdict.PUBLISH if wanted and waiting and untouched else Verdict.UNCHANGED
    return Verdict.CONFLICT if edited or offline else Verdict.UPDATE


class _Writer:
    """Carries out verdicts within one transaction."""

    def __init__(self, session: Session, source: int, author: str, outcome: BatchOutcome) -> None:
        self._session = session
        self._source = source
        self._author = author
        self._outcome = outcome
        self.to_index: list[int] = []
        self.drafts: list[int] = []

    def take(
        self, incoming: Incoming, article: Article | None, head: Revision | None, owners: Mapping[int, str]
    ) -> None:
        verdict = judge(article, head, incoming, self._source)
        if article is None:
            article = storage.add(self._session, incoming.key)
        if verdict is Verdict.FOREIGN:
            self._outcome.failed.append((incoming, _foreign(incoming.key, article, owners)))
        elif verdict is Verdict.UNCHANGED:
            self._outcome.unchanged.append(incoming.key)
        elif verdict is Verdict.CONFLICT:
            self._conflict(incoming, article, head)
        else:
            self._bring(incoming, article, head)
            (self._outcome.added if verdict is Verdict.ADD else self._outcome.updated).append(incoming.key)

    def _bring(self, incoming: Incoming, article: Article, head: Revision | None) -> None:
        if head is None or head.digest != incoming.content.digest():
            storage.add_revision(self._session, article, incoming.content, self._author, _ORIGIN)
        article.source_id, article.import_digest = self._source, incoming.digest
        article.import_revision = article.head
        article.deleted_at, article.held = None, False
        article.updated_at = now()
        if incoming.status is ArticleStatus.DRAFT:
            was_public = article.published is not None
            article.published = article.publishing = None
            (self.to_index if was_public else self.drafts).append(article.id)
            return
        if not incoming.publish:
            self.drafts.append(article.id)
            return
        article.publishing = article.head
        # From this commit on nobody may read it who may not read its successor.
        article.audience = stricter(article.audience, str(incoming.content.audience))
        self.to_index.append(article.id)

    def _conflict(self, incoming: Incoming, article: Article, head: Revision | None) -> None:
        article.import_digest = incoming.digest
        if head is not None and head.digest != incoming.content.digest():
            storage.add_revision(self._session, article, incoming.content, self._author, _ORIGIN)
            self.drafts.append(article.id)
        self._outcome.conflicts.append((incoming, _contradiction(article)))


def _contradiction(article: Article) -> str:
    if article.deleted_at is not None:
        return "The file has changed, but an editor deleted the article here; it stays deleted."
    if article.held:
        return "The file has changed, but an editor took the article offline; the file's text waits as a draft."
    said = "Changed here and in the file since the last import; the file's text waits as draft %(n)s."
    return Worded(said, n=article.head)


def _foreign(key: ArticleKey, article: Article, owners: Mapping[int, str]) -> str:
    owner = owners.get(article.source_id or 0)
    if owner:
        return Worded(
            "The article “%(id)s” (%(locale)s) belongs to the source “%(source)s”. "
            "Give this one another id, or import it as that source.",
            id=key.id,
            locale=key.locale,
            source=owner,
        )
    return Worded(
        "The article “%(id)s” (%(locale)s) was written by an editor here. Give this one another id.",
        id=key.id,
        locale=key.locale,
    )


def _enqueue(session: Session, kind: str, numbers: Iterable[int], run: str) -> list[str]:
    every = list(numbers)
    made: list[str] = []
    for at in range(0, len(every), BULK_ARTICLES):
        payload = {"articles": every[at : at + BULK_ARTICLES], "run": run}
        made.append(jobs.enqueue(session, kind, payload, lane=jobs.BULK).id)
    return made
