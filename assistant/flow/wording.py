"""A question in the words of the articles: misspelled ones put right, those of another language with what they mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from assistant.flow.request import Retrieved
from assistant.knowledge.segment import as_written, content_of
from assistant.knowledge.spelling import put_right


def in_articles_words(
    query: str, spelled: Mapping[str, str], meant: Mapping[str, Sequence[str]], without: Sequence[str] = ()
) -> str:
    """The query as passages are compared with it.

    Its slips are put right, what its words mean is behind it (``meanings``), and the name of a model that it was
    searched for without (``Retrieved.without``) is gone from it.
    """
    asked = put_right(query, spelled)
    for name in without:
        # No part of a longer word, such as an H2 of an H21; Chinese is written without spaces between words.
        edge = r"(?![A-Za-z0-9])" if name.isascii() else ""
        asked = re.sub(rf"(?<![A-Za-z0-9]){re.escape(name)}{edge}", " ", asked)
    return " ".join((asked, *dict.fromkeys(word for words in meant.values() for word in words)))


def meanings(query: str, retrieved: Retrieved) -> dict[str, list[str]]:
    """Of a query in another language than the best passage, each word with what the passage says for it, as written."""
    if not retrieved.meanings or not retrieved.hits:
        return {}
    passage = retrieved.hits[0].passage
    found: dict[str, list[str]] = {}
    for word, forms in _in(passage.tokens, retrieved.meanings).items():
        written = as_written(query, [word], retrieved.spelled)[0]
        said = [_written(form, f"{passage.text} {passage.title} {passage.heading}") for form in forms]
        found[written] = list(dict.fromkeys((*found.get(written, ()), *said)))
    return found


def _in(tokens: str, every: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    text = f" {tokens} ".replace("\n", " ")
    # What only asks (什么) answers nothing, whatever it is the meaning of.
    telling = {word: [form for form in forms if form != word and content_of([form])] for word, forms in every.items()}
    found = {word: [form for form in forms if f" {form} " in text] for word, forms in telling.items()}
    return {word: forms for word, forms in found.items() if forms}


def _written(form: str, text: str) -> str:
    """A form as it stands in a text; Chinese words come behind the shorter ones inside them."""
    *parts, last = form.split()
    if last.isascii():
        return " ".join(as_written(text, [*parts, last]))
    return last if all(part in last for part in parts) else "".join((*parts, last))
