"""Where personal data stands in a text: e-mail, phone, card, bank account, national ids, postal addresses.

Numbers with a check digit are proved by python-stdnum, phone numbers by phonenumbers; what proves little by itself (a
run of digits) counts only next to a word that says what it is. Order and article numbers are facts of the case, and
stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module

import phonenumbers


@dataclass(frozen=True, slots=True)
class Finding:
    """A stretch of a text and what it is."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class _Number:
    """A kind of number: its shape, the module of python-stdnum that proves it, and the words that must stand near."""

    kind: str
    shape: re.Pattern[str]
    proof: str = ""
    cue: re.Pattern[str] | None = None


# Latin letters with their accents: an address written among Chinese ends where those begin.
_LETTER = r"A-Za-z\u00c0-\u024f"
_EMAIL = re.compile(
    rf"[{_LETTER}0-9_](?:[{_LETTER}0-9._%+'’\-]*[{_LETTER}0-9_+\-])?@[{_LETTER}0-9](?:[{_LETTER}0-9\-]*[{_LETTER}0-9])?"
    rf"(?:\.[{_LETTER}0-9\-]+)*\.[{_LETTER}]{{2,24}}"
)
_ID_WORDS = re.compile(
    r"身[份分][证證]|[证證]件|[护護]照|[统統]一[证證][号號]|居留[证證]"
    r"|\bids?\b|identity|identification|passport|national|social security|ssn|tax|steuer|bsn|nino|"
    r"insurance number|pps|pesel|dni|nif|fiscal",
    re.IGNORECASE,
)
_BANK_WORDS = re.compile(r"[银銀]行|卡[号號]|[账帳賬][号號户戶]|account|bank|card|konto", re.IGNORECASE)
_PHONE_WORDS = re.compile(
    r"phone|\btel\b|\bcell|mobile|call|\btext\b|sms|whats\s?app|number is|reach me|contact|fax|"
    r"[电電][话話]|手[机機]|[联聯][系繫络絡]|致[电電]|[拨撥]|[号號][码碼]|微信",
    re.IGNORECASE,
)
_ORDER_WORDS = re.compile(
    r"(?:order|parcel|tracking|invoice|ticket|serial|reference|case|imei|ean|barcode|[订訂][单單]|[运運][单單]|快[递遞]"
    r"|[单單][号號]|[发發]票|工[单單]|序列|序[号號]|[编編][号號]|[条條]形?[码碼])"
    r"(?: ?(?:[号號][码碼]?|number|no\.?|id|#))?\W{0,4}(?:is|was|是|为|為)?\W{0,3}$",
    re.IGNORECASE,
)

_NUMBERS = (
    # Of 13 digits there were only Visa's; other numbers of 13 digits are printed on every box.
    _Number(
        "CARD",
        re.compile(r"(?<![A-Za-z0-9-])(?:4|\d[ -]?\d)(?:[ -]?\d){12,17}(?![A-Za-z0-9-])", re.ASCII),
        "stdnum.luhn",
    ),
    _Number("IBAN", re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![A-Za-z0-9])"), "stdnum.iban"),
    # The check digit and a date of birth are proof enough: the library's list of districts lacks those of later years.
    _Number(
        "ID",
        re.compile(
            r"(?<![A-Za-z0-9-])\d{6}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![A-Za-z0-9-])",
            re.ASCII,
        ),
        "stdnum.iso7064.mod_11_2",
    ),
    _Number(
        "ID",
        re.compile(
            r"(?<![A-Za-z0-9])(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
            r" ?\d{2} ?\d{2} ?\d{2} ?[A-D](?![A-Za-z0-9])"
        ),
    ),
    _Number("ID", re.compile(r"(?<![A-Za-z0-9])[XYZ]?\d{7,8}-?[A-Z](?![A-Za-z0-9])"), "stdnum.es.nif"),
    _Number(
        "ID",
        re.compile(r"(?<![A-Za-z0-9])[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?![A-Za-z0-9])"),
        "stdnum.it.codicefiscale",
    ),
    _Number(
        "ID",
        re.compile(r"(?<![A-Za-z0-9-])[12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}(?![A-Za-z0-9-])"),
        "stdnum.fr.nir",
    ),
    _Number("ID", re.compile(r"(?<![A-Za-z0-9-])\d{3}-\d{2}-\d{4}(?![A-Za-z0-9-])"), "stdnum.us.ssn"),
    _Number("ID", re.compile(r"(?<![A-Za-z0-9])\d{7}[A-W][ABW]?(?![A-Za-z0-9])"), "stdnum.ie.pps"),
    _Number("ID", re.compile(r"(?<![A-Za-z0-9-])\d{9}(?![A-Za-z0-9-])"), "stdnum.nl.bsn", _ID_WORDS),
    _Number(
        "ID", re.compile(r"(?<![A-Za-z0-9-])\d{2} ?\d{3} ?\d{3} ?\d{3}(?![A-Za-z0-9-])"), "stdnum.de.idnr", _ID_WORDS
    ),
    _Number("ID", re.compile(r"(?<![A-Za-z0-9-])\d{11}(?![A-Za-z0-9-])"), "stdnum.pl.pesel", _ID_WORDS),
    _Number(
        "ID",
        re.compile(r"(?<![A-Za-z0-9])[A-Z][12]\d{8}(?![A-Za-z0-9])|(?<![A-Za-z0-9])[A-Z]{1,2}\d{6}\([0-9A]\)"),
        "",
        _ID_WORDS,
    ),
    _Number(
        "ID",
        re.compile(r"(?<![A-Za-z0-9])(?:[A-Z]{1,2}\d{7,8}|\d{9})(?![A-Za-z0-9])"),
        "",
        re.compile(r"passport|[护護]照|通行[证證]", re.IGNORECASE),
    ),
    _Number("ID", re.compile(r"(?<![A-Za-z0-9-])\d{8}(?![A-Za-z0-9-])"), "", re.compile(r"台胞[证證]|通行[证證]")),
    _Number("CARD", re.compile(r"(?<![A-Za-z0-9-])\d{16,19}(?![A-Za-z0-9-])", re.ASCII), "", _BANK_WORDS),
)

