"""Articles split into passages, and the phrasings under which each passage is found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from assistant.domain.articles import ArticleContent, ArticleKey, Passage, PassageKind, Phrasing, passage_id
from assistant.domain.markdown import plain_text, without_foreign_images
from ingest.blocks import Block, Outline, Section, outline
from ingest.pieces import PASSAGE_TOKENS, WHOLE_TOKENS, Piece, cut
from ingest.tokens import approximate_tokens

HEADING_JOINT = " › "
MERGED_TOKENS = 120
LEAD_TOKENS = 60
_PHRASED_LEVEL = 3
_REFERENCE = re.compile(r"\[([^\]\n]{1,300})\]")


def split(
    key: ArticleKey, content: ArticleContent, count_tokens: Callable[[str], int] = approximate_tokens
) -> list[Passage]:
    """The passages of an article in order, each small enough to quote and with its phrasings.

    A passage is a slice of the article's own Markdown, without images from elsewhere: paragraphs (small neighbours
    together), a list, steps, a table or code, with the short paragraph that leads into it. Steps, tables and code stay
    whole up to about 350 tokens; what is longer is cut between items, rows or lines, and paragraphs between sentences,
    at about 200. The same article always gives the same passages, and unchanged text keeps its passage id. An article
    of headings alone gives one passage that lists them; one without any text gives none.
    """
    parts = outline(content.body)
    passages: list[Passage] = []
    seen: Counter[tuple[str, str]] = Counter()
    for section in parts.sections:
        heading = HEADING_JOINT.join(section.headings)
        for number, piece in enumerate(_pieces(section, count_tokens)):
            text = _with_definitions(_own_images(piece, parts), parts)
            plain = plain_text(text)
            names = [*_article_phrasings(content, first=not passages), *_section_phrasings(content, section, number)]
            passages.append(
                Passage(
                    id=passage_id(key, heading, text, seen[heading, text]),
                    article=key,
                    title=content.title,
                    heading=heading,
                    anchor=section.anchor,
                    kind=piece.kind,
                    position=len(passages),
                    text=text,
                    plain=plain,
                    phrasings=_phrasings(embedded_text(content.title, heading, plain), names),
                )
            )
            seen[heading, text] += 1
    return passages or _headings_alone(key, content, parts)


def embedded_text(title: str, heading: str, plain: str) -> str:
    """The string that is embedded for a passage: where it stands, then its plain text."""
    shown = "" if plain.startswith(title) else title
    where = HEADING_JOINT.join(part for part in (shown, heading) if part)
    return f"{where}\n{plain}" if where else plain


def _pieces(section: Section, count: Callable[[str], int]) -> list[Piece]:
    pieces: list[Piece] = []
    lead: Block | None = None
    for block, following in zip(section.blocks, [*section.blocks[1:], None], strict=False):
        if lead is None and following is not None and _leads(block, following, count):
            lead = block
            continue
        pieces.extend(cut(block, lead.text if lead else "", count))
        lead = None
    return list(_merged(pieces, count))


def _leads(block: Block, following: Block, count: Callable[[str], int]) -> bool:
    """Whether a paragraph belongs to the list, table or code after it."""
    if not block.flowing or following.kind is PassageKind.PARAGRAPH:
        return False
    plain = block.plain
    limit = MERGED_TOKENS if plain.endswith((":", "：")) else LEAD_TOKENS
    return count(plain) <= limit


def _merged(pieces: Sequence[Piece], count: Callable[[str], int]) -> Iterator[Piece]:
    """Pieces with those that follow, where small paragraphs follow one another or one introduces the next."""
    pending: Piece | None = None
    for piece in pieces:
        if pending is not None and _fit(pending, piece, count):
            kind = piece.kind if pending.kind is PassageKind.PARAGRAPH else pending.kind
            pending = Piece(kind, f"{pending.text}\n\n{piece.text}")
            continue
        if pending is not None:
            yield pending
        pending = piece
    if pending is not None:
        yield pending


def _fit(first: Piece, second: Piece, count: Callable[[str], int]) -> bool:
    size = count(first.text) + count(second.text)
    if second.kind is not PassageKind.PARAGRAPH and first.text.endswith((":", "：")):
        return size <= WHOLE_TOKENS
    both = first.kind is PassageKind.PARAGRAPH and second.kind is PassageKind.PARAGRAPH
    return both and size <= MERGED_TOKENS


def _own_images(piece: Piece, parts: Outline) -> str:
    return piece.text if piece.kind is PassageKind.CODE else without_foreign_images(piece.text, parts.definitions)


def _with_definitions(text: str, parts: Outline) -> str:
    """The text with the link definitions it refers to, so that it renders alone as it does in the article."""
    if not parts.definitions:
        return text
    labels = dict.fromkeys(label.strip().lower() for label in _REFERENCE.findall(text))
    needed = [parts.definitions[label] for label in labels if label in parts.definitions]
    return "\n\n".join([text, "\n".join(needed)]) if needed else text


def _article_phrasings(content: ArticleContent, *, first: bool) -> Sequence[str]:
    return (content.title, *content.alternates) if first else ()


def _section_phrasings(content: ArticleContent, section: Section, number: int) -> Sequence[str]:
    if number or not section.headings or section.level > _PHRASED_LEVEL:
        return ()
    return (HEADING_JOINT.join(part for part in (content.title, section.headings[-1]) if part),)


def _phrasings(embedded: str, names: Sequence[str]) -> tuple[Phrasing, ...]:
    texts = dict.fromkeys([embedded, *(" ".join(name.split()) for name in names)])
    return tuple(Phrasing(number, text) for number, text in enumerate(text for text in texts if text))


def _headings_alone(key: ArticleKey, content: ArticleContent, parts: Outline) -> list[Passage]:
    headings = [f"- {section.headings[-1]}" for section in parts.sections if section.headings]
    text = "\n".join(headings)[: PASSAGE_TOKENS * 4]
    if not text:
        return []
    plain = plain_text(text)
    phrasings = _phrasings(embedded_text(content.title, "", plain), _article_phrasings(content, first=True))
    kind = PassageKind.LIST
    return [Passage(passage_id(key, "", text), key, content.title, "", "", kind, 0, text, plain, phrasings)]
