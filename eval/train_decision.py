"""Trains the prior of the decision to answer, assistant/knowledge/decision_prior.json.

    python -m eval.train_decision --data ../shared/data --out assistant/knowledge/decision_prior.json
    python -m eval.train_decision --reading --data ../shared/data --out assistant/knowledge/decision_prior_reading.json

The second is for searches whose best passages the bundled reader reads. It learns only from what that reader was not
trained on (``reader_material``), and from fewer questions of each collection, for reading takes its time.

Provenance. Samples are real questions put to a knowledge base with what answers them and without it, and questions that
nothing there answers: of FAQ collections (HINT3 SofMattress, ODbL; Banking77, CC BY 4.0; CLINC150, CC BY 3.0) and of
passage collections (SQuAD 2.0 with its near-misses, CC BY-SA 4.0; XQuAD, CC BY-SA 4.0; CMRC 2018, CC BY-SA 4.0;
MTRAG-UN, Apache-2.0). Only coefficients and scores ship, no text. ``training_sets`` says what weighs how much. The
reference scores are of the collections' own phrasings, by models that had not seen the collection's family; neither
had those whose figures are printed.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.knowledge.calibration import Calibration, HeldOut, Sample, fit, in_units, newton, own_share
from assistant.knowledge.embedder import load_embedder
from assistant.knowledge.features import features, named
from assistant.knowledge.left_out import MOST_PHRASINGS, MOST_READ, Asked, chosen, kb_samples
from assistant.knowledge.memory_search import Integers, MemorySearch, background
from assistant.knowledge.ranking import Evidence
from assistant.knowledge.reader import AdapterReader, Reader
from assistant.knowledge.reading import Reading
from assistant.knowledge.segment import tokens
from eval.bases import Asking, Base, CachedEncoder, CachedReader, Encoder, faq_bases, passage_bases
from eval.metrics import answered_at_risk, auroc, bootstrap, calibration_error, decision_accuracy
from eval.reader_material import READ_WHOLE, is_held_out

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BUDGET = 0.05
_STIFFNESS = 10.0
_REFERENCE = 400
_MOST_REAL_READ = 200
_WEIGHT = 500.0
_FAQ, _FAQ_WEIGHT = frozenset({"hint3", "banking77", "clinc150"}), 3.0
_OUTSIDE, _NEAR_MISSES = 0.7, 0.3
_FAMILY = {"xquad": "xquad", "mtrag_un": "mtrag_un", "squad2": "squad2"}


@dataclass(frozen=True, slots=True)
class Collection:
    """The samples of one knowledge base: those that it asks itself, and the real questions asked of it.

    ``left_out`` are real questions asked of the knowledge base without the articles that answer them.
    """

    name: str
    level: float
    own: list[Sample]
    real: list[Sample]
    left_out: list[Sample]

    @property
    def unanswerable(self) -> Floats:
        """The mean features of the unanswerable questions that it makes of itself."""
        rows = np.stack([each.features for each in self.own if not each.answerable])
        return np.asarray(in_units(rows, self.level).mean(axis=0))

    @property
    def family(self) -> str:
        """Collections of one family are never trained on when one of them is tested."""
        return _FAMILY.get(self.name.split(" ")[0].rstrip(","), self.name)


def collect(base: Base, encoder: Encoder, reader: Reader | None = None) -> Collection:
    """Both kinds of samples of a knowledge base."""
    level = background(base.arrays)
    asked = _Asked(base, reader)
    own = _asked_of_itself(base, encoder, level, reader) if base.phrasings else asked.articles_left_out()
    return Collection(base.name, level, own, asked.real(), [left for _, left in asked.without_answer()])


def _asked_of_itself(base: Base, encoder: Encoder, level: float, reader: Reader | None) -> list[Sample]:
    texts = dict(base.phrasings)
    rows = chosen(base.arrays, list(texts), MOST_PHRASINGS if reader is None else MOST_READ)
    vectors = encoder.embed_queries([texts[row] for row in rows])
    asking = [Asked(tuple(tokens(texts[row])), vector, row) for row, vector in zip(rows, vectors, strict=True)]
    return kb_samples(base.arrays, asking, texts, level, reader)


class _Asked:
    """A knowledge base of which its real questions are asked, and what reads the best passages, if anything does."""

    def __init__(self, base: Base, reader: Reader | None) -> None:
        self._base = base
        self._reader = reader
        self._search = MemorySearch(base.arrays, {token for question in base.questions for token in question.tokens})

    def real(self) -> list[Sample]:
        """The questions as they are, of each kind at most as many as there is time to read for."""
        decidable = [asking for asking in self._base.questions if asking.decidable]
        if self._reader is not None:
            kinds = ([asking for asking in decidable if asking.answerable is kind] for kind in (True, False))
            decidable = [asking for kind in kinds for asking in _some(kind, _MOST_REAL_READ)]
        return [self._sample(asking) for asking in decidable]

    def articles_left_out(self) -> list[Sample]:
        """For passages, the questions that they answer stand in for phrasings."""
        samples = []
        for asking, left in self.without_answer(400):
            seen = self._sample(asking)
            samples += [Sample(seen.features, True, seen.right, left.group), left]
        return samples

    def without_answer(self, most: int = 500) -> Iterator[tuple[Asking, Sample]]:
        """At most so many questions that the knowledge base answers, each asked of it without what answers it."""
        answerable = [asking for asking in self._base.questions if asking.answerable and asking.gold]
        for asking in _some(answerable, most if self._reader is None else MOST_READ):
            members = [place for article in asking.gold for place in self._search.members(article)]
            evidence, _ = self._ask(asking, members)
            yield asking, Sample(features(evidence), False, False, min(asking.gold))

    def _sample(self, asking: Asking) -> Sample:
        evidence, places = self._ask(asking)
        top = self._base.arrays.articles[int(places[int(np.argmax(evidence.scores))])] if len(places) else ""
        return Sample(features(evidence), asking.answerable, asking.answerable and top in asking.gold)

    def _ask(self, asking: Asking, without: Sequence[int] = ()) -> tuple[Evidence, Integers]:
        evidence, places = self._search.ask(asking.vector, asking.tokens, without=without)
        if self._reader is None:
            return evidence, places
        return self._search.read(evidence, places, Reading(self._reader, asking.text)), places


def _some(questions: Sequence[Asking], most: int) -> list[Asking]:
    return random.Random(0).sample(questions, min(most, len(questions)))


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Samples of one kind from one collection, and what they weigh together."""

    collection: Collection
    samples: list[Sample]
    weight: float


