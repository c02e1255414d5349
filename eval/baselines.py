"""What plain systems find in the same knowledge base: the nearest vector, BM25, and the plainest LangChain chain."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import numpy as np
from langchain_core.embeddings import Embeddings

from assistant.container import Container
from assistant.domain.indexing import passage_of
from assistant.errors import AskdeskError
from assistant.knowledge.segment import tokens
from assistant.storage import calibration
from assistant.storage.index_log import IndexLog
from eval.bases import CachedEncoder, Encoder, Vectors

_DEPTH = 64
CHAIN_TOP = 4


class Way(Protocol):
    """A way to search: the articles found, best first, and how good the best one looks."""

    def __call__(self, question: str, vector: Vectors) -> tuple[list[str], float]:
        """The articles for a question whose vector is known."""


@dataclass(frozen=True, slots=True)
class Baselines:
    """Ways to search by name."""

    ways: dict[str, Way]

    @classmethod
    def over(cls, container: Container, cache: Path) -> Baselines:
        """Plain ways to search what the container's knowledge base publishes; ``cache`` keeps the chain's vectors."""
        serving = container.knowledge.serving
        if serving is None:
            raise AskdeskError(f"No embedder serves: {container.knowledge.status().error}")
        with container.database.read() as session:
            articles = calibration.articles_of(session)
        _, ids, matrix = IndexLog(container.database).vectors(serving.embedder.fingerprint)
        owners = [articles[passage_of(vector)] for vector in ids]

        def dense(question: str, vector: Vectors) -> tuple[list[str], float]:
            cosines = matrix @ vector
            order = np.argsort(-cosines, kind="stable")[:_DEPTH]
            return list(dict.fromkeys(owners[int(place)] for place in order)), float(cosines[order[0]])

        def bm25(question: str, vector: Vectors) -> tuple[list[str], float]:
            found = container.knowledge.keyword(tokens(question), _DEPTH)
            return list(dict.fromkeys(articles[passage] for passage, _ in found)), found[0][1] if found else 0.0

        chain = Chain(serving.embedder, cache)
        chain.add(
            [(article.key.id, f"{article.content.title}\n\n{article.content.body}") for article in _all(container)]
        )
        return cls({"plain dense": dense, "plain BM25": bm25, "LangChain chain": chain.search})


class Chain:
    """The plainest chain: split recursively, embed with the same model, keep in Chroma, take the four nearest."""

    def __init__(self, embedder: Encoder, cache: Path | None = None) -> None:
        import chromadb
        from chromadb.config import Settings
        from langchain_chroma import Chroma
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        self._splitter = RecursiveCharacterTextSplitter(chunk_size=1_000, chunk_overlap=200)
        self._encoder = CachedEncoder(lambda: embedder, cache) if cache else embedder
        client = chromadb.EphemeralClient(Settings(anonymized_telemetry=False))
        self._store = Chroma(f"chain-{uuid4().hex}", _Adapter(self._encoder), client=client)

    def add(self, documents: Sequence[tuple[str, str]], at_once: int = 256) -> int:
        """How many chunks these documents (id and text) became."""
        from langchain_core.documents import Document

        whole = [Document(text, metadata={"article": id_}) for id_, text in documents]
        chunks = self._splitter.split_documents(whole)
        for at in range(0, len(chunks), at_once):
            self._store.add_documents(chunks[at : at + at_once])
        return len(chunks)

    def add_vectors(self, ids: Sequence[str], vectors: Vectors, at_once: int = 1_000) -> None:
        """Add chunks whose vectors are known already; what they say is their id."""
        for at in range(0, len(ids), at_once):
            some = list(ids[at : at + at_once])
            self._store._collection.add(ids=some, embeddings=vectors[at : at + at_once], documents=some)

    def search(self, question: str, vector: Vectors) -> tuple[list[str], float]:
        """The articles of the four nearest chunks; a smaller distance is a better look."""
        found = self._store.similarity_search_by_vector_with_relevance_scores(list(map(float, vector)), CHAIN_TOP)
        names = [str(document.metadata["article"]) for document, _ in found]
        return list(dict.fromkeys(names)), -float(found[0][1]) if found else -2.0

    def ask(self, question: str) -> float:
        """The seconds that the chain takes for a question, embedding included."""
        started = time.perf_counter()
        self._store.similarity_search(question, CHAIN_TOP)
        return time.perf_counter() - started


class _Adapter(Embeddings):
    """Our encoder as LangChain sees one."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        rows: list[list[float]] = self._encoder.embed_passages(texts).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        row: list[float] = self._encoder.embed_queries([text])[0].tolist()
        return row


def _all(container: Container) -> Sequence[Any]:
    return list(container.articles.reading.every())
