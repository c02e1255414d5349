"""Answers in a chat model's words: only sentences that their sources support and no rule forbids, with citations."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.domain.answers import Citation, Hit
from assistant.domain.guidance import Rule
from assistant.domain.locales import is_chinese
from assistant.errors import ModelUnavailable
from assistant.flow.check import check_sentence, source_text
from assistant.flow.extract import citation_of
from assistant.flow.guided import applying, broken
from assistant.flow.material import spellings
from assistant.flow.request import TurnRequest, Understanding, Writer
from assistant.flow.translation import check_translation
from assistant.llm.prompting import guidance_lines

_NUMBER = re.compile(r"\[(\d{1,2})\]")
_QUOTE_LENGTH = 600
# Customers read the answer meanwhile, but its end is told only when the last translation is there.
_TRANSLATIONS = 3


@dataclass(frozen=True, slots=True)
class Written:
    """An answer in Markdown; ``[n]`` in it refers to the citations."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(slots=True)
class Draft:
    """A reply of ``writer`` to be, from ``hits``. ``trace`` is told what came of it."""

    writer: Writer
    request: TurnRequest
    understanding: Understanding
    hits: tuple[Hit, ...]
    rules: Sequence[Rule]
    trace: dict[str, Any]
    _kept: list[str] = field(default_factory=list)
    _cited: dict[int, int] = field(default_factory=dict)

    def written(self, emit: Callable[[str], None] | None) -> Written | None:
        """What the model wrote and the checks let pass, if anything is left; ``emit`` receives it as it comes."""
        language = self.understanding.language
        asked = f"{self.request.text} {self.understanding.query}"
        rules = applying(self.rules, language, asked, self.hits)
        lines, left_out = guidance_lines(rules, language)
        model = self._noted(rules, lines, left_out)
        try:
            sentences = self.writer.write(
                self.request.text,
                language,
                self.request.history,
                self.hits,
                names=spellings(self.request.names),
                guidance=lines,
            )
            for sentence in _clocked(sentences, model["seconds"]):
                self._take(sentence, language, rules, model["dropped"], emit)
        except ModelUnavailable as error:
            model["failed"] = error.message
            return None
        if not self._kept:
            model["failed"] = "no sentence was supported by its source"
            return None
        return Written("".join(self._kept).strip(), self._citations(language, model))

    def _noted(self, rules: Sequence[Rule], lines: Sequence[str], left_out: Sequence[Rule]) -> dict[str, Any]:
        model: dict[str, Any] = {
            "name": self.writer.name,
            "prompt": self.writer.prompt_hash(lines),
            "passages": [hit.passage.id for hit in self.hits],
            "seconds": {},
            "dropped": [],
        }
        if rules:
            left = {rule.id for rule in left_out}
            model["guidance"] = [rule.id for rule in rules if rule.id not in left]
            model["guidance_left_out"] = sorted(left)
        self.trace["model"] = model
        return model

    def _take(
        self,
        sentence: str,
        language: str,
        rules: Sequence[Rule],
        dropped: list[dict[str, Any]],
        emit: Callable[[str], None] | None,
    ) -> None:
        """Keep a sentence and show it, or note why not."""
        numbers = [number for number in map(int, _NUMBER.findall(sentence)) if 1 <= number <= len(self.hits)]
        cited = [source_text(self.hits[number - 1].passage) for number in numbers]
        reasons = [*check_sentence(sentence, cited, language).reasons, *broken(sentence, rules, cited)]
        if reasons:
            dropped.append({"sentence": sentence, "reasons": reasons})
            return
        for number in numbers:
            self._cited.setdefault(number, len(self._cited) + 1)
        shown = _NUMBER.sub(lambda match: _renumbered(match, self._cited), sentence)
        self._kept.append(shown)
        if emit is not None:
            emit(shown)

    def _citations(self, language: str, model: dict[str, Any]) -> tuple[Citation, ...]:
        """The passages cited; those in another language with what the model makes of them in the customer's."""
        made = [
            citation_of(shown, hit.passage, hit.passage.text[:_QUOTE_LENGTH], language)
            for hit, shown in ((self.hits[number - 1], shown) for number, shown in self._cited.items())
        ]
        foreign = [citation.n for citation in made if is_chinese(citation.locale) != is_chinese(language)]
        for number in foreign[:_TRANSLATIONS]:
            translation, problems = self._translated(made[number - 1], language)
            made[number - 1] = replace(made[number - 1], translation=translation)
            noted = {"passage": made[number - 1].passage, "problems": problems}
            model.setdefault("translations", []).append(noted)
            if not translation:  # a model that failed once would keep the customer waiting again
                break
        return tuple(made)

    def _translated(self, citation: Citation, language: str) -> tuple[str, list[str]]:
        try:
            translation = self.writer.translate(citation.quote, language)
        except ModelUnavailable as error:
            return "", [error.message]
        problems = check_translation(citation.quote, translation, language)
        return ("" if problems else translation), problems


def _clocked(sentences: Iterator[str], seconds: dict[str, float]) -> Iterator[str]:
    """The sentences, with the time to the first and to the last of them noted."""
    started = time.perf_counter()
    try:
        for sentence in sentences:
            seconds.setdefault("first", round(time.perf_counter() - started, 3))
            yield sentence
    finally:
        seconds["all"] = round(time.perf_counter() - started, 3)


def _renumbered(match: re.Match[str], cited: Mapping[int, int]) -> str:
    number = cited.get(int(match.group(1)))
    return "" if number is None else f"[{number}]"
