"""How questions fare where only some articles are there in their language.

    python -m eval.untranslated --models .cache/models

The starter articles in one language with a share of them in the other, drawn at random, are asked the starter suite's
questions in that other language: those that a translated article answers, those that only an untranslated one does, and
those that none does. Beside the search as it is, one that does not look for untranslated articles apart.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from assistant.domain.articles import Audience
from assistant.flow.retrieve import KnowledgeRetriever
from assistant.knowledge.calibration import BALANCED
from assistant.knowledge.scripts import has_chinese
from assistant.settings import Settings
from assistant.storage.articles import Untranslated
from eval.cases import STARTER_ARTICLES, Case, Part, Suite, starter_questions
from eval.metrics import hit_at, rank
from eval.run import ingest, temporary_installation

SHARES = (0.9, 0.5, 0.15)


class OneSearch(KnowledgeRetriever):
    """One search of all articles in whatever language."""

    def _untranslated(self, language: str, audiences: frozenset[str]) -> Untranslated:
        return Untranslated(frozenset(), 0.0)


class Asked(NamedTuple):
    """What became of a question: the rank of its right article (0: not found), and whether the first one answered."""

    rank: int
    answered: bool


def asked(search: KnowledgeRetriever, case: Case) -> Asked:
    """What became of a case."""
    language = "zh-Hans" if has_chinese(case.text) else "en"
    found = search.retrieve(case.text, language=language, audiences=frozenset({Audience.PUBLIC}), error_budget=BALANCED)
    names = list(dict.fromkeys(hit.passage.article for hit in found.hits))
    return Asked(rank(names, case.gold), found.confidence >= found.threshold)


def told(rows: Sequence[Asked]) -> str:
    """Shares of questions of one kind."""
    ranks = [row.rank for row in rows]
    rightly, wrongly = (sum(row.answered and (row.rank == 1) is right for row in rows) for right in (True, False))
    return (
        f"{len(rows)} asked, hit@1 {hit_at(ranks, 1):.3f}, hit@5 {hit_at(ranks, 5):.3f}, "
        f"answered rightly {rightly / len(rows):.3f}, wrongly {wrongly / len(rows):.3f}"
    )


def _translated_in_part(folder: Path, whole: str, other: str, share: float) -> frozenset[str]:
    """The ids of the articles that are there in ``other``, too, once the folder holds all of them."""
    shutil.copytree(STARTER_ARTICLES / whole, folder / whole)
    articles = sorted((STARTER_ARTICLES / other).rglob("*.md"))
    chosen = random.Random(0).sample(articles, round(share * len(articles)))
    for article in chosen:
        copy = folder / article.relative_to(STARTER_ARTICLES)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(article, copy)
    return frozenset(article.stem for article in chosen)


def report(whole: str, other: str, share: float, settings: Settings) -> Iterator[str]:
    """A line for each kind of question and each search."""
    with tempfile.TemporaryDirectory() as temporary, temporary_installation(settings) as container:
        folder = Path(temporary)
        translated = _translated_in_part(folder, whole, other, share)
        cases = starter_questions(chinese=other == "zh")
        ingest(container, Suite("starter in part", (Part(folder),), tuple(cases)), lambda *_: None)
        kinds = {
            "translated": [case for case in cases if case.gold & translated],
            "untranslated": [case for case in cases if case.gold and not case.gold & translated],
            "unanswerable": [case for case in cases if not case.gold],
        }
        for made in (OneSearch, KnowledgeRetriever):
            search = made(container.database, container.knowledge, container.calibrations.current)
            name = "one search" if made is OneSearch else "two searches"
            for kind, some in kinds.items():
                rows = [asked(search, case) for case in some]
                yield f"{whole}, {share:.0%} in {other} too, {name}, {kind}: {told(rows)}"


def main() -> None:
    """Print how the starter suite's questions fare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=Path("data/models"))
    settings = Settings(models_dir=parser.parse_args().models)
    for share in SHARES:
        for whole, other in (("en", "zh"), ("zh", "en")):
            for line in report(whole, other, share, settings):
                print(line, flush=True)


if __name__ == "__main__":
    main()
