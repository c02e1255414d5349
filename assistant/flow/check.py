"""Check what a model wrote, sentence by sentence, against the passages that it cites. No model is needed for it.

A sentence passes when every number, date, time, link, address, code and name in it stands in a passage that it cites,
next to the words that it is said about; when its other words stand there too; when no negation or condition is turned
round; and when it claims no act, leaks no instruction and holds no markup. Across languages, words cannot be compared:
there only what is written alike in both is checked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.domain.answers import LivePassage
from assistant.domain.locales import is_chinese
from assistant.domain.sentences import sentences
from assistant.flow.bounds import turned_bounds
from assistant.flow.claims import Claims, Quantity, claims_of
from assistant.flow.support import Source, Stretch, best_units, clauses, is_chinese_text, source_of, stretch, turned
from assistant.llm.prompting import NO_ANSWER, template

COVERAGE = 0.6
_BOUND = 0.5
_ALIKE = 0.9
_AT_HOME = 0.8
# A clause may be worded more freely than the whole sentence, but not be without any support.
_CLAUSE_EXCESS = 0.2
_NUMBER = re.compile(r"\[(\d{1,2})\]")
_MARKUP = re.compile(r"!\[|<\s*[a-zA-Z/!][^>]*>|&(?:#\d+|#x[0-9a-f]+|lt|gt);|```|^\s*\|", re.IGNORECASE)
_HIDDEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\U000e0000-\U000e007f]")
_SPELT_LINK = re.compile(
    r"\bhxxps?\b|\w\s*(?:\[\.\]|\(\.\)|\(dot\)|\[dot\])\s*[a-z]{2,}|\w\sdot\s(?:com|net|org|cn|io)\b|(?:javascript|data|vbscript):",
    re.I,
)
_WORD = re.compile(r"[^\W\d_\u3400-\u9fff]+|[\u3400-\u9fff]+")
# What has a dot inside is read as an address by many programs, whatever it ends in.
_DOTTED = re.compile(r"(?<![\w.])[^\W_][\w-]*(?:[.。．｡][^\W\d_][\w-]+)+")
_HAN = re.compile(r"[\u3400-\u9fff]")
# A repeated line shorter than this may well be said of something else.
_SHORT_LINE = 12
_FENCE = re.compile(r"={3,}|\b[0-9a-f]{12}\b")
_DONE = (
    r"refunded|cancell?ed|sent|shipped|processed|issued|changed|updated|reset|booked|arranged|escalated|"
    r"credited|created|opened|forwarded|approved|submitted|removed|deleted|contacted|reserved|scheduled|"
    r"notified|transferred|extended"
)
_WILL = (
    r"refund|cancel|send|ship|process|issue|change|update|reset|book|arrange|escalate|credit|create|open|"
    r"forward|approve|submit|remove|delete|contact|reserve|schedule|notify|transfer|extend|look into|check|"
    r"make sure|call you|e-?mail you"
)
_ACTS = (
    re.compile(
        rf"\b(?:i|we)(?:'ve| have|'d| had)?(?: just| already| now| also| gone ahead and)* (?:{_DONE})\b", re.IGNORECASE
    ),
    re.compile(
        rf"\b(?:i(?:'ll| will| can| am going to|'m going to)|let me)(?: now| gladly)? (?:{_WILL})\b", re.IGNORECASE
    ),
    re.compile(
        r"\b(?:i am|i'm|we are now|we're now)(?: now| currently)? "
        r"(?:refund|cancel+|send|process|issu|chang|updat|forward|escalat)ing\b",
        re.IGNORECASE,
    ),
    re.compile(rf"\byour \w+(?: \w+)? (?:has|have) (?:now |just |already )*been (?:{_DONE})\b", re.IGNORECASE),
    re.compile(r"(?:已|已经|正在|马上|立即|这就|现在就?)(?:经)?(?:为|帮|替|给)(?:您|你|客户)"),
    re.compile(
        r"我(?:们)?(?:已经?|刚刚?|正在|马上|会|将|这就)(?:为|帮|替|给)?(?:您|你)?(?:办理|退款|取消|发送|提交|处理|修改|重置|安排|转交|升级|核实|联系|登记|补发|寄出)"
    ),
    re.compile(
        r"(?:您|你)的(?:订单|退款|申请|账号|账户|地址|包裹)已(?:经)?(?:退|取消|提交|处理|修改|重置|发出|办理|通过|到账)"
    ),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a sentence may be shown, and if not, why: ``number 15 second``, ``name acme``, ``negation`` and so on."""

    ok: bool
    reasons: tuple[str, ...] = ()