_ADDRESSES = (
    re.compile(
        r"(?<![A-Za-z0-9])\d{1,4}[A-Za-z]?,? (?:[A-Z][\w'’\-]+ ){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|"
        r"Drive|Dr|Close|Court|Ct|Crescent|Boulevard|Blvd|Terrace|Square|Gardens|Mews)\b\.?"
    ),
    re.compile(r"\b[A-Z][\w'’\-]*(?:straße|strasse|str\.|gasse|allee|laan|straat) \d{1,4}[a-z]?\b"),
    re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}(?![A-Za-z0-9])"),
    re.compile(
        r"(?:[\u4e00-\u9fff]{2,9}(?:省|自治区))?(?:[\u4e00-\u9fff]{2,9}市)?(?:[\u4e00-\u9fff]{1,9}[区县區縣])?[\u4e00-\u9fff]{1,9}(?:路|街|街道|大道|巷|胡同|弄)"
        r" ?\d{1,5} ?(?:号|號|弄)(?:[\u4e00-\u9fff\d\- ]{0,16}?\d{1,5} ?(?:室|号楼|號樓|幢|栋|单元|樓|楼))*"
    ),
)

_REGIONS = ("GB", "US", "CN", "DE", "TW", "HK")
_CHINESE_MOBILE = re.compile(r"(?<![A-Za-z0-9-])(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![A-Za-z0-9-])", re.ASCII)
# A plus says that it is a phone number, even where it is not in use.
_INTERNATIONAL = re.compile(r"(?<![\w+])\+\d(?:[ .\-()]{0,2}\d){7,14}(?![\w-])", re.ASCII)
_NEAR = 40


def personal(text: str) -> list[Finding]:
    """Every stretch of personal data in ``text``, in order and without overlaps; longer ones win."""
    found = [*_emails(text), *_proved(text), *_phones(text), *_addresses(text)]
    chosen: list[Finding] = []
    for finding in sorted(found, key=lambda one: (one.start - one.end, one.start)):
        if all(finding.end <= other.start or finding.start >= other.end for other in chosen):
            chosen.append(finding)
    return sorted(chosen, key=lambda one: one.start)


def _emails(text: str) -> Iterator[Finding]:
    for match in _EMAIL.finditer(text):
        yield Finding(match.start(), match.end(), "EMAIL")


def _proved(text: str) -> Iterator[Finding]:
    for number in _NUMBERS:
        for match in number.shape.finditer(text):
            near = text[max(0, match.start() - _NEAR) : match.start()]
            if number.cue is not None and not number.cue.search(near):
                continue
            if number.kind == "CARD" and _ORDER_WORDS.search(near):
                continue
            end = _proven_end(number, match)
            if end:
                yield Finding(match.start(), end, number.kind)


def _proven_end(number: _Number, match: re.Match[str]) -> int:
    """Where the number ends: an IBAN's shape may have swallowed the word behind it, so shorter ends are tried too."""
    if not number.proof:
        return match.end()
    valid: Callable[..., bool] = import_module(number.proof).is_valid
    if number.kind == "IBAN":  # the library's lists of banks are never complete, and the check digits prove enough
        valid = partial(valid, check_country=False)
    whole = match[0]
    while len(whole) >= 9:
        if valid(re.sub(r"[ -]", "", whole).upper()) and not re.fullmatch(r"(\d)(?:[ -]?\1)*", whole):
            return match.start() + len(whole)
        if number.kind != "IBAN" or " " not in whole:
            return 0
        whole = whole.rsplit(" ", 1)[0]
    return 0


def _phones(text: str) -> Iterator[Finding]:
    for mobile in _CHINESE_MOBILE.finditer(text):
        if not _ORDER_WORDS.search(text[max(0, mobile.start() - _NEAR) : mobile.start()]):
            yield Finding(mobile.start(), mobile.end(), "PHONE")
    for written in _INTERNATIONAL.finditer(text):
        if phonenumbers.is_possible_number_string(written[0], "ZZ"):
            yield Finding(written.start(), written.end(), "PHONE")
    for region in _REGIONS:
        for found in phonenumbers.PhoneNumberMatcher(text, region):
            if _is_phone(text, found.start, found.raw_string):
                yield Finding(found.start, found.end, "PHONE")


def _is_phone(text: str, start: int, raw: str) -> bool:
    """Whether a valid number is one: with a plus, in groups or next to a word for it, and no order number."""
    near = text[max(0, start - _NEAR) : start]
    if _ORDER_WORDS.search(near) or re.search(r"[A-Za-z]-?$", near):
        return False
    if raw.lstrip("(").startswith(("+", "00")):
        return True
    grouped = len(re.findall(r"\d+", raw)) > 1 and raw.lstrip("(").startswith("0")
    return grouped or bool(_PHONE_WORDS.search(near)) or bool(re.fullmatch(r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}", raw))


def _addresses(text: str) -> Iterator[Finding]:
    for pattern in _ADDRESSES:
        for match in pattern.finditer(text):
            yield Finding(match.start(), match.end(), "ADDRESS")
