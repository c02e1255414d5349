"""How one article fares at each stage of a search that was watched, and at which one it loses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from assistant.domain.answers import Hit, LivePassage, Outcome
from assistant.domain.locales import primary
from assistant.flow.decide import Decision
from assistant.flow.extract import extract
from assistant.flow.parts import parts_of
from assistant.flow.request import Intent, Retrieved
from assistant.flow.wording import in_articles_words, meanings
from assistant.knowledge.ranking import glossed, word_cover
from assistant.knowledge.segment import as_written
from assistant.knowledge.stages import CANDIDATES, Stage


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was understood: the text searched for, its language, who asks, and what it was taken for.

    ``at`` is when it was asked, if that was not just now; ``before`` what the query begins with where it was searched
    for together with the questions before it; ``follow_up`` is whether what was asked before is part of it.
    """

    query: str
    language: str = "en"
    audiences: frozenset[str] = frozenset({"public"})
    intent: str = Intent.QUESTION
    at: datetime | None = None
    before: tuple[str, ...] = ()
    follow_up: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """What the message says clause by clause, as the flow asks it."""
        return () if self.follow_up else parts_of(self.query)

    @property
    def alone(self) -> str:
        """The query without the questions before it."""
        return self.query.removeprefix("".join(f"{text}\n" for text in self.before))


@dataclass(frozen=True, slots=True)
class Step:
    """How the article fares at one stage: ``rank`` from 1 (0: not there, or beyond what anybody looks at).

    ``depth`` is how far down a search looks for candidates, 0 elsewhere; ``facts`` are what else the stage tells.
    """

    stage: str
    ok: bool
    rank: int = 0
    score: float | None = None
    depth: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """A passage by the names that people know it by."""

    article: str
    locale: str
    passage: str
    title: str
    heading: str

    @classmethod
    def of(cls, passage: LivePassage) -> Place:
        """Where a passage stands."""
        return cls(passage.article, passage.locale, passage.id, passage.title, passage.heading)