def source_text(passage: LivePassage) -> str:
    """A passage as the checks read it: its title and headings as headings, then its text."""
    heading = f"\n## {passage.heading}" if passage.heading else ""
    return f"# {passage.title}{heading}\n{passage.text}"


def check_sentence(sentence: str, cited: Sequence[str], language: str) -> Verdict:
    """Whether the passages that ``sentence`` cites support it. Lines of theirs that begin with ``#`` are headings.

    ``language`` is the one that the answer is to be in. A sentence without a passage is never supported, nor is one
    helped by a passage that it does not cite: to find it another source would hide that the model mixed two things up.
    """
    if not cited:
        return Verdict(False, ("no source",))
    source = source_of(tuple(cited))
    reasons = [*_forbidden(sentence, source, language)]
    reasons += _unsupported(sentence, source, language)
    return Verdict(not reasons, tuple(dict.fromkeys(reasons)))


def _forbidden(sentence: str, source: Source, language: str) -> Iterator[str]:
    bare = unicodedata.normalize("NFKC", _NUMBER.sub("", sentence)).replace("’", "'")
    if not any(map(str.isalnum, bare)):
        yield "says nothing"
    yield from unsafe(sentence)
    if (
        any(pattern.search(bare) for pattern in _ACTS)
        and " ".join(bare.lower().split()).rstrip(".。") not in source.text
    ):
        yield "act"
    if _leaks(bare, source, language):
        yield "prompt"
    if _links_away(sentence, bare, source):
        yield "link"


def unsafe(text: str) -> Iterator[str]:
    """Why no text of a model may hold this, whatever its source says: markup, hidden characters, links in disguise."""
    if _MARKUP.search(text):
        yield "markup"
    if _HIDDEN.search(text):
        yield "hidden characters"
    if _SPELT_LINK.search(unicodedata.normalize("NFKC", _NUMBER.sub("", text))):
        yield "link"


def _links_away(sentence: str, bare: str, source: Source) -> bool:
    links = _links(source)
    dotted = {word.lower() for word in _DOTTED.findall(bare)}
    return not claims_of(sentence).links <= links or any(
        word not in source.text and not any(word in link for link in links) for word in dotted
    )


def _links(source: Source) -> frozenset[str]:
    links = set(source.context.claims.links)
    for unit in source.units:
        links |= unit.claims.links
    return frozenset(links)


def _leaks(bare: str, source: Source, language: str) -> bool:
    """Whether the sentence repeats a line or a stretch of the instructions that no passage holds."""
    if NO_ANSWER in bare or _FENCE.search(bare):
        return True
    line = _line(bare)
    if line in _lines() and line not in source.text:
        return True
    return any(piece not in source.text for piece in _shingles(bare) & _instructions(language))


def _line(text: str) -> str:
    return " ".join(text.lower().split()).strip(" -#.:：。")


@lru_cache(maxsize=1)
def _lines() -> frozenset[str]:
    both = template("en") + "\n" + template("zh-Hans")
    return frozenset(line for line in map(_line, [*both.splitlines(), *sentences(both)]) if line)


def repeated(sentence: str, told: str, cited: Sequence[str]) -> bool:
    """Whether ``sentence`` says what a model was ``told`` to keep in mind, and no passage that it cites says it."""
    bare = _line(_NUMBER.sub("", sentence))
    held = " ".join(cited).lower()
    if len(bare) + len(_HAN.findall(bare)) > _SHORT_LINE and bare in _line(told) and bare not in held:
        return True
    return any(piece not in held for piece in _shingles(bare) & _shingles(told))


@lru_cache(maxsize=4)
def _instructions(language: str) -> frozenset[str]:
    return frozenset(_shingles(template("en")) | _shingles(template("zh-Hans")))


def _shingles(text: str) -> set[str]:
    """Runs of seven words, or of twelve Han characters."""
    words = re.findall(r"[a-z']+", text.lower())
    runs = {" ".join(words[at : at + 7]) for at in range(len(words) - 6)}
    for han in re.findall(r"[\u3400-\u9fff，、]{12,}", text):
        runs |= {han[at : at + 12] for at in range(len(han) - 11)}
    return runs


def _unsupported(sentence: str, source: Source, language: str) -> Iterator[str]:
    said = stretch(sentence)
    same_language = is_chinese_text(sentence) == source.chinese
    yield from _unknown_facts(said.claims, source, same_language)
    if not same_language:
        # A translation is into the language of the answer; in any other, only what stands there as it is, like a name.
        if is_chinese_text(sentence) != is_chinese(language) and not _stands_there(said, source):
            yield "language"
        return
    if turned_bounds(sentence, source.text):
        yield "condition"
    parts = [stretch(clause) for clause in clauses(sentence)] or [said]
    coverage = min([source.coverage(said), *(_CLAUSE_EXCESS + source.coverage(part) for part in parts)])
    if coverage < COVERAGE:
        yield f"support {coverage:.2f}"
    yield from (f"name {thing}" for thing in source.foreign_things(said))
    for part in parts:
        if (how := turned(part, source)) != "":
            yield how
        yield from (
            f"misplaced {told_of(fact)}" for fact in _facts(part.claims) if _misplaced(fact, part, said, source)
        )


