"""What articles are worth to customers: which questions they answered, and which of them need an editor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from assistant.domain.articles import ArticleKey, Audience
from assistant.storage import articles as storage
from assistant.storage import passages, quotations
from assistant.storage.database import Database
from assistant.storage.quotations import Quotation
from assistant.storage.tables import Article
from assistant.storage.tables.base import now

__all__ = ["Concern", "Quotation", "Upkeep", "Worry", "is_behind"]

QUOTED_WITHIN = timedelta(days=90)
STALE_AFTER = timedelta(days=365)
# A translation counts as behind when the leading text changed this much later: both are often saved together.
BEHIND_AFTER = timedelta(hours=1)
ENOUGH_VOTES = 5
UNHELPFUL_SHARE = 0.4


class Worry(StrEnum):
    """Why an article needs an editor, the most pressing first."""

    UNHELPFUL = "unhelpful"
    BEHIND = "behind"
    CHANGED = "changed"
    UNTRANSLATED = "untranslated"
    NEVER_QUOTED = "never_quoted"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Concern:
    """An article that needs an editor. ``share`` is that of readers whom it did not help; ``missing`` are locales."""

    worry: Worry
    key: ArticleKey
    title: str
    updated_at: datetime
    share: float = 0.0
    votes: int = 0
    missing: tuple[str, ...] = ()


class Upkeep:
    """Reads what became of articles."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def quotations(self, article_id: str, locales: Collection[str], limit: int = 60) -> list[Quotation]:
        """Questions of the last 90 days whose answers quoted the article, the newest first."""
        with self._database.read() as session:
            return quotations.quotations(session, article_id, locales, now() - QUOTED_WITHIN, limit)

    def passage_ids(self, key: ArticleKey) -> list[str]:
        """The passages of the published revision that can be quoted right now, in order; none while none is ready."""
        with self._database.read() as session:
            found = passages.live_of_article(session, key.id, key.locale, tuple(Audience))
        return [passage.id for passage in found]

    def concerns(self, lead: str) -> dict[Worry, list[Concern]]:
        """The articles that need an editor, by reason; ``lead`` is the locale that translations follow."""
        with self._database.read() as session:
            rows = storage.overview(session)
            quoted = quotations.quoted_counts(session, now() - QUOTED_WITHIN)
            wanted = set(storage.locales_in_use(session))
            session.expunge_all()
        groups: dict[str, list[Article]] = defaultdict(list)
        for row in rows:
            groups[row.article_id].append(row)
        found: dict[Worry, list[Concern]] = {worry: [] for worry in Worry}
        for group in groups.values():
            for concern in [*_of_group(group, lead, wanted), *(each for row in group for each in _of_one(row, quoted))]:
                found[concern.worry].append(concern)
        found[Worry.UNHELPFUL].sort(key=lambda concern: -concern.share)
        for worry in (Worry.BEHIND, Worry.CHANGED, Worry.STALE):
            found[worry].sort(key=lambda concern: concern.updated_at)
        return found


def is_behind(locale: str, updated_at: datetime, lead: str, lead_updated_at: datetime | None) -> bool:
    """Whether a translation was last touched before the text that it follows changed."""
    return locale != lead and lead_updated_at is not None and lead_updated_at - updated_at > BEHIND_AFTER


def _of_group(group: Sequence[Article], lead: str, wanted: set[str]) -> Iterable[Concern]:
    """What is wrong between the translations of one article."""
    leading = next((row for row in group if row.locale == lead), None)
    for row in group:
        if is_behind(row.locale, row.updated_at, lead, leading.updated_at if leading else None):
            yield _concern(Worry.BEHIND, row)
    missing = tuple(sorted(wanted - {row.locale for row in group}))
    first = leading or group[0]
    if missing and any(row.published is not None for row in group):
        yield _concern(Worry.UNTRANSLATED, first, missing=missing)


def _of_one(row: Article, quoted: Mapping[tuple[str, str], int]) -> Iterable[Concern]:
    """What is wrong with one text."""
    votes = row.helpful + row.unhelpful
    if votes >= ENOUGH_VOTES and row.unhelpful / votes >= UNHELPFUL_SHARE:
        yield _concern(Worry.UNHELPFUL, row, share=row.unhelpful / votes, votes=votes)
    if row.published is None:
        return
    if row.published != row.head:
        yield _concern(Worry.CHANGED, row)
    if row.created_at < now() - QUOTED_WITHIN and not quoted.get((row.article_id, row.locale)):
        yield _concern(Worry.NEVER_QUOTED, row)
    if row.updated_at < now() - STALE_AFTER:
        yield _concern(Worry.STALE, row)


def _concern(worry: Worry, row: Article, share: float = 0.0, votes: int = 0, missing: tuple[str, ...] = ()) -> Concern:
    key = ArticleKey(row.article_id, row.locale)
    return Concern(worry, key, row.title or row.article_id, row.updated_at, share, votes, missing)
