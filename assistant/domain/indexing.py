"""What an index is told of the passages in SQL, and the kinds of job that keep it abreast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

INDEX_ARTICLE = "index.article"
INDEX_BULK = "index.bulk"
EMBED_DRAFT = "embed.draft"
EMBED_MISSING = "embed.missing"
REINDEX = "reindex"
CALIBRATE = "calibrate"
IMPORT = "import"

BULK_ARTICLES = 50

# Of a knowledge base that grows by less than this share, customers need not hear.
_NOTED = 0.05


@dataclass(frozen=True, slots=True)
class PassageTokens:
    """A passage as keyword search sees it: each field is tokens joined by spaces."""

    id: str
    body: str
    heading: str
    title: str
    phrasings: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened after a number of the change log, up to and including ``upto``.

    ``touched`` gives for each passage how many phrasings an index may hold of it.
    """

    upto: int
    touched: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class VectorPointer:
    """Which collection of vectors serves: made by which model, and up to which change it follows SQL.

    ``embedder`` is the name under which that model is loaded.
    """

    collection: str
    model: str
    embedder: str
    applied: int

    def at(self, applied: int) -> VectorPointer:
        """The pointer after the index took in the changes up to ``applied``."""
        return replace(self, applied=applied)

    def as_dict(self) -> dict[str, Any]:
        """The pointer as JSON holds it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Preparation:
    """Articles that can be found already, and those that wait to be found for the first time.

    ``embedded`` is the work done on those that wait, in articles.
    """

    ready: int
    waiting: int
    embedded: float = 0.0

    @property
    def percent(self) -> int:
        """How much of the whole is done; below 100, for some still wait."""
        return min(99, int(100 * (self.ready + self.embedded) / (self.ready + self.waiting)))

    @property
    def leaves_gaps(self) -> bool:
        """Whether so much is missing that not finding an answer says little."""
        return self.waiting >= _NOTED * (self.ready + self.waiting)


def vector_id(passage_id: str, number: int) -> str:
    """The id of one phrasing's vector."""
    return f"{passage_id}:{number}"


def passage_of(vector: str) -> str:
    """The passage that a vector belongs to."""
    return vector.rpartition(":")[0]
