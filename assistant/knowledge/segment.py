"""Text as the tokens that keyword search, coverage and reading work with, in English and Chinese alike.

One text always gives the same tokens, so they are kept in SQL beside each passage and the words of a question meet
them there. Chinese is written to Simplified and cut by jieba into words and their sub-words; words of other scripts are
folded and lightly stemmed; codes and product names stay whole and are also found by their parts ("E-14" by "e14" and
"14").
"""

from __future__ import annotations

import json
import logging
import re
import threading
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from assistant.knowledge.scripts import to_simplified

# function_words.json, "never": words that mean nothing alone, left out of every index. Words that turn a meaning round
# (not, no, off, on, without) are not among them: "turn it on" and "turn it off" are two articles. "function" adds
# question words, auxiliaries and politeness, which say what kind of answer is wanted and not what about.
_LISTS = json.loads(Path(__file__).with_name("function_words.json").read_text(encoding="utf-8"))
_NEVER = frozenset(" ".join(_LISTS["never"]).split())
_FUNCTION = _NEVER | frozenset(" ".join(_LISTS["function"]).split())

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN_CHARACTER = re.compile(f"[{_HAN}]")
_RUN = re.compile(rf"[{_HAN}]+|[^{_HAN}]+")
_ATOM = re.compile(r"[^\W_]+(?:[-_.'@&+·][^\W_]+|(?<=\d)[,/:](?=\d)\d+)*[+#]*")
_PART = re.compile(r"[^\W_]+")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)([^\W\d_]{2,})")
_LETTERS_OR_DIGITS = re.compile(r"[^\W\d_]+|\d+")
_JOINED = re.compile(r"[-_&·+#]")
_PIECE = re.compile(r"[^\W_]+(?:[-_.'’][^\W_]+)*|\s+|.")
_LONGEST = 64
_SHORT_TEXT = 240
# So often a word is in what jieba's dictionary was counted on, and one seen less may as well be a slip.
_USUAL = 10

_lock = threading.Lock()
_cache_dir: Path | None = None
_jieba: Any = None


def configure(cache_dir: Path) -> None:
    """Set the folder that keeps jieba's compiled dictionary; to be called before the first text is cut."""
    global _cache_dir
    _cache_dir = cache_dir


def warm_up() -> None:
    """Load the Chinese dictionary now (about half a second) instead of within the first turn."""
    _chinese_words("预热")


def tokens(text: str) -> list[str]:
    """The tokens of ``text`` in order, for an index and for a question alike, without words that mean nothing alone.

    A text of nothing but such words keeps them, so that no question is empty. No token is longer than 64 characters or
    holds white space.
    """
    every = _every_token(text)
    return [token for token in every if token not in _NEVER] or list(every)


def content_words(text: str) -> list[str]:
    """The tokens of ``text`` that carry its meaning: without question words, auxiliaries and politeness.

    Empty for a text that has none ("how do I do this?").
    """
    return content_of(_every_token(text))


def content_of(words: Sequence[str]) -> list[str]:
    """Those of the tokens already made that carry meaning."""
    return [word for word in words if word not in _FUNCTION]


def is_function_word(word: str) -> bool:
    """Whether a word says what kind of answer is wanted, or how politely, and not what about."""
    return word in _FUNCTION


def dictionary_words(text: str) -> list[str]:
    """A Chinese text cut into words of the dictionary; what makes none stands as single characters."""
    return list((_jieba or _load()).lcut(text, HMM=False))


def is_usual(word: str) -> bool:
    """Whether a Chinese word is in common use, so that it is hardly a slip for another."""
    return bool((_jieba or _load()).FREQ.get(word, 0) >= _USUAL)


def pieces(text: str) -> list[str]:
    """The text cut into words, white space and marks; joined, they are the text again."""
    found: list[str] = []
    for run in _RUN.findall(text):
        found.extend((_jieba or _load()).lcut(run) if _HAN_CHARACTER.match(run) else _PIECE.findall(run))
    return found


