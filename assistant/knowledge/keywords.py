"""The keyword index: BM25 over tokens made beforehand, on tantivy, disposable and rebuilt from what SQL keeps.

Why tantivy: docs/adr/0002-keyword-search.md. The index holds nothing that SQL does not hold and cuts no words itself:
documents arrive as tokens joined by spaces, so a rebuild costs no segmenting.
"""

from __future__ import annotations

import math
import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from assistant.errors import IndexBroken

FIELD_BOOSTS: Mapping[str, float] = MappingProxyType({"body": 1.0, "heading": 0.5, "title": 0.5, "phrasings": 1.0})

_STAMP_ID = "\x00stamp"
_WRITER_HEAP = 32_000_000
_MOST_TERMS = 64


@dataclass(frozen=True, slots=True)
class KeywordDocument:
    """One passage as the keyword index sees it: each field is tokens joined by spaces."""

    passage_id: str
    body: str
    heading: str = ""
    title: str = ""
    phrasings: str = ""
    locale: str = ""

    @property
    def tokens(self) -> str:
        """All fields as one string, a line each."""
        return "\n".join((self.body, self.heading, self.title, self.phrasings))


class KeywordIndex:
    """An index in a folder of its own, which it makes when missing (empty, with stamp 0).

    Changes are invisible until ``commit``; a commit and its stamp reach the disk together or not at all. One process
    may write; any number of threads may search meanwhile. Raises ``IndexBroken`` when the folder holds no
    readable index.
    """

    def __init__(self, path: Path, boosts: Mapping[str, float] = FIELD_BOOSTS) -> None:
        self._path = path
        self._boosts = dict(boosts)
        self._lock = threading.RLock()
        self._writer: Any = None
        self._schema = _schema()
        self._index = self._opened()
        self._searcher = self._index.searcher()
        self._stamp = self._read_stamp()

    @classmethod
    def fresh(cls, path: Path) -> KeywordIndex:
        """An empty index in place of whatever the folder holds, broken or not."""
        shutil.rmtree(path, ignore_errors=True)
        return cls(path)

    def upsert(self, documents: Iterable[KeywordDocument]) -> None:
        """Add documents, each in place of the one with its passage id."""
        with self._lock, _named(self._path):
            writer = self._writing()
            for document in documents:
                writer.delete_documents_by_term("passage_id", document.passage_id)
                writer.add_document(self._document(document))

    def delete(self, passage_ids: Iterable[str]) -> None:
        """Remove these passages; unknown ids are ignored."""
        with self._lock, _named(self._path):
            writer = self._writing()
            for passage_id in passage_ids:
                writer.delete_documents_by_term("passage_id", passage_id)

    def commit(self, stamp: int) -> None:
        """Make all changes since the last commit durable and searchable, marked with ``stamp``."""
        with self._lock, _named(self._path):
            writer = self._writing()
            writer.delete_documents_by_term("passage_id", _STAMP_ID)
            writer.add_document(_tantivy().Document(passage_id=[_STAMP_ID], stamp=[stamp]))
            writer.commit()
            self._index.reload()
            self._searcher = self._index.searcher()
            self._stamp = stamp

    def stamp(self) -> int:
        """The stamp of the last commit; 0 for an index that never had one."""
        return self._stamp

    def search(self, query_tokens: Sequence[str], k: int) -> list[tuple[str, float]]:
        """The ``k`` best passages with their BM25 scores, best first; none when no token is known."""
        searcher = self._searcher
        with _named(self._path):
            query = self._query(query_tokens)
            if query is None or k < 1:
                return []
            found = searcher.search(query, k, count=False).hits
            return [(searcher.doc(address)["passage_id"][0], float(score)) for score, address in found]

    def score(self, query_tokens: Sequence[str], passage_ids: Sequence[str]) -> dict[str, float]:
        """The BM25 scores of just these passages; those that share no token with the query are left out."""
        tantivy, searcher = _tantivy(), self._searcher
        with _named(self._path):
            query = self._query(query_tokens)
            if query is None or not passage_ids:
                return {}
            # For as few as a search has, one term each is found quicker than a set of them.
            ids = (tantivy.Query.term_query(self._schema, "passage_id", id_, "basic") for id_ in passage_ids)
            among = tantivy.Query.boolean_query([(tantivy.Occur.Should, id_) for id_ in ids])
            both = [(tantivy.Occur.Must, query), (tantivy.Occur.Must, tantivy.Query.const_score_query(among, 0.0))]
            found = searcher.search(tantivy.Query.boolean_query(both), len(passage_ids), count=False).hits
            return {searcher.doc(address)["passage_id"][0]: float(score) for score, address in found}

    def count(self) -> int:
        """How many passages are committed."""
        with _named(self._path):
            return int(self._searcher.num_docs) - (1 if self._stamp_is_stored() else 0)

    def ids(self) -> set[str]:
        """The ids of all committed passages."""
        searcher = self._searcher
        with _named(self._path):
            found = searcher.search(_tantivy().Query.all_query(), max(1, searcher.num_docs), count=False).hits
            return {searcher.doc(address)["passage_id"][0] for _, address in found} - {_STAMP_ID}

    def document_frequency(self, token: str) -> int:
        """In how many passages the token occurs: the most that any one field has."""
        searcher = self._searcher
        with _named(self._path):
            return max(int(searcher.doc_freq(name, token)) for name in self._boosts)

    def destroy(self) -> None:
        """Remove the index from the disk and start again, empty and with stamp 0."""
        with self._lock:
            self.close()
            shutil.rmtree(self._path, ignore_errors=True)
            self._index = self._opened()
            self._searcher = self._index.searcher()
            self._stamp = 0

    def close(self) -> None:
        """Stop writing and release the folder; changes not committed are lost."""
        with self._lock:
            if self._writer is not None:
                self._writer.rollback()
                self._writer.wait_merging_threads()
                self._writer = None

    def _opened(self) -> Any:
        tantivy = _tantivy()
        with _named(self._path):
            fresh = not self._path.exists() or not any(self._path.iterdir())
            if fresh:
                self._path.mkdir(parents=True, exist_ok=True)
            index = tantivy.Index(self._schema, str(self._path)) if fresh else tantivy.Index.open(str(self._path))
            # Searchers are renewed by commit alone: no thread watches the folder.
            index.config_reader("manual")
            index.reload()
        return index

    def _writing(self) -> Any:
        if self._writer is None:
            self._writer = self._index.writer(_WRITER_HEAP, 1)
        return self._writer

    def _document(self, document: KeywordDocument) -> Any:
        made = _tantivy().Document(passage_id=[document.passage_id])
        for name in self._boosts:
            text = getattr(document, name)
            if text:
                made.add_text(name, text)
        return made

    def _query(self, query_tokens: Sequence[str]) -> Any:
        """A disjunction of terms; what the customer wrote never reaches a query parser."""
        tantivy, searcher = _tantivy(), self._searcher
        counts: dict[str, int] = {}
        for token in query_tokens:
            counts[token] = counts.get(token, 0) + 1
        terms = []
        for token, times in list(counts.items())[:_MOST_TERMS]:
            for name, boost in self._boosts.items():
                if searcher.doc_freq(name, token):
                    term = tantivy.Query.term_query(self._schema, name, token, "freq")
                    weight = boost * (1.0 + math.log(times))
                    terms.append(
                        (tantivy.Occur.Should, term if weight == 1.0 else tantivy.Query.boost_query(term, weight))
                    )
        return tantivy.Query.boolean_query(terms) if terms else None

    def _read_stamp(self) -> int:
        tantivy, searcher = _tantivy(), self._searcher
        with _named(self._path):
            query = tantivy.Query.term_query(self._schema, "passage_id", _STAMP_ID)
            found = searcher.search(query, 1, count=False).hits
            return int(searcher.doc(found[0][1])["stamp"][0]) if found else 0

    def _stamp_is_stored(self) -> bool:
        return bool(self._searcher.doc_freq("passage_id", _STAMP_ID))


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turns what tantivy raises about a folder into ``IndexBroken`` with its name and the next step."""
    try:
        yield
    except (IndexBroken, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic in tantivy's Rust core is not an Exception
        message = f"The keyword index in {path} cannot be used ({error}); run “askdesk reindex” to rebuild it."
        raise IndexBroken(message) from error


def _schema() -> Any:
    builder = _tantivy().SchemaBuilder()
    builder.add_text_field("passage_id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("stamp", stored=True)
    for name in FIELD_BOOSTS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def _tantivy() -> Any:
    import tantivy

    return tantivy
