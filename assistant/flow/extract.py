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
from assistant.knowledge.scripts import to_simplified, to_traditional
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
# Words that ask, of which a passage that holds them tells nothing.
_ASKING = re.compile(
    r"\b(?:how (?:much|many|long|far|old|fast|big|often|quick)|when|what|which|where|who|why|how)\b|多少|多久|几|什么时候|多长|多大|何时|怎么|如何|怎样|什么|哪里|哪个"
)
# A second passage is quoted when the first leaves this share of the question open and the second covers as much of it.
_LEFT_OPEN = 0.45
# How much less a second passage may fit and still be quoted, and what a word in a heading tells more than one below it.
_NEARLY_AS_GOOD = 0.1
_HEADING = 0.6
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
    asks_number = bool(_HOW_MANY.search(to_simplified(query).lower()))
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


def _headings(hit: Hit) -> set[str]:
    """The words of the headings above a passage, without the title that all passages of an article share."""
    return set(hit.passage.tokens.partition("\n")[2].partition("\n")[0].split())


def _words(hit: Hit) -> set[str]:
    """The words of a passage and of the headings above it."""
    return set(hit.passage.tokens.partition("\n")[0].split()) | _headings(hit)


def _weights(words: set[str], hits: Sequence[Hit]) -> dict[str, float]:
    """What each word of the query tells about the place within one article: little if every passage has it."""
    sets = [_words(hit) for hit in hits]
    return {word: log(1 + len(sets) / (1 + sum(word in found for found in sets))) for word in words}


def _covered(weights: Mapping[str, float], words: set[str]) -> float:
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in words) / total if total else 0.0


def _scores(same: Sequence[Hit]) -> dict[str, float]:
    """What search says for each passage of one article, from 0 for the best to -1 for the last.

    An article's title and phrasings are searched as part of its first passage. They find the article, not the place in
    it, so the first passage counts no more than the best of those under a heading.
    """
    placed = [hit.score for hit in same if hit.passage.heading]
    limit = max(placed) if placed else max(hit.score for hit in same)
    scores = {hit.passage.id: min(hit.score, limit) for hit in same}
    top = max(scores.values())
    spread = max(1e-6, top - min(scores.values()))
    return {passage: (score - top) / spread for passage, score in scores.items()}


def _places(query: str, same: Sequence[Hit]) -> list[tuple[float, Hit]]:
    """The passages of one article by how well each answers, best first."""
    asked = to_simplified(query).lower()
    asks_how, asks_number = bool(_HOW_TO.search(asked)), bool(_HOW_MANY.search(asked))
    weights = _weights(set(content_words(_ASKING.sub(" ", asked))), same)
    scores = _scores(same)

    def fit(hit: Hit) -> float:
        value = _covered(weights, _words(hit)) + _HEADING * _covered(weights, _headings(hit))
        value += 0.5 * scores[hit.passage.id]
        value += 0.35 if asks_how and hit.passage.kind == PassageKind.STEPS else 0.0
        return value + (0.1 if asks_number and _DIGIT.search(hit.passage.text) else 0.0)

    return sorted(((fit(hit), hit) for hit in same), key=lambda found: (-found[0], found[1].passage.position))


def chosen(query: str, hits: Sequence[Hit]) -> list[Hit]:
    """The passages to quote: the best place in the best article, and at most one more.

    The second is one that fits nearly as well (both then stand in the article's order), or one that covers what the first leaves open.
    """
    best = hits[0].passage
    same = [hit for hit in hits if (hit.passage.article, hit.passage.locale) == (best.article, best.locale)]
    ranked = _places(query, same)
    (fit, first), others = ranked[0], ranked[1:]
    if others and others[0][0] >= fit - _NEARLY_AS_GOOD:
        return sorted((first, others[0][1]), key=lambda hit: hit.passage.position)
    weights = _weights(set(content_words(query)), same)
    covered = _words(first)
    left = {word: weight for word, weight in weights.items() if word not in covered}
    if sum(left.values()) < _LEFT_OPEN * sum(weights.values()):
        return [first]
    more = max((hit for _fit, hit in others), key=lambda hit: _covered(left, _words(hit)), default=None)
    return [first] if more is None or _covered(left, _words(more)) < _LEFT_OPEN else [first, more]


def _is_converted(passage: LivePassage, language: str) -> bool:
    """Whether a passage is shown in Traditional although it was written in Simplified."""
    return language == "zh-Hant" and passage.locale == "zh-Hans"


def title_of(passage: LivePassage, language: str) -> str:
    """The title of a passage's article in the customer's script."""
    return to_traditional(passage.title) if _is_converted(passage, language) else passage.title


def citation_of(number: int, passage: LivePassage, quote_text: str, language: str) -> Citation:
    """A citation of a passage, its quote written in the customer's script."""
    converted = _is_converted(passage, language)
    return Citation(
        n=number,
        kind="passage",
        article=passage.article,
        locale=passage.locale,
        revision=passage.revision,
        passage=passage.id,
        title=title_of(passage, language),
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