def as_written(text: str, words: Sequence[str], spelled: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """The words of a text behind these tokens, as they stand there, each once; ``spelled`` are slips put right."""
    atoms = [atom.strip(" ,.;:!?()“”\"'") for atom in text.split()]
    found = []
    for word in words:
        whole = next((atom for atom in atoms if word in content_of(tokens(spelled.get(atom, atom)))), word)
        found.append(whole if whole.isascii() else word)
    return list(dict.fromkeys(found))


def _every_token(text: str) -> Sequence[str]:
    # A question is looked at from many sides, and so are titles.
    return _kept_tokens(text) if len(text) <= _SHORT_TEXT else _cut(text)


@lru_cache(maxsize=2048)
def _kept_tokens(text: str) -> tuple[str, ...]:
    return tuple(_cut(text))


def _cut(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    found: list[str] = []
    if not _HAN_CHARACTER.search(folded):
        for atom in _ATOM.findall(folded):
            found.extend(_forms(atom))
        return found
    for run in _RUN.findall(to_simplified(folded)):
        if _HAN_CHARACTER.match(run):
            found.extend(_chinese_words(run))
        else:
            for atom in _ATOM.findall(run):
                found.extend(_forms(atom))
    return found


def _chinese_words(text: str) -> list[str]:
    """Words and the shorter dictionary words inside them, as jieba cuts for search engines."""
    return [word[:_LONGEST] for word in (_jieba or _load()).lcut_for_search(text)]


def _load() -> Any:
    global _jieba
    with _lock, warnings.catch_warnings():
        if _jieba is None:
            warnings.simplefilter("ignore")  # jieba's own source has escapes that newer Pythons frown upon
            import jieba

            jieba.setLogLevel(logging.ERROR)
            cutter = jieba.Tokenizer()
            if _cache_dir is not None:
                _cache_dir.mkdir(parents=True, exist_ok=True)
                cutter.tmp_dir = str(_cache_dir)
            cutter.initialize()
            _jieba = cutter
    return _jieba


@lru_cache(maxsize=65_536)
def _forms(atom: str) -> tuple[str, ...]:
    """Every form under which one run of letters, digits and joining marks is found, its whole first."""
    if _THOUSANDS.fullmatch(atom):
        return (atom.replace(",", ""),)
    if _NUMBER.fullmatch(atom):
        return (atom[:_LONGEST],)
    atom = _unaccented(atom)
    if atom.isalpha():
        return (_stem(atom),)
    if "'" in atom:
        return _without_apostrophe(atom)
    return tuple(dict.fromkeys(form[:_LONGEST] for form in _compound(atom)))


def _without_apostrophe(atom: str) -> tuple[str, ...]:
    """``customer's`` as ``customer``, ``don't`` as ``do`` and ``not``, ``o'brien`` whole and in parts."""
    if atom.endswith("n't"):
        return (*_forms({"can't": "can", "won't": "will"}.get(atom, atom[:-3])), "not")
    head, _, tail = atom.rpartition("'")
    if tail in {"s", "re", "ll", "ve", "d", "m", "t"}:
        return _forms(head)
    return (atom.replace("'", "")[:_LONGEST], *(_stem(part) for part in _PART.findall(atom) if len(part) > 2))


def _compound(atom: str) -> list[str]:
    """A code or joined word: as written, without its joining marks, and its telling parts."""
    forms = [atom]
    parts = _PART.findall(atom)
    decimal = _QUANTITY.fullmatch(atom)
    if decimal:
        return [atom, decimal[1], _stem(decimal[2])]
    if _JOINED.search(atom):
        forms.append("".join(parts))
    for part in parts:
        if len(parts) > 1 and (len(part) > 2 or (part.isdigit() and len(part) > 1)):
            forms.append(_stem(part))
        pieces = _LETTERS_OR_DIGITS.findall(part)
        if len(pieces) > 1:
            forms.extend(_stem(piece) for piece in pieces if len(piece) > 2)
    return forms


def _unaccented(word: str) -> str:
    """Latin letters without their accents; other scripts as they are (their marks change the letter)."""
    if word.isascii() or any(letter > "\u024f" and not "\u1e00" <= letter <= "\u1eff" for letter in word):
        return word
    return "".join(part for part in unicodedata.normalize("NFD", word) if not unicodedata.combining(part))


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    """The English stem; a word of up to three letters, a number or a function word is its own."""
    word = word[:_LONGEST]
    if len(word) <= 3 or not word.isalpha() or word in _FUNCTION:
        return word
    with _lock:  # the stemmer keeps its word in itself
        return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")
