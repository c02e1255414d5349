"""What marking past questions is worth: decisions without marks, with them, and with marks that weigh twice as much.

    python -m eval.marks --data ../shared/data

Some real questions of each collection are marked as a person would mark them; the others are decided. The prior has not
seen the collection's family, as in ``eval.train_decision``. Each figure is the mean of 15 draws.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from assistant.knowledge.calibration import Calibration, Sample, fit
from assistant.knowledge.embedder import load_embedder
from eval.bases import CachedEncoder, faq_bases, passage_bases
from eval.metrics import auroc, calibration_error
from eval.train_decision import BUDGET, Collection, collect, reference, train, training_sets

COLLECTIONS = ("hint3", "clinc150", "mtrag_un", "squad2")
MARKED = (20, 40, 100)
_DRAWS = 15
_MOST_ASKED = 800
_LEAST = 1e-4


def figures(model: Calibration, asked: Sequence[Sample]) -> list[float]:
    """Wrongly answered and rightly answered at the budget, log loss, calibration error, AUROC."""
    sure = np.array([model.probability(sample.features) for sample in asked])
    can = np.array([sample.answerable for sample in asked])
    right = np.array([sample.right for sample in asked])
    did = sure >= model.threshold(BUDGET)
    came = np.clip(np.where(can, sure, 1 - sure), _LEAST, 1.0)
    loss = -float(np.log(came).mean())
    return [
        float(did[~can].mean()),
        float((did & right)[can].mean()),
        loss,
        calibration_error(sure, can),
        auroc(sure, can),
    ]


def worth(each: Collection, blind: Calibration, marked: int, times: int) -> list[float]:
    """The mean figures with so many questions marked, each of them ``times`` over; 0 is without marks."""
    rows = []
    for seed in range(_DRAWS):
        mixed = random.Random(seed).sample(each.real, len(each.real))[:_MOST_ASKED]
        marks = [replace(sample, group=f"mark {place}") for place, sample in enumerate(mixed[:marked])]
        rows.append(figures(fit(each.own, blind, each.level, marks * times), mixed[marked:]))
    return [float(value) for value in np.mean(rows, axis=0)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--models", type=Path, default=Path("data/models"))
    parser.add_argument("--cache", type=Path, default=Path("data/eval-vectors.npz"))
    given = parser.parse_args()
    encoder = CachedEncoder(lambda: load_embedder("bundled", given.models), given.cache)
    bases = [*passage_bases(given.data, encoder), *faq_bases(given.data, encoder)]
    collections = [collect(base, encoder) for base in bases]
    known = reference(collections)
    print("collection  marked  weight   wrong  right  log loss  ECE    AUROC")
    for each in collections:
        if each.name not in COLLECTIONS:
            continue
        bare = train(training_sets(collections, but=each.family))
        blind = replace(bare, held_out=known)
        for marked in MARKED:
            if 2 * marked > len(each.real):
                continue
            for times, label in ((0, "none"), (1, "chosen"), (2, "twice")):
                wrong, right, loss, error, area = worth(each, blind, marked, times)
                line = f"{wrong:.3f}  {right:.3f}  {loss:.3f}     {error:.3f}  {area:.3f}"
                print(f"{each.name:<12}{marked:>6}  {label:<8} {line}", flush=True)


if __name__ == "__main__":
    main()
