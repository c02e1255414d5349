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
from assistant.flow.claims import codes_in
from assistant.flow.places import Asked, asked_of, chosen, of_best_article, unit_of, units
from assistant.flow.voice import say
from assistant.knowledge.scripts import to_traditional

_KEPT_WHOLE = frozenset({PassageKind.STEPS, PassageKind.LIST, PassageKind.TABLE, PassageKind.CODE})
_QUOTED_SENTENCES = 3
_SHORT_PARAGRAPH = 3
_QUOTE_LENGTH = 600
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_OWN_NUMBER = re.compile(r"(?<![!\\\w])\[(\d{1,2})\](?![(:])")
_DEFINITION = re.compile(r"^ {0,3}\[\d{1,2}\]:", re.MULTILINE)
_BLANK = re.compile(r"\n\s*\n")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,3}[.)])\s+")
# Of a table longer than this, only the rows that answer are quoted; a row does that says nearly as much as the best.
_SHORT_TABLE = 4
_NEARLY = 0.75
_TOLD_APART = 0.1
# An amount this far into steps is said before them too.
_SEEN_AT_ONCE = 80


@dataclass(frozen=True, slots=True)
class Extract:
    """Markdown made of quotes, with a citation for each passage that it quotes."""

    text: str
    citations: tuple[Citation, ...]


def _absolute_links(markdown: str, passage: LivePassage) -> str:
    """The text with links to sibling articles leading to their pages."""
    return _LINK.sub(lambda match: f"]({sibling_url(match.group(1), passage.article, passage.locale)})", markdown)


def _telling(asked: Asked, text: str) -> list[tuple[str, float]]:
    """Each sentence with how much it says about the question, in order."""
    scored: list[tuple[str, float]] = []
    for sentence in sentences(text):
        unit = unit_of(sentence)
        share = asked.covered(unit.words)
        # Of two sentences that say as much, the shorter one says less else.
        share += 0.3 * share / (len(unit.words) ** 0.5 or 1.0)
        scored.append((sentence, share + 0.25 * asked.stated(unit)))
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
    if any(mark in sentence for mark in "*_`[|"):
        return sentence
    # Markdown ends no emphasis between a full stop and a character right behind it, as Chinese writes them.
    words = sentence.rstrip("。！？；…”’」』）")
    return f"**{words}**{sentence[len(words) :]}"


def _quoted(asked: Asked, passage: LivePassage, codes: frozenset[str]) -> str:
    """The Markdown shown for a passage: it begins with what answers."""
    text = passage.text.strip()
    if passage.kind == PassageKind.TABLE and (told := _rows_about(codes, text)):
        return told
    if asked.amounts and not asked.steps:
        return _with_amount(asked, passage, text)
    if passage.kind in _KEPT_WHOLE or "\n" in text:
        return text
    return _run(asked, text, passage.locale)


def _run(asked: Asked, text: str, locale: str) -> str:
    """The sentences of a paragraph around the one that tells most, which is marked."""
    scored = _telling(asked, text)
    if not scored:
        return text
    start, end, best = _best_run(scored)
    shown = [sentence for sentence, _score in scored[start:end]]
    if len(shown) > 1 and scored[best][1] > 0:
        shown[best - start] = _marked(shown[best - start])
    return ("" if is_chinese(locale) else " ").join(shown)


def _with_amount(asked: Asked, passage: LivePassage, text: str) -> str:
    """The block of a passage that states the amount asked for: its sentences, its rows, or its steps led by the one."""
    blocks = _BLANK.split(text)
    told = [
        (asked.stated(unit), asked.covered(unit.words), -at, unit.text)
        for at, block in enumerate(blocks)
        for unit in units(block)
    ]
    share, _covered, at, best = max(told, key=lambda found: found[:3], default=(0.0, 0.0, 0, ""))
    if not share:
        return text if passage.kind in _KEPT_WHOLE or "\n" in text else _run(asked, text, passage.locale)
    block = blocks[-at]
    if block.startswith("|"):
        return _rows(asked, block)
    if _ITEM.match(block):
        # Steps stay whole, with the warnings before them.
        return text if text.find(best) < _SEEN_AT_ONCE else f"{_marked(_ITEM.sub('', best, 1))}\n\n{text}"
    return _run(asked, block, passage.locale)


def _rows(asked: Asked, table: str) -> str:
    """A table with its head; of a long one, the rows with the amount that say nearly as much of the question as any."""
    head, rule, *rows = table.split("\n")
    if len(rows) <= _SHORT_TABLE:
        return table
    every = {row: unit_of(row.strip(), head.strip()) for row in rows}
    shares = {row: asked.covered(unit.words) for row, unit in every.items() if asked.stated(unit)}
    most, least = max(shares.values()), min(shares.values())
    kept = [row for row, share in shares.items() if most - least < _TOLD_APART or share >= _NEARLY * most]
    return "\n".join([head, rule, *kept])


def _rows_about(codes: frozenset[str], table: str) -> str:
    """Of a long table, its head and the rows about a code that is asked about; empty if it has none."""
    head, rule, *rows = table.split("\n") if table.count("\n") > 1 else (table, "")
    kept = [row for row in rows if codes & codes_in(row).keys()]
    return "\n".join([head, rule, *kept]) if len(rows) > _SHORT_TABLE and kept else ""


def _defined(codes: frozenset[str], passage: LivePassage) -> str:
    """The heading of a passage that begins with a code asked about and goes on to say what it stands for."""
    heading = passage.heading.rpartition(" › ")[2]
    named, _mark, said = heading.partition("：" if "：" in heading else ":")
    return heading if said.strip() and codes & codes_in(named).keys() else ""


def _unnumbered(markdown: str, passage: LivePassage) -> str:
    """The text without what would be taken for citations of ours: a [2] of the article's own is (2)."""
    if passage.kind == PassageKind.CODE or _DEFINITION.search(markdown):
        return markdown
    return _OWN_NUMBER.sub(r"(\1)", markdown)


def _is_converted(passage: LivePassage, language: str) -> bool:
    """Whether a passage is shown in Traditional although it was written in Simplified."""
    return language == "zh-Hant" and passage.locale == "zh-Hans"


def title_of(passage: LivePassage, language: str) -> str:
    """The title of a passage's article in the customer's script."""
    return in_script(passage, passage.title, language)


def in_script(passage: LivePassage, text: str, language: str) -> str:
    """A text taken from a passage in the script of ``language``."""
    return to_traditional(text) if _is_converted(passage, language) else text


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
    asked, codes = asked_of(query, of_best_article(hits)), frozenset(codes_in(query))
    headed = ""
    for number, hit in enumerate(chosen(query, hits), start=1):
        quoted = _quoted(asked, hit.passage, codes)
        shown = _unnumbered(_absolute_links(quoted, hit.passage), hit.passage)
        if (defined := _defined(codes, hit.passage)) and defined != headed:
            headed, shown = defined, f"{_marked(defined)}\n\n{shown}"
        citation = citation_of(number, hit.passage, plain_text(quoted)[:_QUOTE_LENGTH], language)
        citations.append(citation)
        shown = to_traditional(shown) if citation.converted else shown
        blocks.append(f"{shown} [{number}]" if _ends_in_words(shown, hit) else f"{shown}\n\n[{number}]")
    first = hits[0].passage
    if is_chinese(language) != is_chinese(first.locale):
        blocks.insert(0, say("other_language", language))
    return Extract("\n\n".join(blocks), tuple(citations))
