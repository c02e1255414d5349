"""What each stage of a search leaves, for whoever asks how a passage fared. A search that nobody watches tells nothing.

Candidates come first ("keyword", "dense"), then the stages that put them into order or take some out ("fused",
"translation", "duplicates", and whatever reads them again): a reader of stages takes them in the order in which they
come, whatever their names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assistant.domain.answers import Hit
from assistant.knowledge.ranking import same_as

CANDIDATES = ("keyword", "dense")


@dataclass(frozen=True, slots=True)
class Stage:
    """The passages after one stage, best first, each with its score there.

    ``depth`` is how many passages a search for candidates takes, 0 elsewhere. ``gave_way`` names, for a passage that
    this stage took out, the one that stays in its place; ``parts`` what the score of each is made of. ``beyond`` has
    the passages asked about that a search did not take up, with their rank (0: further down than anybody looks) and
    their score, if they have one.
    """

    name: str
    ranked: tuple[tuple[str, float], ...]
    depth: int = 0
    gave_way: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    beyond: Mapping[str, tuple[int, float]] = field(default_factory=dict)

    def rank(self, passage_id: str) -> int:
        """The place of a passage, from 1; 0 if it is not there."""
        return next((place for place, (other, _) in enumerate(self.ranked, 1) if other == passage_id), 0)


@dataclass(slots=True)
class Watch:
    """What one search tells of its stages, and of the passages ``about`` which it was asked.

    ``words`` are the tokens of the question that carry its meaning, as they were searched for.
    """

    about: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    stages: list[Stage] = field(default_factory=list)

    def candidates(
        self,
        name: str,
        depth: int,
        taken: Mapping[str, float],
        deeper: Sequence[str],
        scores: Mapping[str, float],
    ) -> None:
        """A search for candidates took these; ``deeper`` is its order further down, ``scores`` are of those asked."""
        places = {passage_id: place for place, passage_id in enumerate(deeper, 1)}
        missed = [passage_id for passage_id in self.about if passage_id not in taken and passage_id in scores]
        beyond = {passage_id: (places.get(passage_id, 0), scores[passage_id]) for passage_id in missed}
        self.stages.append(Stage(name, _ordered(taken), depth, beyond=beyond))

    def ranking(self, name: str, before: Sequence[Hit], after: Sequence[Hit]) -> None:
        """A stage made ``after`` of ``before``; what is missing gave way to a translation of it or to its double."""
        kept = {hit.passage.id for hit in after}
        gone = [hit for hit in before if hit.passage.id not in kept]
        places = {hit.passage.id: _in_place_of(hit, after) for hit in gone}
        gave_way = {passage_id: other for passage_id, other in places.items() if other}
        scores = {hit.passage.id: hit.score for hit in after}
        self.stages.append(Stage(name, _ordered(scores), 0, gave_way, {hit.passage.id: hit.why for hit in after}))

    def go_on(self, name: str, other: Watch, before: Sequence[Hit], after: Sequence[Hit]) -> None:
        """The answer rests on another search: go on with its stages if it saw a passage asked about, else end with it.

        ``name`` is the stage that it then is; ``before`` is what the first search found, ``after`` what the other did.
        """
        seen = {passage_id for stage in other.stages for passage_id, _ in stage.ranked}
        self.words = other.words
        if seen.intersection(self.about):
            self.stages = other.stages
        else:
            self.ranking(name, before, after)


def _ordered(scores: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(scores.items(), key=lambda pair: -pair[1]))


def _in_place_of(hit: Hit, after: Sequence[Hit]) -> str:
    """The passage that stays where ``hit`` went: its article's in another locale, else one that says the same."""
    own = hit.passage
    for other in after:
        if other.passage.article == own.article and other.passage.locale != own.locale:
            return other.passage.id
    double = same_as(hit, after)
    return double.passage.id if double is not None else ""
