"""What the assistant did with a case, and whether that was right: facts first, figures elsewhere."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.container import Container
from assistant.domain.answers import Answer, Outcome
from assistant.domain.sentences import sentences
from assistant.flow.rehearsal import RehearsalRetriever, Remembered
from assistant.flow.request import Retrieved, TurnRequest, together
from assistant.knowledge.calibration import Calibration
from assistant.knowledge.scripts import to_simplified
from eval.cases import Case
from eval.metrics import rank

_MARKER = re.compile(r"\[\d+\]")
_MARKUP = re.compile(r"[*_`|#>]|^\s*(?:[-+]|\d+[.)])\s+", re.MULTILINE)
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Observation:
    """One turn as it was; ``found`` are the articles that search gave, best first."""

    case: Case
    outcome: str
    text: str
    cited: tuple[str, ...]
    found: tuple[str, ...]
    confidence: float
    threshold: float
    seconds: float
    embedding: float
    trace: dict[str, Any] = field(repr=False)
    vector: Any = field(default=None, repr=False)

    @property
    def rank(self) -> int:
        """The place of the first right article, from 1; 0 when search did not find one."""
        return rank(self.found, self.case.gold)

    @property
    def answered(self) -> bool:
        """Whether an answer was given."""
        return self.outcome == Outcome.ANSWERED

    @property
    def right(self) -> bool:
        """Whether it was answered first of all from an article that answers."""
        return self.answered and bool(self.cited) and self.cited[0] in self.case.gold

    @property
    def best_is_right(self) -> bool:
        """Whether the best article found is one that answers, answered or not."""
        return self.case.answerable and self.rank == 1

    @property
    def read(self) -> bool:
        """Whether one of the expected strings stands in what was quoted."""
        said = comparable(self.text)
        return any(comparable(wanted) in said for wanted in self.case.answers)

    @property
    def quoted_sentences(self) -> int:
        """How many sentences, list items and table rows the reply is made of."""
        return len(sentences(_MARKER.sub("", self.text)))

    def failures(self) -> list[str]:
        """What is not as the case wants it, in words; empty when all is."""
        case = self.case
        found = []
        if case.outcomes and self.outcome not in case.outcomes:
            found.append(f"{self.outcome}, expected {' or '.join(sorted(case.outcomes))}")
        if self.answered and case.gold and not self.right:
            found.append(f"answered from {self.cited[0] if self.cited else 'nothing'}")
        if self.answered and case.answers and not self.read:
            found.append(f"does not quote {' or '.join(case.answers)}")
        found += [f"says {absent}" for absent in case.absent if absent in self.text]
        return found


class ObservedRetriever(RehearsalRetriever):
    """The retriever of a turn, which remembers what it found for which text, and with which vector."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.seen: dict[str, tuple[Retrieved, Any]] = {}

    def retrieve(self, query: str, *, before: Sequence[str] = (), **given: Any) -> Retrieved:
        """As the flow asks it."""
        found = super().retrieve(query, before=before, **given)
        self.seen[together(*before, query)] = found, self._vector(query)[0]
        return found


class Observer:
    """Puts cases to a container, one turn each; nothing is stored. It must be made before anything else is asked."""

    def __init__(self, container: Container) -> None:
        self._container = container
        calibration: Callable[[], Calibration] = container.calibrations.current
        self._remembered: Remembered = {}
        self._retriever = ObservedRetriever(container.database, container.knowledge, calibration, self._remembered)
        container.retriever = self._retriever

    def observe(self, case: Case) -> Observation:
        """What became of a case."""
        self._retriever.seen.clear()
        self._remembered.clear()
        request = TurnRequest(case.text, locale=case.locale or self._language(case), history=case.history)
        started = time.perf_counter()
        answer = self._container.turns.once(request)
        seconds = time.perf_counter() - started
        return self._observed(case, answer, seconds)

    def _observed(self, case: Case, answer: Answer, seconds: float) -> Observation:
        # Of two searches, what the turn rests on; where neither is sure, the passages of both.
        found, vector = self._retriever.seen.get(answer.trace.get("query", ""), (None, None))
        last = [one["query"] for one in answer.trace.get("searched", ())][-1:]
        if found is not None and last and last != [answer.trace["query"]]:
            found = replace(found, together=self._retriever.seen[last[0]][0])
        hits = found.tried if found else ()
        return Observation(
            case=case,
            outcome=str(answer.outcome),
            text=answer.text,
            cited=tuple(citation.article for citation in answer.citations),
            found=tuple(dict.fromkeys(hit.passage.article for hit in hits)),
            confidence=found.confidence if found else 0.0,
            threshold=found.threshold if found else 1.0,
            seconds=seconds,
            embedding=found.timings.get("embed", 0.0) if found else 0.0,
            trace=dict(answer.trace),
            vector=vector,
        )

    def _language(self, case: Case) -> str:
        return self._container.detect_locale(case.text, "en")


def comparable(text: str) -> str:
    """A text with everything gone that does not change what it says: markup, script, case, white space."""
    plain = _MARKUP.sub("", _MARKER.sub("", unicodedata.normalize("NFKC", text)))
    return _SPACES.sub("", to_simplified(plain)).lower()
