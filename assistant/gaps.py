"""Unresolved questions: what customers asked that the knowledge base did not answer, grouped and counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.domain.locales import is_chinese
from assistant.domain.people import Actor
from assistant.errors import ModelUnavailable, NotFound
from assistant.knowledge.embedder import Embedder
from assistant.knowledge.scripts import detect_locale, to_simplified
from assistant.storage import audit
from assistant.storage import gaps as storage
from assistant.storage.database import Database
from assistant.storage.tables import Gap

# Two questions of one language are the same gap when their embeddings are this close, as a share of the spread between
# an unrelated question and the same question: an absolute cosine would mean something else under another model.
_SAME = 0.62


class Gaps:
    """Groups open questions by meaning; an editor closes a group with an article or dismisses it.

    ``asked`` gives the vector that a model, by its fingerprint, made of a text when it was searched for.
    """

    def __init__(
        self,
        database: Database,
        embedder: Callable[[], Embedder],
        asked: Callable[[str, str], NDArray[np.float32] | None] = lambda _text, _model: None,
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._asked = asked

    def file_job(self, payload: dict[str, Any]) -> None:
        """File a question as a ``gap`` job names it."""
        self.file(payload["message"], payload["reason"], payload["query"])

    def file(self, message_id: str, reason: str, query: str) -> int | None:
        """The group that a customer's message was filed under; nothing if the message was erased meanwhile."""
        with self._database.read() as session:
            known = storage.question(session, message_id)
            text = storage.text_of(session, message_id)
        if text is None:
            return None
        if known is not None:
            return known.gap_id
        question = (query or text).replace("\n", " ").strip()
        locale = detect_locale(question)
        embedder = self._embedder()
        # One question in both Chinese scripts is one gap.
        locale = "zh-Hans" if is_chinese(locale) else locale
        searched = to_simplified(question)
        vector = self._asked(searched, embedder.fingerprint)
        if vector is None:
            vector = embedder.embed_query(searched)
        with self._database.write() as session:
            nearest = _nearest(storage.open_vectors(session, locale, embedder.fingerprint), vector)
            group = storage.group(session, nearest) if nearest is not None else None
            if group is None:
                group = storage.add_group(session, question, locale, embedder.fingerprint, vector.tobytes())
            storage.add_question(session, group, message_id, reason)
            return group.id

    def list(self, status: str = "open", locale: str = "", cursor: str = "", limit: int = 50) -> dict[str, Any]:
        """Groups with their questions, the most asked first: ``{items, next_cursor}``."""
        with self._database.read() as session:
            return storage.page(session, status, locale, cursor, limit)

    def get(self, gap_id: int) -> dict[str, Any]:
        """One group with some of its questions.

        Raises:
            NotFound: no such group.
        """
        with self._database.read() as session:
            group = session.get(Gap, gap_id)
            if group is None:
                raise NotFound("There is no such unresolved question.")
            return storage.shown(session, group)

    def nearest(self, texts: Sequence[str], limit: int = 5) -> Sequence[str]:
        """The open questions nearest to some passages, the nearest first; none while no model serves."""
        try:
            embedder = self._embedder()
            vectors = embedder.embed_passages(list(texts)) if texts else None
        except ModelUnavailable:
            return []
        if vectors is None:
            return []
        with self._database.read() as session:
            groups = [group for group in storage.every_open(session, embedder.fingerprint) if group.vector]
            questions = [group.question for group in groups]
        if not groups:
            return []
        matrix = np.stack([np.frombuffer(group.vector or b"", dtype=np.float32) for group in groups])
        best = (matrix @ vectors.T).max(axis=1)
        return [questions[place] for place in np.argsort(-best)[:limit]]

    def count_open(self) -> int:
        """How many groups are open."""
        with self._database.read() as session:
            return storage.count_open(session)

    def close(self, gap_id: int, status: str, actor: Actor, article: str = "") -> dict[str, Any]:
        """The group after an editor has said that it is ``fixed``, ``dismissed`` or ``open`` again.

        Raises:
            NotFound: no such group.
        """
        with self._database.write() as session:
            group = storage.group(session, gap_id)
            if group is None:
                raise NotFound("There is no such unresolved question.")
            group.status, group.article = status, article or group.article
            audit.record(session, actor, "gap.changed", f"gap:{gap_id}", {"status": status})
            return storage.shown(session, group)


def _nearest(groups: list[tuple[int, bytes]], vector: NDArray[np.float32]) -> int | None:
    """The group that asks the same, if there is one."""
    if not groups:
        return None
    matrix = np.stack([np.frombuffer(known, dtype=np.float32) for _, known in groups])
    cosines = matrix @ vector
    # With few groups there is nothing to compare with; e5's unrelated questions then lie near .78.
    floor = float(np.median(cosines)) if len(groups) >= 20 else min(0.78, float(cosines.min()))
    best = int(np.argmax(cosines))
    close = (float(cosines[best]) - floor) / max(1e-6, 1.0 - floor)
    return groups[best][0] if close >= _SAME else None
