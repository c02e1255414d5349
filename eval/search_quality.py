"""How often search finds the right article first, and among five, beside plain dense, plain BM25 and equal rank fusion.

python -m eval.search_quality --data ../shared/data --cache /tmp/vectors.npz
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.flow.retrieve import read_together
from assistant.knowledge.embedder import load_embedder
from assistant.knowledge.memory_search import MemorySearch
from assistant.knowledge.ranking import Evidence
from eval.bases import Asking, Base, CachedEncoder, Encoder, faq_bases, passage_bases
from eval.metrics import bootstrap, hit_at, rank

Floats = NDArray[np.float64]


def ways(evidence: Evidence) -> Mapping[str, Floats]:
    """The score of each candidate by each way to rank."""
    return {
        "dense": evidence.cosines,
        "BM25": evidence.bm25,
        "RRF": _reciprocal(evidence.cosines) + np.where(evidence.bm25 > 0, _reciprocal(evidence.bm25), 0.0),
        "Askdesk": evidence.scores,
    }


def ranks(base: Base) -> dict[str, list[int]]:
    """The rank of the first right article for each question that has one, by way."""
    search = MemorySearch(base.arrays, {token for question in base.questions for token in question.tokens})
    found: dict[str, list[int]] = {}
    for question in base.questions:
        if not (question.answerable and question.gold):
            continue
        evidence, places = search.ask(question.vector, question.tokens)
        for way, scores in ways(evidence).items():
            order = [base.arrays.articles[int(place)] for place in places[np.argsort(-scores, kind="stable")]]
            found.setdefault(way, []).append(rank(list(dict.fromkeys(order)), question.gold))
    return found


def read_with_the_one_before(bases: Sequence[Base], encoder: Encoder) -> Base:
    """MTRAG-UN's questions, their vectors made of their own and that of the customer's message before."""
    named = {base.name: base for base in bases}
    alone, together = named["mtrag_un"], named["mtrag_un, 1 turn before"]

    def mixed(own: Asking, both: Asking) -> Asking:
        before = both.text.removesuffix(own.text).strip()
        return replace(both, vector=read_together(encoder.embed_queries([before])[0], own.vector)) if before else own

    questions = [mixed(*pair) for pair in zip(alone.questions, together.questions, strict=True)]
    return Base("mtrag_un, vectors of 1 turn before and of its own", alone.arrays, questions)


def _reciprocal(scores: Floats) -> Floats:
    return np.asarray(1.0 / (61.0 + np.argsort(np.argsort(-scores, kind="stable"))), dtype=float)


def main() -> None:
    """Print one line per collection: hit@1 with its interval and hit@5, by way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--models", type=Path, default=Path("data/models"))
    parser.add_argument("--cache", type=Path, default=Path("data/eval-vectors.npz"))
    given = parser.parse_args()
    encoder = CachedEncoder(lambda: load_embedder("bundled", given.models), given.cache)
    passages = passage_bases(given.data, encoder)
    for base in (*passages, read_with_the_one_before(passages, encoder), *faq_bases(given.data, encoder)):
        cells = []
        for way, places in ranks(base).items():
            first = bootstrap(lambda drawn: hit_at(drawn, 1), places)
            cells.append(f"{way} {first} / {hit_at(places, 5):.3f}")
        print(f"{base.name}: " + "; ".join(cells), flush=True)


if __name__ == "__main__":
    main()
