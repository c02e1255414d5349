"""Text from bytes: UTF-8, UTF-16 and GB18030, told apart by rules that hold for short files too."""

from __future__ import annotations

import codecs
import re

from assistant.wording import Worded
from ingest.failures import Unreadable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Frequent characters of both scripts and of customer support; bytes of another encoding read as GB18030 rarely give
# them.
_COMMON = frozenset(
    "的一是不了在人有我他这這个個们們中来來上大为為和国國地到以说說时時要就出会會可也你对對生能而子那得于於着著下自之年过過"
    "发發后後作里裡用道行所然家种種事成方多经經么麼去法学學如都同现現当當没沒动動面起看定天分还還进進好小部其些主样樣理心本前"
    "开開但因只从從想实實日者意无無力它与與长長把机機十第公此已工使情明性知全三又关關点點正业業外将將两兩高间間由问問很最重"
    "并物手应應向头頭文体體相见見被利什二等产產或新制身果加月话話合回特代内內信表化给給位次度任常先通原声提立及比员員解水名"
    "处處走各入几口认認条條平系气題题活更别別打变變四总總何电電数數安少报報才结結反受目太量再务務做接必场場件计計管期直资資"
    "请請您怎退款货貨订訂单單账帳号號密码碼登录錄服客户戶支付换換修保价價钱錢收运運送快递遞设設备備网網络絡连連页頁输輸选選"
)
_FEW = 12
_ENOUGH_COMMON = 0.1
_ENOUGH_STANDARD = 0.6
_ENOUGH_USUAL = 0.9
_USUAL = re.compile(r"[\t\n\r -\u058f\u2010-\u2027\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]")


def decode(data: bytes) -> str:
    """The text of a file in UTF-8 (with or without BOM), UTF-16 or GB18030, line ends as newlines.

    Raises:
        Unreadable: the bytes are empty, binary, or in another encoding.
    """
    if not data.strip():
        raise Unreadable("The file is empty.")
    text = _decoded(data)
    if "\x00" in text or _control_share(text) > 0.1:
        raise Unreadable("The file is binary, not text.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode_gb18030(data: bytes) -> str | None:
    """The text if the bytes are GB18030 and read like Chinese, else None."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return None
    return text if _reads_like_chinese(text) else None


def _decoded(data: bytes) -> str:
    for bom, name in _BOMS:
        if data.startswith(bom):
            return _strictly(data, name)
    wide = _utf16_without_bom(data)
    if wide:
        return _strictly(data, wide)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        chinese = decode_gb18030(data)
        if chinese is not None:
            return chinese
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            Worded(
                "The encoding is not UTF-8, UTF-16 or GB18030 (first strange byte on line %(n)s). "
                "Save the file as UTF-8.",
                n=str(line),
            )
        ) from error


def _strictly(data: bytes, name: str) -> str:
    try:
        return data.decode(name).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        said = "The file begins like %(encoding)s but is not. Save the file as UTF-8."
        raise Unreadable(Worded(said, encoding=name.upper())) from error


def _utf16_without_bom(data: bytes) -> str | None:
    """Which UTF-16 it is: no other text has zero bytes, and read in the wrong order it has letters of no language."""
    if len(data) % 2 or b"\x00" not in data[:2000]:
        return None
    shares = {name: _usual_share(data[:2000].decode(name, "replace")) for name in ("utf-16-le", "utf-16-be")}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= _ENOUGH_USUAL else None


def _usual_share(text: str) -> float:
    return len(_USUAL.findall(text)) / len(text)


def _reads_like_chinese(text: str) -> bool:
    foreign = [char for char in text if char > "\x7f"]
    hanzi = [char for char in foreign if "\u3400" <= char <= "\u9fff"]
    if not hanzi or any("\ue000" <= char <= "\uf8ff" for char in foreign):
        return False
    if sum(char in _COMMON for char in hanzi) / len(foreign) >= _ENOUGH_COMMON:
        return True
    return len(foreign) <= _FEW and sum(map(_in_gb2312, foreign)) / len(foreign) >= _ENOUGH_STANDARD


def _in_gb2312(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _control_share(text: str) -> float:
    sample = text[:4000]
    return sum(char < " " and char not in "\t\n\r\f\x1b" for char in sample) / len(sample)
