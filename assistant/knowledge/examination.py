"""What is wrong with the indexes on disk, found without repairing anything and without a model."""

from __future__ import annotations

import random
from pathlib import Path

from assistant.domain.indexing import VectorPointer, passage_of
from assistant.errors import IndexBroken
from assistant.knowledge.following import IndexSource
from assistant.knowledge.keywords import KeywordIndex
from assistant.knowledge.vectors import VectorIndex, audit

AUDITED = 200


def examine_keywords(folder: Path, source: IndexSource) -> list[str]:
    """What is wrong with the keyword index, in sentences; empty when it holds what SQL holds."""
    wanted = source.count_passages()
    path = folder / f"keywords-{source.epoch()}"
    if not path.is_dir():
        return [f"The keyword index is missing; {wanted} passages wait to be indexed."] if wanted else []
    try:
        index = KeywordIndex(path)
        held, stamp = index.count(), index.stamp()
        index.close()
    except IndexBroken as error:
        return [error.message]
    if held == wanted and stamp == source.newest():
        return []
    return [
        f"The keyword index holds {held} passages up to change {stamp}; the database {wanted} up to {source.newest()}."
    ]


def examine_vectors(vectors: VectorIndex, source: IndexSource, sampled: int = AUDITED) -> list[str]:
    """What is wrong with the vectors that serve, in sentences; ``sampled`` of them are looked for by themselves."""
    pointer = source.pointer()
    if pointer is None:
        waiting = source.count_passages()
        return [f"There is no index of vectors; {waiting} passages wait to be indexed."] if waiting else []
    try:
        return _compare(vectors, source, pointer, sampled)
    except IndexBroken as error:
        return [error.message]


def _compare(vectors: VectorIndex, source: IndexSource, pointer: VectorPointer, sampled: int) -> list[str]:
    problems: list[str] = []
    newest = source.newest()
    if pointer.applied != newest:
        problems.append(f"The index of vectors has come to change {pointer.applied} of {newest}.")
    held, wanted = vectors.count(pointer.collection), source.count_vectors(pointer.model)
    if held != wanted:
        problems.append(f"The index of vectors holds {held} vectors, the database {wanted}.")
    missing = source.count_missing(pointer.model)
    if missing:
        problems.append(f"{missing} texts have no vector yet.")
    ids = sorted(vectors.ids(pointer.collection))
    chosen = random.sample(ids, min(sampled, len(ids)))
    _, known, matrix = source.vectors(pointer.model, {passage_of(id_) for id_ in chosen})
    rows = {id_: matrix[place] for place, id_ in enumerate(known)}
    strange = [id_ for id_ in chosen if id_ not in rows]
    if strange:
        problems.append(f"The index of vectors holds {len(strange)} of {len(chosen)} that the database has not.")
    lost = audit(vectors, pointer.collection, {id_: rows[id_] for id_ in chosen if id_ in rows})
    if lost:
        problems.append(f"The index of vectors does not find {len(lost)} of {len(chosen)} of its own vectors.")
    return problems
