"""Trains the decision to answer for questions in another language, assistant/knowledge/decision_prior_abroad.json.

    python -m eval.train_abroad --data ../shared/data --out assistant/knowledge/decision_prior_abroad.json

Provenance. Samples are the questions of XQuAD (CC BY-SA 4.0) in English and Chinese, asked of its passages in the other
language alone, each once as it is and once with the passage that answers it left out. Only coefficients and scores
ship, no text. What is printed is measured on the starter suite's questions, asked of the starter articles in the other
language alone; nothing is trained on them.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.container import Container
from assistant.domain.answers import LivePassage
from assistant.domain.articles import Audience
from assistant.flow.retrieve import KnowledgeRetriever
from assistant.knowledge.calibration import BALANCED, Calibration, HeldOut, Sample, in_units, newton
from assistant.knowledge.features import named, valued
from assistant.knowledge.scripts import has_chinese
from assistant.settings import Settings
from eval.cases import STARTER_ARTICLES, Case, Part, Suite, starter_questions, suite
from eval.metrics import auroc
from eval.run import ingest, temporary_installation

Floats = NDArray[np.float64]

_STIFFNESS = 200.0
_FOLDS = 5


class _LeavingOut(KnowledgeRetriever):
    """A search that does not see some articles."""

    left_out: frozenset[str] = frozenset()

    def _live(self, ids: Sequence[str], readers: Sequence[Audience]) -> Mapping[str, LivePassage]:
        live = super()._live(ids, readers)
        return {name: passage for name, passage in live.items() if passage.article not in self.left_out}


@dataclass(frozen=True, slots=True)
class Asked:
    """The samples of one knowledge base, and its level."""

    level: float
    samples: list[Sample]


def asked(base: Suite, settings: Settings) -> Asked:
    """The cases of a suite asked of its articles; those that they answer also without the articles that do."""
    with temporary_installation(settings) as container:
        ingest(container, base, lambda *_: None)
        return Asked(container.calibrations.current().level, list(_samples(container, base.cases)))


def _samples(container: Container, cases: Sequence[Case]) -> Iterator[Sample]:
    search = _LeavingOut(container.database, container.knowledge, container.calibrations.current)
    for case in cases:
        for left_out in (frozenset(), case.gold) if case.gold else (frozenset(),):
            search.left_out = left_out
            found = search.retrieve(
                case.text,
                language="zh-Hans" if has_chinese(case.text) else "en",
                audiences=frozenset({Audience.PUBLIC}),
                error_budget=BALANCED,
            )
            answerable = bool(case.gold) and not left_out
            right = answerable and bool(found.hits) and found.hits[0].passage.article in case.gold
            yield Sample(valued(found.features), answerable, right, min(case.gold, default=case.id))


def train(bases: Sequence[Asked]) -> Calibration:
    """The model of "the best passage answers this", with the scores of each sample by one that had not seen it."""
    samples = [sample for base in bases for sample in base.samples]
    table = np.vstack([in_units(np.stack([each.features for each in base.samples]), base.level) for base in bases])
    mean, scale = table.mean(axis=0), table.std(axis=0) + 1e-6
    standard = (table - mean) / scale
    right = np.array([sample.right for sample in samples])
    # A passage is in one fold, in whichever language it is asked about.
    groups = {group: place for place, group in enumerate(sorted({sample.group for sample in samples}))}
    fold = np.array([groups[sample.group] % _FOLDS for sample in samples])
    score = np.zeros(len(samples))
    for part in range(_FOLDS):
        weights, bias = _fitted(standard[fold != part], right[fold != part])
        score[fold == part] = 1.0 / (1.0 + np.exp(-(standard[fold == part] @ weights + bias)))
    answerable = np.array([sample.answerable for sample in samples])
    weights, bias = _fitted(standard, right)
    level = float(np.mean([base.level for base in bases]))
    return Calibration(level, mean, scale, weights, bias, HeldOut(score, answerable, right, np.ones(len(samples))))


def _fitted(standard: Floats, right: NDArray[np.bool_]) -> tuple[Floats, float]:
    start = np.zeros(standard.shape[1])
    return newton(standard, right.astype(float), np.ones(len(right)), start, 0.0, _STIFFNESS)


def report(name: str, base: Asked, model: Calibration) -> str:
    """How the questions of a knowledge base fare."""
    placed = replace(model, level=base.level)
    score = np.array([placed.probability(sample.features) for sample in base.samples])
    can = np.array([sample.answerable for sample in base.samples])
    right = np.array([sample.right for sample in base.samples])
    did = score >= placed.threshold(BALANCED)
    return (
        f"{name}: AUROC {auroc(score, can):.3f}, answered rightly {np.mean((did & right)[can]):.3f}, from a wrong "
        f"article {np.mean((did & ~right)[can]):.3f}, unanswerable answered {np.mean(did[~can]):.3f}; "
        f"promised {score.mean():.3f}, came {right.mean():.3f}"
    )


def _starter(folder: Path, written: str) -> Suite:
    """The starter's questions in one language, for its articles in the other alone."""
    shutil.copytree(STARTER_ARTICLES / written, folder / written)
    cases = starter_questions(chinese=written == "en")
    return Suite(f"starter, articles in {written} alone", (Part(folder),), tuple(cases))


def main() -> None:
    """Print what the model does where it learnt nothing; write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--models", type=Path, default=Path("data/models"))
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    settings = Settings(models_dir=given.models)
    bases = [asked(suite(f"xquad:{pair}", given.data), settings) for pair in ("en-zh", "zh-en")]
    model = train(bases)
    print({name: round(weight, 2) for name, weight in named(model.weights).items()})
    for written in ("zh", "en"):
        with tempfile.TemporaryDirectory() as folder:
            base = _starter(Path(folder), written)
            print(report(base.name, asked(base, settings), model), flush=True)
    if given.out:
        given.out.write_text(model.to_json() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
