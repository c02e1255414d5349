"""Past questions put on trial: what becomes of each, what a person thinks of that, and a sample to look at."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assistant.domain.answers import Outcome

MOST_QUESTIONS = 5_000
LONGEST_QUESTION = 4_000
SAMPLE = 40
MOST_SAMPLED = 400
# Of a rare outcome a few are looked at all the same, or nothing could be said of it.
_LEAST_OF_EACH = 5


def compared(text: str) -> str:
    """A question as it is compared with others: the same however it is written in case, width and spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


class Mark(StrEnum):
    """What a person says of what would become of a question."""

    RIGHT = "right"
    WRONG = "wrong"
    ELSEWHERE = "elsewhere"
    MISSED = "missed"
    RIGHTLY_LEFT = "rightly_left"


_OF_ANSWERS = (Mark.RIGHT, Mark.WRONG, Mark.ELSEWHERE)
_OF_OTHERS = (Mark.RIGHTLY_LEFT, Mark.MISSED)


def marks_of(outcome: str) -> tuple[Mark, ...]:
    """The marks that fit an outcome: of an answer, right, wrong, or that another article answers it."""
    return _OF_ANSWERS if outcome == Outcome.ANSWERED else _OF_OTHERS


@dataclass(frozen=True, slots=True)
class Truth:
    """What a mark says of the question itself, so that it still holds when the assistant deals with it otherwise.

    ``answerable`` is None where asking back was right: then neither is known. ``article`` is the one that answers it,
    as far as a person has named one; ``refuted`` is one that does not.
    """

    answerable: bool | None
    article: str = ""
    refuted: str = ""


def truth_of(mark: Mark, outcome: str, cited: str, named: str = "") -> Truth:
    """What a mark given to this outcome, answered from the article ``cited``, says of the question.

    ``named`` is the article that would have answered a missed question, where the person said so.
    """
    if mark is Mark.RIGHT:
        return Truth(True, article=cited)
    if mark is Mark.WRONG:
        return Truth(False, refuted=cited)
    if mark is Mark.ELSEWHERE:
        return Truth(True, article=named, refuted=cited)
    if mark is Mark.MISSED:
        return Truth(True, article=named)
    return Truth(None if outcome == Outcome.CLARIFYING else False)


def is_right(truth: Truth, outcome: str, cited: str) -> bool | None:
    """Whether a question of this truth is dealt with rightly; None where a person would have to look again."""
    if outcome == Outcome.ANSWERED:
        return _answers_rightly(truth, cited)
    if truth.answerable is None:
        return True if outcome == Outcome.CLARIFYING else None
    return not truth.answerable


def _answers_rightly(truth: Truth, cited: str) -> bool | None:
    if truth.answerable is False or (cited and cited == truth.refuted):
        return False
    if truth.answerable and cited and cited == truth.article:
        return True
    return None


def drawn(strata: Mapping[int, str], size: int, seed: int) -> list[int]:
    """The numbers of a random sample of about ``size`` questions, mixed, from their outcomes by number.

    A few of each outcome, the rest in proportion. The same seed gives the same sample, a larger size one that holds
    the smaller one, and where outcomes change the sample changes no more than it must.
    """
    by_outcome: dict[str, list[int]] = {}
    for number in sorted(strata, key=lambda each: _lot(seed, each)):
        by_outcome.setdefault(strata[number], []).append(number)
    chosen = [number for name, share in shares(by_outcome, size).items() for number in by_outcome[name][:share]]
    return sorted(chosen, key=lambda each: _lot(seed, each))


def shares(by_outcome: Mapping[str, Sequence[int]], size: int) -> dict[str, int]:
    """How many to draw of each outcome."""
    total = sum(map(len, by_outcome.values()))
    if not total:
        return {}
    return {
        name: min(len(numbers), max(_LEAST_OF_EACH, round(size * len(numbers) / total)))
        for name, numbers in by_outcome.items()
    }


def _lot(seed: int, number: int) -> bytes:
    return hashlib.blake2b(f"{seed}:{number}".encode(), digest_size=8).digest()
