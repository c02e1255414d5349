"""Queries about passages: the live ones for a turn, and those of an article for whoever indexes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, delete, false, func, insert, or_, select, update
from sqlalchemy.orm import Session

from assistant.domain.answers import LivePassage
from assistant.domain.articles import Audience, Passage
from assistant.domain.indexing import PassageTokens
from assistant.storage import index
from assistant.storage.queries import among, bound, dialect, sliced
from assistant.storage.tables import Article, PassagePhrasing, PassageRow

_FIELDS = (
    "position",
    "heading",
    "anchor",
    "kind",
    "text",
    "title_tokens",
    "heading_tokens",
    "phrasing_tokens",
    "tokens",
)
_INDEXED = ("text", "title_tokens", "heading_tokens", "phrasing_tokens", "tokens")


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage of a revision with its tokens, ready to be stored."""

    passage: Passage
    tokens: PassageTokens


def live(session: Session, ids: Collection[str], audiences: Collection[Audience]) -> Mapping[str, LivePassage]:
    """Those of the passages that may be quoted to these audiences at this moment, by id, in one query."""
    if not ids:
        return {}
    database = dialect(session)
    # Past the session, whose care for entities would cost as much again as fetching the rows.
    rows = session.connection().execute(_live_among(database, frozenset(audiences)), bound(database, ids)).all()
    return {row[0]: _passage(row) for row in rows}


def published_revisions(session: Session, ids: Collection[str]) -> dict[str, int]:
    """The revision of each passage that may be quoted to somebody at this moment; the others are missing."""
    database = dialect(session)
    rows = session.connection().execute(_published_among(database), bound(database, ids)).all()
    return {row[0]: row[1] for row in rows}


def live_of_article(
    session: Session, article: str, locale: str, audiences: Collection[Audience], anchor: str | None = None
) -> list[LivePassage]:
    """The live passages of an article in order; with ``anchor``, of that section alone."""
    query = _live(audiences).where(Article.article_id == article, Article.locale == locale)
    if anchor is not None:
        query = query.where(PassageRow.anchor == anchor)
    return [_passage(row) for row in session.execute(query.order_by(PassageRow.position))]


def _live(audiences: Collection[Audience]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            PassageRow.id,
            Article.article_id.label("article"),
            Article.locale,
            PassageRow.revision,
            Article.title,
            PassageRow.heading,
            PassageRow.anchor,
            PassageRow.kind,
            PassageRow.position,
            PassageRow.text,
            Article.category,
            Article.audience,
            PassageRow.tokens,
            PassageRow.heading_tokens,
            PassageRow.title_tokens,
            PassageRow.phrasing_tokens,
        )
        .join(Article, Article.id == PassageRow.article_pk)
        .where(
            Article.published == PassageRow.revision,
            Article.deleted_at.is_(None),
            # ``in_`` would write the statement anew each time that it is executed.
            or_(false(), *(Article.audience == str(audience) for audience in audiences)),
        )
    )


@lru_cache(maxsize=32)
def _live_among(database: str, audiences: frozenset[Audience]) -> Select[*tuple[Any, ...]]:
    # Kept: every search asks this, and a statement of so many columns takes long to write.
    return _live(sorted(audiences)).where(among(database, PassageRow.id))


@lru_cache(maxsize=2)
def _published_among(database: str) -> Select[str, int]:
    # Kept: every answer with a source asks this.
    return (
        _live(tuple(Audience))
        .where(among(database, PassageRow.id))
        .with_only_columns(PassageRow.id, PassageRow.revision)
    )


def _passage(row: Sequence[Any]) -> LivePassage:
    # Its tokens are those of all fields, one a line, as keyword search counts them.
    return LivePassage._make((*row[:-4], "\n".join(row[-4:])))


def count_live(session: Session) -> int:
    """How many passages may be quoted to somebody."""
    query = select(func.count()).select_from(_live(tuple(Audience)).subquery())
    return session.scalar(query) or 0


def count(session: Session) -> int:
    """How many passages the indexes should hold."""
    return session.scalar(select(func.count()).select_from(PassageRow)) or 0


def ids(session: Session) -> set[str]:
    """The ids of all passages that the indexes should hold."""
    return set(session.scalars(select(PassageRow.id)))


def replace(session: Session, revisions: Mapping[int, tuple[int, Sequence[NewPassage]]]) -> int:
    """How many passages changed for the indexes, after each article (by its key) has those of its revision.

    A passage that says the same keeps its row and is only marked with the new revision; an article without passages
    loses those it had.
    """
    before = _stored(session, revisions)
    phrasings = _phrasings(session, before)
    wanted = {new.passage.id: new for _, passages in revisions.values() for new in passages}
    touched = {
        passage_id: len(phrasings[passage_id])
        for passage_id, row in before.items()
        if passage_id not in wanted or _differs(row, phrasings[passage_id], wanted[passage_id])
    }
    added = {passage_id: 0 for passage_id in wanted if passage_id not in before}
    _delete(session, [passage_id for passage_id in touched if passage_id not in wanted])
    for key, (revision, passages) in revisions.items():
        session.execute(update(PassageRow).where(PassageRow.article_pk == key).values(revision=revision))
        _move(session, passages, before)
        _insert(session, key, revision, [new for new in passages if new.passage.id in added])
    _rewrite(session, [wanted[passage_id] for passage_id in touched if passage_id in wanted])
    _insert_phrasings(
        session, [new for passage_id, new in wanted.items() if passage_id in touched or passage_id in added]
    )
    index.record(session, touched | added, removed={passage_id for passage_id in touched if passage_id not in wanted})
    return len(touched) + len(added)


