"""Articles, revisions, passages, the embedding of each text, and the log that indexes follow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assistant.storage.tables.base import Base, now


class Source(Base):
    """Where imported articles come from: a folder, a zip, a name given with ``--source``."""

    __tablename__ = "sources"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    imported_at: Mapped[datetime | None]


class SourceFile(Base):
    """A file of a source as it was last read, so that one which has not changed need not be read again.

    ``articles`` are the keys (id, locale) that it gave, ``pictures`` those that it refers to: by what it calls them,
    the SHA-256 of the picture as it was found and of what is stored of it (empty where there is none).
    """

    __tablename__ = "source_files"

    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    digest: Mapped[str]
    articles: Mapped[list[Any]] = mapped_column(default=list)
    pictures: Mapped[dict[str, Any] | None]


class Article(Base):
    """An article in one locale. ``head`` is its newest revision, ``published`` the one customers see (or none).

    ``import_digest`` is the digest of what the source said at its last import and ``import_revision`` the last revision
    that an import wrote and nobody contradicted: together they tell whether the file, the editor or both have changed
    since. ``publishing`` is an imported revision that is published as soon as its vectors are there; ``held`` says that
    an editor took the article offline, which no import undoes.
    """

    __tablename__ = "articles"
    __table_args__ = (UniqueConstraint("article_id", "locale"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[str] = mapped_column(index=True)
    locale: Mapped[str]
    source_id: Mapped[int | None] = mapped_column(ForeignKey("sources.id"), index=True)
    head: Mapped[int] = mapped_column(default=1)
    published: Mapped[int | None]
    audience: Mapped[str] = mapped_column(default="public")
    category: Mapped[str] = mapped_column(default="", index=True)
    title: Mapped[str] = mapped_column(Text, default="")
    publishing: Mapped[int | None]
    held: Mapped[bool] = mapped_column(default=False)
    import_digest: Mapped[str] = mapped_column(default="")
    import_revision: Mapped[int] = mapped_column(default=0)
    views: Mapped[int] = mapped_column(default=0)
    helpful: Mapped[int] = mapped_column(default=0)
    unhelpful: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)
    deleted_at: Mapped[datetime | None]


class Revision(Base):
    """What an article said at one point. Revisions are never changed."""

    __tablename__ = "revisions"

    article_pk: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(default="")
    tags: Mapped[list[str]] = mapped_column(default=list)
    alternates: Mapped[list[str]] = mapped_column(default=list)
    audience: Mapped[str] = mapped_column(default="public")
    digest: Mapped[str]
    author: Mapped[str] = mapped_column(default="")
    origin: Mapped[str] = mapped_column(default="editor")
    created_at: Mapped[datetime] = mapped_column(default=now)


class PassageRow(Base):
    """A passage of the revision that was last indexed.

    It is live exactly while its ``revision`` is the one that its article publishes: from the commit that publishes
    another revision, or none, it can no longer be quoted, whatever an index still holds.
    """

    __tablename__ = "passages"

    id: Mapped[str] = mapped_column(primary_key=True)
    article_pk: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]
    position: Mapped[int]
    heading: Mapped[str] = mapped_column(Text, default="")
    anchor: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="paragraph")
    text: Mapped[str] = mapped_column(Text)
    title_tokens: Mapped[str] = mapped_column(Text, default="")
    heading_tokens: Mapped[str] = mapped_column(Text, default="")
    phrasing_tokens: Mapped[str] = mapped_column(Text, default="")
    tokens: Mapped[str] = mapped_column(Text, default="")


class PassagePhrasing(Base):
    """A text under which a passage is found by vector; its embedding is looked up by hash."""

    __tablename__ = "passage_phrasings"
    __table_args__ = (Index("ix_passage_phrasings_text_hash", "text_hash"),)

    passage_id: Mapped[str] = mapped_column(ForeignKey("passages.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    text_hash: Mapped[str]


class Embedding(Base):
    """The vector of one exact text under one model, as little-endian float32. Never computed twice."""

    __tablename__ = "embeddings"

    model: Mapped[str] = mapped_column(primary_key=True)
    text_hash: Mapped[str] = mapped_column(primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class IndexChange(Base):
    """One passage that appeared, changed or went. Each index remembers the last number that it has taken in.

    ``vectors`` is how many phrasings the passage had before, so that none of them stays behind.
    """

    __tablename__ = "index_changes"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    passage_id: Mapped[str]
    removed: Mapped[bool]
    vectors: Mapped[int] = mapped_column(default=0)

    __table_args__ = ({"sqlite_autoincrement": True},)
