"""How sure is sure enough for this knowledge base: fitted to its own phrasings and kept in SQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.domain.articles import Phrasing
from assistant.domain.indexing import passage_of
from assistant.knowledge.calibration import Calibration, Sample, fit, shipped_prior
from assistant.knowledge.certainty import Certainty, certainty
from assistant.knowledge.embedder import Embedder
from assistant.knowledge.keywords import KeywordDocument
from assistant.knowledge.left_out import MOST_PHRASINGS, MOST_READ, Asked, chosen, kb_samples, without_second_answers
from assistant.knowledge.memory_search import KnowledgeArrays, background
from assistant.knowledge.reader import Readable, Reader
from assistant.knowledge.segment import tokens
from assistant.storage import calibration as storage
from assistant.storage.database import Database
from assistant.storage.index_log import IndexLog

_FRESH = 2.0
# Raise it when fitting changes, so that what an older version fitted is fitted anew.
_METHOD = 7
_LEAST_ALTERNATES = 40


class Calibrations:
    """The calibration in force, and its refitting.

    ``embedder`` is the model whose index serves, ``reader`` what reads passages with the question, and ``reads``
    whether something will, once it is loaded. ``marked`` gives the questions that people have judged, as the knowledge
    base deals with them now; it is called with what is to be done between two of them.
    """

    def __init__(
        self,
        database: Database,
        log_of_changes: IndexLog,
        embedder: Callable[[], Embedder],
        marked: Callable[[Callable[[], None]], Sequence[Sample]] = lambda _breathe: (),
        reader: Callable[[], Reader | None] = lambda: None,
        *,
        reads: bool = False,
    ) -> None:
        self._database = database
        self._log = log_of_changes
        self._embedder = embedder
        self._marked = marked
        self._reader = reader
        self._reads = reads
        self._lock = threading.Lock()
        self._current = self._prior()
        self._version = -1
        self._read_at = 0.0

    def current(self) -> Calibration:
        """What holds now: the knowledge base's own, or the prior. Read from SQL at most every two seconds."""
        if time.monotonic() - self._read_at < _FRESH:
            return self._current
        with self._lock:
            if time.monotonic() - self._read_at >= _FRESH:
                self._read()
                self._read_at = time.monotonic()
        return self._current

    def _read(self) -> None:
        with self._database.read() as session:
            version, stored = storage.stored(session, self._version)
        if stored is None:
            return
        self._version = version
        try:
            self._current = Calibration.from_json(stored["model"]) if self._is_ours(stored) else self._prior()
        except ValueError:
            self._current = self._prior()

    def _prior(self) -> Calibration:
        return shipped_prior(reading=self._reads)

    def _is_ours(self, stored: Mapping[str, Any]) -> bool:
        return bool(stored["method"] == _METHOD and stored.get("reads", False) == self._reads)

    def certainty(self, budget: float) -> Certainty:
        """What an error budget gives in this knowledge base, and whether its probabilities come true."""
        return certainty(self.current(), budget)

    def is_outdated(self) -> bool:
        """Whether what is stored was fitted by another version, or for another way to search, and should be anew."""
        with self._database.read() as session:
            _, stored = storage.stored(session, -1)
        return stored is not None and not self._is_ours(stored)

    def compared(self) -> tuple[Calibration, Calibration, int]:
        """The calibration as it would be without marked questions, the one in force, and how many marks it learnt."""
        with self._database.read() as session:
            _, stored = storage.stored(session, -1)
        current = self.current()
        if stored is None or not stored.get("marks"):
            return current, current, 0
        try:
            return Calibration.from_json(stored["without_marks"]), current, int(stored["marks"])
        except ValueError:
            return current, current, 0

    def refit(self, context: Any = None, _payload: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Fit to the knowledge base as it is now; what a ``calibrate`` job does.

        Raises:
            ModelUnavailable: the encoder cannot be loaded; the old calibration goes on serving.
        """
        embedder = self._embedder()
        reader = self._reader() if self._reads else None
        arrays, texts, alternates = self._arrays(embedder.fingerprint, whole=reader is not None)
        own = [row for row, text in texts.items() if text in alternates]
        most = MOST_PHRASINGS if reader is None else MOST_READ
        rows = chosen(arrays, own if len(own) >= _LEAST_ALTERNATES else list(texts), most)
        vectors = self._asked_vectors(embedder, [texts[row] for row in rows])
        asked = [Asked(tuple(tokens(texts[row])), vectors[place], row) for place, row in enumerate(rows)]
        prior = self._prior()
        level = background(arrays) if len(arrays.vectors) else prior.level
        breathe = context.breathe if context is not None else lambda: None
        samples = kb_samples(arrays, asked, texts, level, reader, breathe)
        rough = fit(samples, prior, level)
        telling = without_second_answers(samples, rough)
        marks = self._marked(breathe)
        fitted = plain = fit(telling, prior, level)
        if marks:
            fitted = fit(telling, prior, level, marks)
        found = {"method": _METHOD, "reads": self._reads, "model": fitted.to_json(), "marks": len(marks)}
        with self._database.write() as session:
            storage.store(session, found | ({"without_marks": plain.to_json()} if marks else {}))
        self._read_at = 0.0
        return {"samples": fitted.samples, "marks": len(marks)}

    def _arrays(self, model: str, *, whole: bool) -> tuple[KnowledgeArrays, dict[int, str], frozenset[str]]:
        """The knowledge base as arrays, each phrasing by its row, and which phrasings editors gave.

        ``whole``: with the passages as they are read, which can be many megabytes.
        """
        _, every = self._log.tokens()
        _, ids, matrix = self._log.vectors(model)
        with self._database.read() as session:
            articles = storage.articles_of(session)
            phrasings = storage.phrasings(session)
            alternates = storage.alternates(session)
            readable = storage.readable(session) if whole else {}
        places = {found.id: place for place, found in enumerate(every)}
        held = [(places[passage_of(vector)], place) for place, vector in enumerate(ids) if passage_of(vector) in places]
        held.sort()
        order = [place for _owner, place in held]
        documents = [KeywordDocument(one.id, one.body, one.heading, one.title, one.phrasings, "") for one in every]
        arrays = KnowledgeArrays(
            documents=documents,
            articles=[articles.get(one.id, one.id) for one in every],
            vectors=matrix[order] if order else np.zeros((0, 1), dtype=np.float32),
            owners=np.array([owner for owner, _place in held], dtype=np.int64),
            readable=[Readable(*readable.get(one.id, ("", "", ""))) for one in every] if whole else (),
        )
        texts = {row: phrasings[ids[place]] for row, place in enumerate(order) if ids[place] in phrasings}
        return arrays, texts, alternates

    def _asked_vectors(self, embedder: Embedder, texts: list[str]) -> NDArray[np.float32]:
        """The texts embedded as questions; each is embedded once and kept."""
        model = f"{embedder.fingerprint}/query"
        hashes = {text: Phrasing(0, text).digest for text in texts}
        with self._database.read() as session:
            known = storage.vectors(session, model, list(hashes.values()))
        missing = [text for text, digest in hashes.items() if digest not in known]
        for start in range(0, len(missing), 8):
            some = missing[start : start + 8]
            made = dict(zip((hashes[text] for text in some), embedder.embed_queries(some), strict=True))
            with self._database.write() as session:
                storage.store_vectors(session, model, made)
            known |= made
        return np.array([known[hashes[text]] for text in texts], dtype=np.float32)