def _stands_there(said: Stretch, source: Source) -> bool:
    return all(word in source.text for word in _WORD.findall(_NUMBER.sub(" ", said.folded)))


def _unknown_facts(said: Claims, source: Source, same_language: bool) -> Iterator[str]:
    held = _held(source)
    for quantity in said.quantities:
        if not is_held(quantity, held.quantities):
            yield f"number {told_of(quantity)}"
    yield from (f"time {moment}" for moment in said.moments if not moment_is_held(moment, held.moments))
    yield from (f"e-mail {email}" for email in said.emails - held.emails)
    yield from (f"code {code}" for code in said.codes - held.codes if code not in source.text.replace("-", ""))
    for name in said.names:
        if (same_language or not is_plain_word(name)) and name not in source.text:
            yield f"name {name}"


def is_plain_word(name: str) -> bool:
    """Whether a name is written like a word, which another language may write in its own way."""
    return name.isalpha()


@lru_cache(maxsize=512)
def _gathered(texts: tuple[Claims, ...]) -> Claims:
    return Claims(*(frozenset().union(*(getattr(one, field) for one in texts)) for field in Claims.__slots__))


def _held(source: Source) -> Claims:
    return _gathered((source.context.claims, *(unit.claims for unit in source.units)))


def is_held(quantity: Quantity, held: frozenset[Quantity]) -> bool:
    """Whether the number stands there with this unit, or without any on either side, as in a table's cells."""
    units = {other.unit for other in held if other.value == quantity.value}
    if quantity.unit == "":
        return bool(units)
    return quantity.unit in units or "" in units


def moment_is_held(moment: str, held: frozenset[str]) -> bool:
    """Whether a date or time stands there; a part of a date (month, year) is held by the whole."""
    if moment in held:
        return True
    parts = moment.split("-")
    if len(parts) != 3:
        return False
    return any(
        all(part in ("*", other) for part, other in zip(parts, candidate.split("-"), strict=True))
        for candidate in held
        if candidate.count("-") == 2
    )


def _misplaced(fact: Quantity | str, part: Stretch, said: Stretch, source: Source) -> bool:
    """Whether a fact stands in the passages, but not next to the words that this clause puts it to."""
    homes = [unit for unit in (*source.units, *source.clauses) if _holds(unit.claims, fact)]
    if any(len(part.content & unit.content) >= _AT_HOME * len(part.content) for unit in homes if len(part.content) > 1):
        return False
    return _replaced(fact, said, source) or _unbound(fact, part if len(part.content) > 3 else said, source)


def _replaced(fact: Quantity | str, said: Stretch, source: Source) -> bool:
    """Whether the sentences most like this one have another fact of its kind where this one stands."""
    near = best_units(said, source, source.units, near=_ALIKE)
    return bool(near) and all(
        not _holds(unit.claims, fact)
        and any(_kind(other) == _kind(fact) and not _holds(said.claims, other) for other in _facts(unit.claims))
        for unit in near
    )


def _unbound(fact: Quantity | str, part: Stretch, source: Source) -> bool:
    """Whether what stands around the fact here has little to do with what stands around it there."""
    if _holds(source.context.claims, fact):
        return False
    scored = [(source.weight(part.content & unit.content), unit.claims) for unit in source.units]
    best = max((score for score, _ in scored), default=0.0)
    return max((score for score, claims in scored if _holds(claims, fact)), default=best) < _BOUND * best


def _kind(fact: Quantity | str) -> str:
    if isinstance(fact, Quantity):
        return f"quantity {fact.unit}"
    return "moment" if ":" in fact or "-" in fact or " " in fact else "code"


def _facts(said: Claims) -> Iterator[Quantity | str]:
    yield from said.quantities
    yield from said.moments
    yield from said.codes


def _holds(claims: Claims, fact: Quantity | str) -> bool:
    if isinstance(fact, Quantity):
        return is_held(fact, claims.quantities)
    return fact in claims.codes or moment_is_held(fact, claims.moments)


def told_of(fact: Quantity | str) -> str:
    """A fact in words."""
    return fact if isinstance(fact, str) else f"{fact.value.normalize():f} {fact.unit}".rstrip()