@dataclass(frozen=True, slots=True)
class Journey:
    """The way of one article through a search that was watched; ``own`` are its passages that somebody may see.

    ``words`` are the tokens that the search went by.
    """

    asked: Asked
    own: Mapping[str, LivePassage]
    stages: Sequence[Stage]
    words: Sequence[str]
    retrieved: Retrieved
    decision: Decision

    @property
    def _ordering(self) -> list[Stage]:
        return [stage for stage in self.stages if stage.name not in CANDIDATES]

    @property
    def _winner(self) -> Hit | None:
        return self.retrieved.hits[0] if self.retrieved.hits else None

    @property
    def _is_first(self) -> bool:
        return self._winner is not None and self._winner.passage.id in self.own

    def best(self) -> LivePassage | None:
        """The article's passage that came first in the last order that any of them was in, or in a search."""
        for stage in (*reversed(self._ordering), *self.stages):
            found = self._first_own(stage)
            if found:
                return self.own[found[0]]
        beyond = [(score, each) for stage in self.stages for each, (_rank, score) in stage.beyond.items()]
        return self.own[max(beyond)[1]] if beyond else next(iter(self.own.values()), None)

    def _first_own(self, stage: Stage) -> tuple[str, float] | None:
        return next((pair for pair in stage.ranked if pair[0] in self.own), None)

    def steps(self) -> list[Step]:
        """Each stage in its order, up to the quote."""
        found = [self._candidate(stage) if stage.name in CANDIDATES else self._ordered(stage) for stage in self.stages]
        return [*found, self._decision(), self._quote()]

    def _candidate(self, stage: Stage) -> Step:
        first = self._first_own(stage)
        facts = self._words() if stage.name == "keyword" else {}
        facts |= {"candidates": len(stage.ranked)}
        if first is not None:
            return Step(stage.name, True, stage.rank(first[0]), first[1], stage.depth, facts)
        beyond = sorted(stage.beyond.values(), key=lambda place: -place[1])
        rank, score = beyond[0] if beyond else (0, None)
        return Step(stage.name, False, rank, score, stage.depth, facts)

    def _words(self) -> dict[str, Any]:
        """The question's words that the article's best passage has, those that it lacks."""
        best = self.best()
        words, query = self.words, self.asked.query
        spelled = dict(self.retrieved.spelled)
        if best is None or not words:
            return {"has": [], "lacks": as_written(query, words, spelled), "spelled": spelled}
        is_abroad = primary(best.locale) != primary(self.asked.language)
        texts = glossed((best.tokens,), self.retrieved.meanings) if is_abroad else (best.tokens,)
        covered = word_cover(words, texts)[0]
        has = [word for word, there in zip(words, covered, strict=True) if there]
        lacks = [word for word, there in zip(words, covered, strict=True) if not there]
        return {
            "has": as_written(query, has, spelled),
            "lacks": as_written(query, lacks, spelled),
            "spelled": spelled,
        }

    def _ordered(self, stage: Stage) -> Step:
        first = self._first_own(stage)
        facts: dict[str, Any] = {"of": len(stage.ranked)}
        if stage.ranked:
            facts["winner_score"] = stage.ranked[0][1]
            facts["winner_parts"] = dict(stage.parts.get(stage.ranked[0][0], {}))
        if first is None:
            gone = [(each, other) for each, other in stage.gave_way.items() if each in self.own]
            return Step(stage.name, False, facts=facts | {"gave_way_to": gone[0][1] if gone else ""})
        rank = stage.rank(first[0])
        return Step(stage.name, rank == 1, rank, first[1], facts=facts | {"parts": dict(stage.parts.get(first[0], {}))})

    def _decision(self) -> Step:
        facts = {
            "outcome": str(self.decision.outcome),
            "reason": str(self.decision.reason),
            "codes": list(self.decision.codes),
            "confidence": round(self.retrieved.confidence, 4),
            "threshold": round(self.retrieved.threshold, 4),
        }
        return Step("decision", self.decision.outcome is Outcome.ANSWERED and self._is_first, facts=facts)

    def _quote(self) -> Step:
        if self.decision.outcome is not Outcome.ANSWERED:
            named = [hit.passage.id for hit in self.decision.hits if hit.passage.id in self.own]
            offered = bool(named) and self.decision.outcome is Outcome.CLARIFYING
            return Step("quote", False, facts={"quoted": [], "offered": offered})
        meant = meanings(self.asked.query, self.retrieved)
        query = in_articles_words(self.asked.query, self.retrieved.spelled, meant, self.retrieved.without)
        quoted = extract(query, self.asked.language, self.decision.hits).citations
        own = [one.passage for one in quoted if one.passage in self.own]
        return Step("quote", bool(own), facts={"quoted": [one.passage for one in quoted], "offered": False})

    def lost(self, steps: Iterable[Step]) -> str:
        """The first stage that loses the article; empty where the answer quotes it."""
        by_name = {step.stage: step for step in steps}
        for name in ("understood", "visible"):
            if not by_name[name].ok:
                return name
        ordering = self._ordering
        if not ordering or self._first_own(ordering[0]) is None:
            return "candidates"
        if not self._is_first:
            return self._gave_way() or self._overtaken()
        return next((name for name in ("decision", "quote") if not by_name[name].ok), "")

    def _gave_way(self) -> str:
        """The stage at which the article's best passage was taken out in favour of what ends up first."""
        before: Stage | None = None
        for stage in self._ordering:
            first = self._first_own(before) if before is not None else None
            other = stage.gave_way.get(first[0], "") if first is not None else ""
            if other and self._stands_for_winner(other):
                return stage.name
            before = stage
        return ""

    def _stands_for_winner(self, passage_id: str) -> bool:
        if self._winner is None:
            return False
        winner = self._winner.passage
        hit = next((hit for hit in self.retrieved.hits if hit.passage.id == passage_id), None)
        same = hit is not None and (hit.passage.article, hit.passage.locale) == (winner.article, winner.locale)
        return passage_id == winner.id or same

    def _overtaken(self) -> str:
        """The stage since which something else stands before it."""
        name = self._ordering[-1].name
        for stage in reversed(self._ordering):
            first = self._first_own(stage)
            if first is not None and stage.rank(first[0]) == 1:
                break
            name = stage.name
        return name