def training_sets(collections: Sequence[Collection], but: str = "") -> list[TrainingSet]:
    """What is learnt from: real questions, with their articles and without, of each family but ``but``.

    Families weigh the same, those of FAQ three times as much: their questions are the most like a help desk's. Where a
    collection has questions that nothing answers, they are most of its unanswerable ones; of SQuAD's near-misses a
    smaller part, for they are made to mislead.
    """
    used = [each for each in collections if each.family != but and "both" not in each.name]
    sets = []
    for each in used:
        whole = _WEIGHT * (_FAQ_WEIGHT if each.family in _FAQ else 1.0) / sum(e.family == each.family for e in used)
        natural = [sample for sample in each.real if not sample.answerable]
        share = 0.0 if not natural else _NEAR_MISSES if each.family == "squad2" else _OUTSIDE
        kinds = (
            ([sample for sample in each.real if sample.answerable], 1.0),
            (each.left_out, 1.0 - share),
            (natural, share),
        )
        sets += [TrainingSet(each, samples, whole * part) for samples, part in kinds if samples]
    return sets


def train(sets: Sequence[TrainingSet]) -> Calibration:
    """The prior from these sets, without reference scores."""
    tables = [
        in_units(np.stack([sample.features for sample in each.samples]), each.collection.level)
        - own_share(each.collection.unanswerable)
        for each in sets
    ]
    mean, scale = np.vstack(tables).mean(axis=0), np.vstack(tables).std(axis=0) + 1e-6
    target = np.array([sample.answerable for each in sets for sample in each.samples], dtype=float)
    heavy = np.concatenate([np.full(len(each.samples), each.weight / len(each.samples)) for each in sets])
    weights, bias = newton((np.vstack(tables) - mean) / scale, target, heavy, np.zeros(len(mean)), 0.0, _STIFFNESS)
    collections = list({each.collection.name: each.collection for each in sets}.values())
    unanswerable = np.mean([each.unanswerable for each in collections], axis=0)
    level = float(np.mean([each.level for each in collections]))
    none = HeldOut(np.zeros(0), np.zeros(0, bool), np.zeros(0, bool), np.zeros(0))
    return Calibration(level, mean + own_share(unanswerable), scale, weights, bias, none, 0, unanswerable)


