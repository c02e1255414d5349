"""Questions that a knowledge base asks itself: its own phrasings, each with its article present and with it left out.

A phrasing whose article is present, but which is itself taken out, should still find the article. With the whole
article left out as well, nothing should be found. Together they show what being right and being wrong look like here.

Editors list phrasings that hardly differ; customers find words of their own. So the phrasings that repeat the one asked
are taken out with it: what is left is about as far from it as from a customer's (eval/train_decision.py measures this).
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.knowledge.calibration import Calibration, Sample
from assistant.knowledge.features import features
from assistant.knowledge.memory_search import Integers, KnowledgeArrays, MemorySearch
from assistant.knowledge.ranking import Evidence
from assistant.knowledge.reader import Reader
from assistant.knowledge.reading import Reading
from assistant.knowledge.segment import tokens

MOST_PHRASINGS = 400
# Where passages are read as well: that takes the time of some questions embedded for each phrasing, twice.
MOST_READ = 150
# As good as the article left out: its probability falls by less than a tenth.
_AS_GOOD = 0.9
# Phrasings repeat one another from half-way between unrelated neighbours and the same text.
_REPEATS = 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """A phrasing as a customer would ask it: its tokens, its vector as a question, its row among the KB's vectors."""

    tokens: tuple[str, ...]
    vector: NDArray[np.float32]
    row: int


def chosen(kb: KnowledgeArrays, rows: Sequence[int], most: int = MOST_PHRASINGS, seed: int = 0) -> list[int]:
    """At most ``most`` of these rows (of phrasings), as evenly over the articles as can be, the same ones each time."""
    by_article: dict[str, list[int]] = defaultdict(list)
    draw = random.Random(seed)
    for row in draw.sample(list(rows), len(rows)):
        by_article[kb.articles[int(kb.owners[row])]].append(row)
    picked: list[int] = []
    while by_article and len(picked) < most:
        for article in list(by_article):
            picked.append(by_article[article].pop())
            if not by_article[article]:
                del by_article[article]
    return picked[:most]


def kb_samples(
    kb: KnowledgeArrays,
    asked: Sequence[Asked],
    phrasings: Mapping[int, str],
    level: float,
    reader: Reader | None = None,
    breathe: Callable[[], None] = lambda: None,
) -> list[Sample]:
    """Two samples for each phrasing: one that should be answered, one that should not.

    The first is missing for a phrasing that is all there is of its article. ``phrasings`` has the text of each row of
    vectors that is a phrasing, not a passage's own text; ``level`` is the knowledge base's ``background``. About 1 ms a
    question at 1,000 passages, 10 ms at 100,000; with a ``reader``, the time that it takes to read the best candidates
    twice. ``breathe`` is called between questions.
    """
    search = MemorySearch(kb, {token for question in asked for token in question.tokens})
    likeness = level + _REPEATS * (1.0 - level)
    samples: list[Sample] = []

    def taken(evidence: Evidence, places: Integers, question: Asked) -> Evidence:
        if reader is None:
            return evidence
        return search.read(evidence, places, Reading(reader, phrasings[question.row], patient=True))

    for question in asked:
        breathe()
        article = kb.articles[int(kb.owners[question.row])]
        members = search.members(article)
        repeats = {row: tokens(phrasings[row]) for row in search.repeats(question.row, likeness) if row in phrasings}
        evidence, places = search.ask(question.vector, question.tokens, row=question.row, repeats=repeats)
        if repeats and not any(place in members for place in places):
            evidence, places = search.ask(question.vector, question.tokens, row=question.row)
        if any(place in members for place in places):
            evidence = taken(evidence, places, question)
            right = kb.articles[int(places[int(np.argmax(evidence.scores))])] == article
            samples.append(Sample(features(evidence), True, right, article, phrasing=question.row))
        evidence = taken(*search.ask(question.vector, question.tokens, without=members), question)
        samples.append(Sample(features(evidence), False, False, article, phrasing=question.row))
    return samples


def without_second_answers(samples: Sequence[Sample], model: Calibration) -> list[Sample]:
    """The samples without those left-out ones whose question another article answers as well.

    Articles overlap: a question about returning a lock is answered under returns and under locks. Where leaving its
    article out costs the best passage next to nothing, or did not even move it, the knowledge base still has an
    answer, and calling the question unanswerable would teach a refusal of what it knows.
    """
    present = {sample.phrasing: sample for sample in samples if sample.answerable}
    kept = []
    for sample in samples:
        twin = present.get(sample.phrasing)
        if not sample.answerable and twin is not None:
            cost_nothing = model.probability(sample.features) > _AS_GOOD * model.probability(twin.features)
            if cost_nothing or not twin.right:
                continue
        kept.append(sample)
    return kept
