"""Answer from passages alone: the section that answers, its steps and tables whole, the telling sentences marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

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


def _adds(query_words: set[str], taken: set[str], hit: Hit, first: Hit) -> bool:
    """Whether another passage answers a part of the question that the first leaves open."""
    if hit.passage.article != first.passage.article:
        return False
    words = set(hit.passage.tokens.split())
    missing = query_words - taken
    return bool(missing & words) and hit.score >= 0.5 * first.score and len(missing & words) >= 2


def chosen(query: str, hits: Sequence[Hit]) -> list[Hit]:
    """The passages to quote: the best one, and at most one more that covers what it leaves open."""
    first = hits[0]
    words = set(content_words(query))
    taken = set(first.passage.tokens.split())
    more = next((hit for hit in hits[1:6] if _adds(words, taken, hit, first)), None)
    return [first] if more is None else [first, more]


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
        single = "\n" not in shown and hit.passage.kind not in _KEPT_WHOLE
        blocks.append(f"{shown} [{number}]" if single else f"{shown}\n\n[{number}]")
    first = hits[0].passage
    if is_chinese(language) != is_chinese(first.locale):
        blocks.insert(0, say("other_language", language))
    return Extract("\n\n".join(blocks), tuple(citations))
