"""Models and codes that a question names, and those that what would answer it does not know."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence, Set
from itertools import pairwise

from assistant.domain.answers import Hit, LivePassage
from assistant.flow.claims import codes_in
from assistant.flow.intents import reference_in
from assistant.flow.places import chosen
from assistant.knowledge.segment import content_of

# Letters with a digit that stands for a word between them: B2B, P2P.
_SPOKEN = re.compile(r"[a-z][24][a-z]")
_FAMILY = re.compile(r"[a-z]+")
# What is longer is no model or code that anyone could name, and is not repeated to the customer as one.
_LONGEST = 24


def missing_codes(query: str, hits: Sequence[Hit], heard_of: Set[str] = frozenset()) -> tuple[str, ...]:
    """The models and codes that ``query`` names and that no answer from ``hits`` could be about, as they were written.

    One that no article knows is another thing than what the passages found tell of, however near: an H3, if there are
    only H1 and H2. One that others know still is, where the passages to be quoted speak of its like (of the H2 alone,
    to somebody who asks about the H1); but what holds for every device need not name each. ``heard_of`` are those that
    are known whatever was found.
    """
    named = models_in(query)
    if not named or not hits:
        return ()
    cited = _words(hit.passage for hit in chosen(query, hits))
    known = heard_of | _words(hit.passage for hit in hits)
    return tuple(
        written
        for code, written in named.items()
        if code not in cited and (code not in known or _speaks_of_its_like(code, cited, named))
    )


def models_in(query: str) -> dict[str, str]:
    """The models and codes that a query names, normalised, each with the way it is written."""
    if not any(map(str.isdigit, query)):
        return {}
    return {code: written for code, written in _named(query).items() if not _SPOKEN.fullmatch(code)}


def known_to(codes: Set[str], passages: Iterable[LivePassage]) -> Set[str]:
    """Those of the normalised models and codes that one of the passages names."""
    return codes & _words(passages)


def naming(words: Sequence[str], query: str, hits: Sequence[Hit]) -> tuple[str, ...]:
    """Those of a query's tokens that name models: their own, and those that titles and headings put beside them.

    Of “warranty of the Hub H2” these are hub and h2, if a title says “Set up your Hub H2”. Empty where nothing is
    named, and where nothing telling is left without.
    """
    if not any(character.isdigit() for word in words for character in word):
        return ()
    named = models_in(query)
    models = {word for word in words if word.replace("-", "") in named}
    titles = {line for hit in hits for line in hit.passage.tokens.split("\n")[1:3]} if models else ()
    beside = "".join(f" {title} \n" for title in titles)
    found = set(models)
    for pair in pairwise(words):
        if models & set(pair) and (f" {' '.join(pair)} " in beside or f" {' '.join(pair[::-1])} " in beside):
            found |= set(pair)
    return tuple(dict.fromkeys(word for word in words if word in found)) if set(content_of(words)) - found else ()


def cut_out(query: str, words: Iterable[str]) -> str:
    """A query without these words, in whatever case they stand there; none is taken out of a longer one."""
    for word in words:
        before, behind = (r"(?<![a-z0-9])", r"(?![a-z0-9])") if word.isascii() else ("", "")
        query = re.sub(f"{before}{re.escape(word)}{behind}", " ", query, flags=re.IGNORECASE)
    return " ".join(query.split())


def without_others(query: str, hits: Iterable[Hit]) -> list[Hit]:
    """The hits whose title and heading name no models, or one that the query names, too."""
    named = models_in(query).keys()
    told = ((hit, codes_in(f"{hit.passage.title}\n{hit.passage.heading}").keys()) for hit in hits)
    return [hit for hit, models in told if not models or models & named]


def alike(codes: Sequence[str], hits: Sequence[Hit]) -> list[Hit]:
    """Those of the hits whose article is named after something of the same kind: of an H3, those about H1 and H2."""
    kinds = {family[0] for code in codes if (family := _FAMILY.match(code.lower()))}
    return [hit for hit in hits if any(_is_of(kind, code) for kind in kinds for code in codes_in(hit.passage.title))]


def _is_of(kind: str, code: str) -> bool:
    return bool(re.fullmatch(rf"{kind}\d{{1,3}}", code))


def _named(query: str) -> dict[str, str]:
    # The number of an order or a device is nothing that articles could know.
    named = codes_in(query).items()
    return {code: written for code, written in named if len(written) <= _LONGEST and not reference_in(written)}


def _words(passages: Iterable[LivePassage]) -> frozenset[str]:
    return frozenset(
        unicodedata.normalize("NFKC", word).replace("-", "") for passage in passages for word in passage.tokens.split()
    )


def _speaks_of_its_like(code: str, cited: frozenset[str], named: dict[str, str]) -> bool:
    family = _FAMILY.match(code)
    if family is None:
        return False
    like = {word for word in cited if _is_of(family[0], word)}
    return bool(like) and not like & named.keys()
