"""Understand a message: its language, its intent, and the text that should be searched for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

from assistant.domain.answers import Outcome, Utterance
from assistant.domain.locales import is_chinese
from assistant.flow.intents import recognise, reference_in, without_references
from assistant.flow.parts import CLAUSE_END
from assistant.flow.request import Intent, TurnRequest, Understanding, together
from assistant.knowledge.scripts import detect_locale, to_simplified

# What goes on from something said before …
_JOIN_EN = re.compile(
    r"^(?:and|but|also|so|then|or|what about|how about|what if|in that case|why not|how so|which one|really|what else|"
    r"anything else|more|tell me more|for|with|without)\b"
)
_JOIN_ZH = re.compile(r"^(?:那|那么|然后|还有|另外|怎么说|真的|可是|但是|但|不过|所以|换成)")
# … or asks for one thing more, if little comes after it …
_ASK_EN = re.compile(r"^(?:why|how long|how much|how many|when|where|explain)\b")
_ASK_ZH = re.compile(r"^(?:需?要|得)?(?:如果|要是|假如|为什么|多久|多少钱|什么时候|哪里|哪个|具体|比如|如何|怎么)")
_LITTLE_EN, _LITTLE_ZH = 3, 4
# … or points to something that it has not named itself.
_POINTING_EN = re.compile(
    r"\b(?:it|its|that|this|these|those|they|them|their|he|she|him|her|one|ones|there(?! (?:is|are|any|a)\b)|then|same|former|latter|such|above|both|either|instead|other|another|else)\b"
)
_POINTING_ZH = re.compile(
    r"它|这个|那个|这些|那些|这种|那种|他们|她|这样|那样|上面|前面|刚才|刚刚|其中|另一|别的|其他的"
)
_EXISTENCE = re.compile(r"\b(?:is|are|was|were) there\b|\bthere(?:'s|s)\b")
# It asks something itself, whatever was asked back.
_ASKS = re.compile(
    r"^\W*(?:who|what|which|when|where|why|how|is|are|do|does|did|can|could|will|would|should|may|has|have)\b|[吗嗎]\W*$|怎|如何|多少|多久|什么|什麼|哪",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"^(?:(?:hi|hello|hey|dear (?:all|team|support|sir|madam)|good (?:morning|afternoon|evening)|thanks|thank you|ok|okay|please|excuse me|sorry|您好|你好|请问(?:一下)?|我想问(?:一下)?|"
    r"想问一下|咨询一下|麻烦问一下|亲)[\s,.!，。！、:：~]*)+",
    re.IGNORECASE,
)

# What makers put before or behind a model's number to tell it from another is a part of its name.
_VARIANT = r"(?:mini|pro|max|plus|air|lite|ultra|nano)"
_MODEL = re.compile(
    rf"(?:\b{_VARIANT}\s+)?(?<![A-Za-z0-9-])(?P<family>[A-Za-z]{{1,3}})-?\d{{1,3}}(?![A-Za-z0-9-])(?:\s+{_VARIANT}\b)?",
    re.IGNORECASE,
)
# So many questions before a message are read together with it at most.
_BEFORE = 2
_SHORT_WORDS = 7
_SHORT_HAN = 10


def customers_language(request: TurnRequest) -> str:
    """The language to answer in: that of the message, or what was spoken before when the message does not tell."""
    before = request.locale
    for utterance in reversed(request.history):
        if utterance.role == "customer" and any(map(str.isalpha, utterance.text)):
            before = detect_locale(utterance.text, default=request.locale)
            break
    if not _tells_language(request.text):
        return before
    return detect_locale(request.text, default=before if is_chinese(before) else request.locale)


def _tells_language(text: str) -> bool:
    if any("\u3400" <= character <= "\u9fff" for character in text):
        return True
    words = [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 1]
    return len(words) >= 2 or any(word.lower() in {"hi", "hello", "hey", "thanks", "help", "bye"} for word in words)


def leans_on_history(text: str) -> bool:
    """Whether a message means little without what was said before it."""
    plain = to_simplified(unicodedata.normalize("NFKC", text)).lower().strip(" ?？!！.。,，")
    if any("\u3400" <= character <= "\u9fff" for character in plain):
        little = len(plain) <= _LITTLE_ZH and bool(_ASK_ZH.search(plain))
        pointing = plain.endswith("呢") or bool(_POINTING_ZH.search(_first_clause(plain, 4)))
        return len(plain) <= 2 * _SHORT_HAN and (little or pointing or bool(_JOIN_ZH.search(plain)))
    words = plain.split()
    little = len(words) <= _LITTLE_EN and bool(_ASK_EN.search(plain))
    pointing = bool(_POINTING_EN.search(_EXISTENCE.sub(" ", _first_clause(plain, 12))))
    return len(words) <= 2 * _SHORT_WORDS and (little or pointing or bool(_JOIN_EN.search(plain)))


def _first_clause(plain: str, least: int) -> str:
    """The text up to its first mark, if that says something: what follows points back to it, not to another message."""
    end = next((match.start() for match in CLAUSE_END.finditer(plain) if match.start() >= least), len(plain))
    return plain[:end]


def _questions(history: tuple[Utterance, ...]) -> Iterator[str]:
    """The customer's messages that asked something, newest first."""
    for utterance in reversed(history):
        if utterance.role != "customer":
            continue
        if recognise(to_simplified(utterance.text)) in (Intent.QUESTION, Intent.SAFETY, Intent.STILL_UNSOLVED):
            yield utterance.text


