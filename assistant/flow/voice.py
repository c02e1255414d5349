"""The assistant's own sentences, in the customer's language. None of them states a fact of the knowledge base."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from assistant.domain.locales import is_chinese
from assistant.knowledge.scripts import to_traditional


def sentences_in(file: str) -> Mapping[str, Mapping[str, str]]:
    """The sentences of a JSON file beside this module: by name, then by ``en`` and ``zh-Hans``."""
    loaded: Mapping[str, Mapping[str, str]] = json.loads(Path(__file__).with_name(file).read_text(encoding="utf-8"))
    return loaded


_SENTENCES = sentences_in("sentences.json")


def spoken(sentences: Mapping[str, Mapping[str, str]], name: str, language: str, /, **facts: str) -> str:
    """One of ``sentences`` in ``language``, its placeholders filled; Traditional is written from Simplified."""
    if not is_chinese(language):
        return sentences[name]["en"].format(**facts)
    text = sentences[name]["zh-Hans"]
    # The sentence is written to Traditional before it is filled: names and quotes stay as they are.
    return (to_traditional(text) if language == "zh-Hant" else text).format(**facts)


def say(sentence: str, language: str, /, **facts: str) -> str:
    """One of the assistant's sentences in ``language``. Raises ``KeyError`` for a sentence that does not exist."""
    return spoken(_SENTENCES, sentence, language, **facts)
