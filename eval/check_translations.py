"""How well the check of translated quotes tells wrong from right: ``python -m eval.check_translations FOLDER``.

The folder holds the same passages in two languages (``passages.en.jsonl`` and ``passages.zh.jsonl`` with the same ids).
People's translations should pass; with one sentence corrupted on purpose, they should not.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from assistant.domain.sentences import sentences
from assistant.domain.visible import visible
from assistant.flow.translation import check_translation
from eval.corruptions import wrong
from eval.datasets import load_passages

# Quotes are about this long; longer passages are left out.
_LONGEST = 900
_LANGUAGES = {"en": "en", "zh": "zh-Hans"}
# What no check can find without understanding both languages.
_OUT_OF_REACH = frozenset({"invention"})


def pairs(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Each short passage, its translation, and the language of that, in both directions."""
    texts = {locale: {one.id: visible(one.text) for one in load_passages(folder, locale)} for locale in _LANGUAGES}
    for known in sorted(texts["en"].keys() & texts["zh"].keys()):
        english, chinese = texts["en"][known], texts["zh"][known]
        if max(len(english), len(chinese)) <= _LONGEST:
            yield english, chinese, "zh"
            yield chinese, english, "en"


def measure(folder: Path, seed: int = 7) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """How many were judged well and how many there were, by language of the translation and kind.

    A corrupted translation counts as caught if the check finds something that it did not find in the right one.
    """
    chance = random.Random(seed)
    well: Counter[tuple[str, str]] = Counter()
    of: Counter[tuple[str, str]] = Counter()
    for original, translation, locale in pairs(folder):
        language = _LANGUAGES[locale]
        found = set(check_translation(original, translation, language))
        of[locale, "right"] += 1
        well[locale, "right"] += not found
        sentence = chance.choice(sentences(translation))
        for kind, text in wrong(sentence, translation, locale, chance):
            if kind not in _OUT_OF_REACH:
                of[locale, kind] += 1
                spoilt = translation.replace(sentence, text)
                well[locale, kind] += bool(set(check_translation(original, spoilt, language)) - found)
    return well, of


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the share judged well of each kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    well, of = measure(parser.parse_args(arguments).folder)
    for (locale, kind), number in sorted(of.items()):
        done = "let pass" if kind == "right" else "caught  "
        sys.stdout.write(f"into {locale}  {done}  {kind:26} {well[locale, kind] / number:6.1%} of {number}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