def _as_read(questions: Iterator[str], most: int = _BEFORE) -> str:
    """The first of the questions, newest first, together with the one before it if it leans on that; empty if none."""
    query = searchable(next(questions, ""))
    if most > 1 and query and leans_on_history(query):
        return together(_without_replaced(_as_read(questions, most - 1), query), query)
    return query


def _asked_back(request: TurnRequest) -> bool:
    spoken = [utterance for utterance in request.history if utterance.role == "assistant"]
    return bool(spoken) and spoken[-1].outcome is Outcome.CLARIFYING


def searchable(text: str) -> str:
    """The part of a message worth searching for: without a greeting at its start and without order numbers."""
    plain = text.strip()
    asked = _FILLER.sub("", plain)
    without = re.sub(r" {2,}", " ", without_references(asked)).strip()
    return without if any(map(str.isalnum, without)) else asked or plain


def _without_replaced(before: str, query: str) -> str:
    """The question before, without the models that a new one takes the place of: asked about the H1, not the H2 too."""
    families = {match["family"].upper() for match in _MODEL.finditer(query)}
    kept = _MODEL.sub(lambda match: "" if match["family"].upper() in families else match[0], before)
    return re.sub(r" {2,}", " ", kept).strip()


def understand(request: TurnRequest) -> Understanding:
    """What the message wants, in which language, and what to search for.

    A message that leans on what was said before is searched together with the question before it, and so is the answer
    to a question asked back, unless it asks something itself. Any other is searched together with the questions before
    it only if it finds nothing by itself. Greetings and other fillers at a message's start are not searched.
    """
    language = customers_language(request)
    intent = recognise(to_simplified(request.text))
    if intent is Intent.STILL_UNSOLVED and all(utterance.role == "customer" for utterance in request.history):
        # Nothing has been said yet that could have helped.
        intent = Intent.QUESTION
    query = searchable(request.text)
    questions = list(islice((text for text in _questions(request.history) if searchable(text) != query), _BEFORE))
    follow_up = bool(questions) and (
        intent is Intent.STILL_UNSOLVED or leans_on_history(query) or (_asked_back(request) and not _ASKS.search(query))
    )
    reference = reference_in(request.text)
    if follow_up:
        earlier = _without_replaced(_as_read(iter(questions)), query)
        return Understanding(intent, language, together(earlier, query), True, reference)
    before = [_without_replaced(searchable(text), query) for text in reversed(questions)]
    return Understanding(intent, language, query, False, reference, tuple(filter(None, before)))