def _stored(session: Session, keys: Collection[int]) -> dict[str, Row[Any]]:
    columns = [PassageRow.id, *(getattr(PassageRow, name) for name in _FIELDS)]
    rows = session.execute(select(*columns).where(PassageRow.article_pk.in_(keys)))
    return {row.id: row for row in rows}


def _phrasings(session: Session, passage_ids: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for some in sliced(passage_ids):
        query = select(PassagePhrasing.passage_id, PassagePhrasing.text).where(PassagePhrasing.passage_id.in_(some))
        for row in session.execute(query.order_by(PassagePhrasing.passage_id, PassagePhrasing.number)):
            found[row.passage_id].append(row.text)
    return found


def _differs(row: Row[Any], phrasings: Sequence[str], new: NewPassage) -> bool:
    values = _values(new)
    if [phrasing.text for phrasing in new.passage.phrasings] != list(phrasings):
        return True
    return any(getattr(row, name) != values[name] for name in _INDEXED)


def _values(new: NewPassage) -> dict[str, Any]:
    passage, tokens = new.passage, new.tokens
    return {
        "position": passage.position,
        "heading": passage.heading,
        "anchor": passage.anchor,
        "kind": str(passage.kind),
        "text": passage.text,
        "title_tokens": tokens.title,
        "heading_tokens": tokens.heading,
        "phrasing_tokens": tokens.phrasings,
        "tokens": tokens.body,
    }


def _delete(session: Session, passage_ids: Collection[str]) -> None:
    for some in sliced(passage_ids):
        session.execute(delete(PassagePhrasing).where(PassagePhrasing.passage_id.in_(some)))
        session.execute(delete(PassageRow).where(PassageRow.id.in_(some)))


def _move(session: Session, passages: Sequence[NewPassage], before: Mapping[str, Row[Any]]) -> None:
    """Passages that say the same may stand elsewhere now; no index needs to know."""
    moved = [
        {"id": new.passage.id, "position": new.passage.position, "anchor": new.passage.anchor}
        for new in passages
        if (row := before.get(new.passage.id))
        and (row.position, row.anchor) != (new.passage.position, new.passage.anchor)
    ]
    if moved:
        session.execute(update(PassageRow), moved)


def _insert(session: Session, key: int, revision: int, passages: Sequence[NewPassage]) -> None:
    rows = [{"id": new.passage.id, "article_pk": key, "revision": revision, **_values(new)} for new in passages]
    if rows:
        session.execute(insert(PassageRow), rows)


def _rewrite(session: Session, passages: Sequence[NewPassage]) -> None:
    for new in passages:
        session.execute(update(PassageRow).where(PassageRow.id == new.passage.id).values(**_values(new)))
    for some in sliced([new.passage.id for new in passages]):
        session.execute(delete(PassagePhrasing).where(PassagePhrasing.passage_id.in_(some)))


def _insert_phrasings(session: Session, passages: Sequence[NewPassage]) -> None:
    rows = [
        {"passage_id": new.passage.id, "number": phrasing.number, "text": phrasing.text, "text_hash": phrasing.digest}
        for new in passages
        for phrasing in new.passage.phrasings
    ]
    if rows:
        session.execute(insert(PassagePhrasing), rows)


def tokens_of(session: Session, passage_ids: Iterable[str] | None = None) -> Iterator[PassageTokens]:
    """The tokens of these passages, or of all, for a keyword index; those that no longer exist are left out."""
    query = select(
        PassageRow.id, PassageRow.tokens, PassageRow.heading_tokens, PassageRow.title_tokens, PassageRow.phrasing_tokens
    )
    if passage_ids is None:
        for row in session.execute(query.execution_options(yield_per=2_000)):
            yield PassageTokens(*row)
        return
    for some in sliced(passage_ids):
        for row in session.execute(query.where(PassageRow.id.in_(some))):
            yield PassageTokens(*row)


def mean_lengths(session: Session, sampled: int = 400) -> dict[str, float]:
    """How many tokens the fields of a passage have on average, by the names of ``PassageTokens``.

    Ids are hashes, so that the first ones are a fair sample.
    """
    columns = (PassageRow.tokens, PassageRow.heading_tokens, PassageRow.title_tokens, PassageRow.phrasing_tokens)
    rows = session.execute(select(*columns).order_by(PassageRow.id).limit(sampled)).all()
    names = ("body", "heading", "title", "phrasings")
    return {name: sum(len(row[place].split()) for row in rows) / max(1, len(rows)) for place, name in enumerate(names)}


def phrased(session: Session, hashes: Iterable[str]) -> dict[str, int]:
    """The passages that have one of these texts as a phrasing, with the number of all their phrasings."""
    found: set[str] = set()
    for some in sliced(hashes):
        found.update(session.scalars(select(PassagePhrasing.passage_id).where(PassagePhrasing.text_hash.in_(some))))
    return {passage_id: len(texts) for passage_id, texts in _phrasings(session, found).items()}
