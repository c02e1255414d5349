"""Text is read in the encoding it is in, and nothing is guessed into nonsense."""

import pytest

from ingest.encoding import decode
from ingest.failures import Unreadable

CHINESE = "标准问,答案\n怎么退货？,七天内可以退货，请在订单页申请。\n"
TRADITIONAL = "標準問,答案\n如何退貨？,七天內可以退貨，請在訂單頁申請。\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk", "utf-32"]
)
def test_the_encodings_of_the_contract_are_told_apart(encoding: str) -> None:
    assert decode(CHINESE.encode(encoding)) == CHINESE
    assert decode(("id,question\n" + CHINESE).encode(encoding)) == "id,question\n" + CHINESE


@pytest.mark.parametrize("text", ["退货", "你好", "人工客服", "What is 保修?", TRADITIONAL])
def test_short_and_traditional_gb18030_is_understood(text: str) -> None:
    assert decode(text.encode("gb18030")) == text


def test_line_ends_become_newlines() -> None:
    assert decode(b"a\r\nb\rc\n") == "a\nb\nc\n"


@pytest.mark.parametrize(
    "data",
    [
        "Müller kauft ein Gerät für zu Hause.".encode("latin-1"),
        "It’s “smart” and costs £5 – café included.".encode("cp1252"),
        TRADITIONAL.encode("big5"),
        "Он вернул товар, потому что он был сломан.".encode("cp1251"),
        "返品について教えてください。".encode("shift-jis"),
        b"\xff\xfea",
        b"\x80\x81\x82",
    ],
)
def test_other_encodings_fail_with_a_reason(data: bytes) -> None:
    with pytest.raises(Unreadable, match="UTF"):
        decode(data)


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n"])
def test_empty_files_fail(data: bytes) -> None:
    with pytest.raises(Unreadable, match="empty"):
        decode(data)


def test_binary_fails() -> None:
    with pytest.raises(Unreadable, match="binary"):
        decode(bytes(range(32)) * 20 + b"PNG")
