"""Answer from passages alone: the section that answers, its steps and tables whole, the telling sentences marked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

from assistant.domain.addresses import article_url, sibling_url
from assistant.domain.answers import Citation, Hit, LivePassage
from assistant.domain.articles import PassageKind
from assistant.domain.locales import is_chinese
from assistant.domain.markdown import plain_text, sentences
from assistant.flow.voice import say
from assistant.knowledge.scripts import to_traditional
from assistant.knowledge.segment import content_words

_KEPT_WHOLE = frozenset({PassageKind.STEPS, PassageKind.LIST, PassageKind.TABLE, PassageKind.CODE})
_QUOTED_SENTENCES = 3
_SHORT_PARAGRAPH = 3
_QUOTE_LENGTH = 600
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HOW_MANY = re.compile(
    r"\b(?:how (?:much|many|long|far|old|fast|big|often)|when|what (?:time|date|year|price)|cost|price|number)\b|多少|多久|几|什么时候|多长|多大|何时|价格|费用|哪年|哪天"
)
_HOW_TO = re.compile(r"\bhow (?:do|can|could|should|to|would)\b|\bsteps?\b|怎么|如何|怎样|步骤|方法")
# A second passage is quoted when the first leaves this share of the question open and the second covers as much of it.
_LEFT_OPEN = 0.45
_DIGIT = re.compile(r"\d|[一二三四五六七八九十百千两]")


@dataclass(frozen=True, slots=True)
class Extract:
    """Markdown made of quotes, with a citation for each passage that it quotes."""

    text: str
    citations: tuple[Citation, ...]


def _absolute_links(markdown: str, passage: LivePassage) -> str:
    """The text with links to sibling articles leading to their pages."""
    return _LINK.sub(lambda match: f"]({sibling_url(match.group(1), passage.article, passage.locale)})", markdown)


def telling_sentences(query: str, text: str) -> list[tuple[str, float]]:
    """Each sentence with how much it says about the query, in order; the scores lie between 0 and about 1.5."""
    wanted = set(content_words(query))
    asks_number = bool(_HOW_MANY.search(query.lower()))
    scored: list[tuple[str, float]] = []
    for sentence in sentences(text):
        words = set(content_words(sentence))
        overlap = len(wanted & words)
        score = overlap / (len(wanted) or 1) + (0.3 * overlap / (len(words) ** 0.5 or 1.0) if words else 0.0)
        if asks_number and _DIGIT.search(sentence):
            score += 0.25
        scored.append((sentence, score))
    return scored


def _best_run(scored: Sequence[tuple[str, float]]) -> tuple[int, int, int]:
    """Start and end of the sentences to quote, and the index of the best one among all."""
    best = max(range(len(scored)), key=lambda index: (scored[index][1], -index))
    if len(scored) <= _SHORT_PARAGRAPH:
        return 0, len(scored), best
    start, end = best, best + 1
    while end - start < _QUOTED_SENTENCES:
        before = scored[start - 1][1] if start > 0 else -1.0
        after = scored[end][1] if end < len(scored) else -1.0
        if max(before, after) < 0:
            break
        # What follows usually completes a thought, so it wins a tie.
        start, end = (start - 1, end) if before > after else (start, end + 1)
    return start, end, best


def _marked(sentence: str) -> str:
    return sentence if any(mark in sentence for mark in "*_`[|") else f"**{sentence}**"


def _quoted(query: str, passage: LivePassage) -> tuple[str, str]:
    """The Markdown shown for a passage and the plain quote of its citation."""
    if passage.kind in _KEPT_WHOLE or "\n" in passage.text.strip():
        return passage.text.strip(), plain_text(passage.text)[:_QUOTE_LENGTH]
    scored = telling_sentences(query, passage.text)
    if not scored:
        return passage.text.strip(), plain_text(passage.text)[:_QUOTE_LENGTH]
    start, end, best = _best_run(scored)
    glue = "" if is_chinese(passage.locale) else " "
    shown = [sentence for sentence, _score in scored[start:end]]
    plain = plain_text(glue.join(shown))
    if len(shown) > 1 and scored[best][1] > 0:
        shown[best - start] = _marked(shown[best - start])
    return glue.join(shown), plain[:_QUOTE_LENGTH]


def _words(hit: Hit) -> set[str]:
    """The words of a passage and of the headings above it, without the title that all passages of an article share."""
    body, _, rest = hit.passage.tokens.partition("\n")
    return set(body.split()) | set(rest.partition("\n")[0].split())


def _weights(words: set[str], hits: Sequence[Hit]) -> dict[str, float]:
    """What each word of the query tells about the place within one article: little if every passage has it."""
    sets = [_words(hit) for hit in hits]
    return {word: log(1 + len(sets) / (1 + sum(word in found for found in sets))) for word in words}


def _covered(weights: Mapping[str, float], words: set[str]) -> float:
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in words) / total if total else 0.0


def _place(query: str, hits: Sequence[Hit]) -> Hit:
    """The passage of the best article that answers: title and phrasings find the article, not the place in it."""
    first = hits[0]
    same = [
        hit
        for hit in hits
        if (hit.passage.article, hit.passage.locale) == (first.passage.article, first.passage.locale)
    ]
    asks_how = bool(_HOW_TO.search(query.lower()))
    asks_number = bool(_HOW_MANY.search(query.lower()))
    weights = _weights(set(content_words(query)), same)
    spread = max(1e-6, first.score - min(hit.score for hit in same))

    def fit(hit: Hit) -> float:
        value = _covered(weights, _words(hit)) + 0.5 * (hit.score - first.score) / spread
        value += 0.35 if asks_how and hit.passage.kind == PassageKind.STEPS else 0.0
        return value + (0.1 if asks_number and _DIGIT.search(hit.passage.text) else 0.0)

    return max(same, key=lambda hit: (fit(hit), -hit.passage.position))


def chosen(query: str, hits: Sequence[Hit]) -> list[Hit]:
    """The passages to quote: the best place in the best article, and at most one more that covers what it leaves open."""
    first = _place(query, hits)
    same = [
        hit
        for hit in hits
        if (hit.passage.article, hit.passage.locale) == (first.passage.article, first.passage.locale)
    ]
    weights = _weights(set(content_words(query)), same)
    covered = _words(first)
    left = {word: weight for word, weight in weights.items() if word not in covered}
    if sum(left.values()) < _LEFT_OPEN * sum(weights.values()):
        return [first]
    more = max((hit for hit in same if hit is not first), key=lambda hit: _covered(left, _words(hit)), default=None)
    return [first] if more is None or _covered(left, _words(more)) < _LEFT_OPEN else [first, more]


def citation_of(number: int, passage: LivePassage, quote_text: str, language: str) -> Citation:
    """A citation of a passage, its quote written in the customer's script."""
    converted = language == "zh-Hant" and passage.locale == "zh-Hans"
    return Citation(
        n=number,
        kind="passage",
        article=passage.article,
        locale=passage.locale,
        revision=passage.revision,
        passage=passage.id,
        title=to_traditional(passage.title) if converted else passage.title,
        heading=to_traditional(passage.heading) if converted else passage.heading,
        url=article_url(passage.article, passage.locale, passage.anchor),
        quote=to_traditional(quote_text) if converted else quote_text,
        converted=converted,
    )


def _ends_in_words(shown: str, hit: Hit) -> bool:
    """Whether a citation's number can stand behind the last word; behind a table or code it would become part of it."""
    return hit.passage.kind not in (PassageKind.TABLE, PassageKind.CODE) and not shown.rstrip().endswith(("|", "```"))


def extract(query: str, language: str, hits: Sequence[Hit]) -> Extract:
    """An answer quoted from the best of ``hits`` (at least one), in the customer's script, with its citations."""
    blocks: list[str] = []
    citations: list[Citation] = []
    for number, hit in enumerate(chosen(query, hits), start=1):
        shown, plain = _quoted(query, hit.passage)
        shown = _absolute_links(shown, hit.passage)
        citation = citation_of(number, hit.passage, plain, language)
        citations.append(citation)
        shown = to_traditional(shown) if citation.converted else shown
        blocks.append(f"{shown} [{number}]" if _ends_in_words(shown, hit) else f"{shown}\n\n[{number}]")
    first = hits[0].passage
    if is_chinese(language) != is_chinese(first.locale):
        blocks.insert(0, say("other_language", language))
    return Extract("\n\n".join(blocks), tuple(citations))