def reference(collections: Sequence[Collection]) -> HeldOut:
    """Scores of each collection's own samples under priors that had not seen its family."""
    rows: list[tuple[float, bool, bool]] = []
    for each in collections:
        blind = fit([], train(training_sets(collections, but=each.family)), each.level)
        every = random.Random(1).sample(each.own, min(len(each.own), _REFERENCE // len(collections)))
        rows += [(blind.probability(sample.features), sample.answerable, sample.right) for sample in every]
    table = np.array(rows)
    return HeldOut(table[:, 0], table[:, 1] > 0, table[:, 2] > 0, np.ones(len(table)))


def report(each: Collection, blind: Calibration) -> str:
    """How a collection's real questions fare under a prior that had not seen its family, alone and fitted to it."""
    lines = []
    fitted = {"prior": fit([], blind, each.level), "fitted": fit(each.own, blind, each.level)}
    can = np.array([sample.answerable for sample in each.real])
    right = np.array([sample.right for sample in each.real])
    similarity = np.array([sample.features[0] for sample in each.real])
    scores = {"top similarity": similarity} | {
        name: np.array([model.probability(sample.features) for sample in each.real]) for name, model in fitted.items()
    }
    for name, values in scores.items():
        at = answered_at_risk(values, can, right, BUDGET)
        line = f"  {name}: AUROC {bootstrap(auroc, values, can)}, answered rightly at 5 % wrong {at.answered:.3f}"
        if name in fitted:
            line += "".join(
                _at(label, threshold, values, can, right)
                for label, threshold in (
                    ("for 5 % wrong", fitted[name].threshold(BUDGET)),
                    ("balanced", fitted[name].threshold(0.0)),
                )
            )
            line += f"; ECE {calibration_error(values, can):.3f}"
        lines.append(line)
    return "\n".join([f"{each.name} ({int(can.sum())} answerable, {int((~can).sum())} not)", *lines])


def _at(label: str, threshold: float, values: Floats, can: Flags, right: Flags) -> str:
    """What a threshold that the knowledge base chose by itself does to the real questions."""
    did = values >= threshold
    accuracy = bootstrap(decision_accuracy, did, can, right)
    rightly, wrongly = float(np.mean((did & right)[can])), float(np.mean(did[~can]))
    return f"; own threshold {label} {threshold:.2f}: right {rightly:.3f}, wrong {wrongly:.3f}, accuracy {accuracy}"


def left_out_report(each: Collection, blind: Calibration) -> str:
    """How a collection's own samples fare, each scored by a model that had not seen its article."""
    model = fit(each.own, blind, each.level)
    can = np.array([sample.answerable for sample in each.own])
    right = np.array([sample.right for sample in each.own])
    plain = answered_at_risk([sample.features[0] for sample in each.own], can, right, BUDGET).answered
    held = model.held_out.probability[: len(each.own)]
    at = bootstrap(lambda p, a, r: answered_at_risk(p, a, r, BUDGET).answered, held, can, right, rounds=200)
    return (
        f"{each.name}: left out, answered rightly at 5 % wrong {at} (top similarity {plain:.3f}), "
        f"AUROC {auroc(held, can):.3f}"
    )


def _collections(given: argparse.Namespace) -> list[Collection]:
    load = cache(lambda: load_embedder("bundled", given.models))
    encoder = CachedEncoder(load, given.cache)
    if not given.reading:
        bases = [*passage_bases(given.data, encoder), *faq_bases(given.data, encoder)]
        return [collect(base, encoder) for base in bases]
    reader = CachedReader(cache(lambda: AdapterReader(load())), given.read)
    bases = [*passage_bases(given.data, encoder, partial(is_held_out, given.data)), *faq_bases(given.data, encoder)]
    found = []
    for base in bases:
        if base.name in READ_WHOLE or "both" in base.name:
            continue
        found.append(collect(base, encoder, reader))
        reader.save()
        print(f"read {base.name}", flush=True)
    return found


def main() -> None:
    """Print what models do on collections that they had not seen; write the prior trained on all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--models", type=Path, default=Path("data/models"))
    parser.add_argument("--cache", type=Path, default=Path("data/eval-vectors.npz"))
    parser.add_argument("--reading", action="store_true", help="for searches whose best passages are read")
    parser.add_argument("--read", type=Path, default=Path("data/eval-read.npz"))
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    collections = _collections(given)
    known = reference(collections)
    for each in collections:
        bare = train(training_sets(collections, but=each.family))
        blind = replace(bare, held_out=known)
        if any(not sample.answerable for sample in each.real):
            print(report(each, blind), flush=True)
        print(left_out_report(each, blind), flush=True)
    whole = train(training_sets(collections))
    prior = replace(whole, held_out=known)
    print({name: round(weight, 2) for name, weight in named(prior.weights).items()})
    if given.out:
        given.out.write_text(prior.to_json() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
