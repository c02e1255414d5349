"""Sentences end where a reader says they end, in English and Chinese."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.sentences import sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It works. Does it? Yes!", ["It works.", "Does it?", "Yes!"]),
        ("Dr. Smith paid 3.5 USD, e.g. by card. Good.", ["Dr. Smith paid 3.5 USD, e.g. by card.", "Good."]),
        ("Open at 5 p.m. on Friday. See no. 7 of v. 2.", ["Open at 5 p.m. on Friday.", "See no. 7 of v. 2."]),
        (
            "J. Smith wrote to a@b.example. It helped.",
            ["J. Smith wrote to a@b.example.", "It helped."],
        ),
        ('She said "stop." Then it stopped.', ['She said "stop."', "Then it stopped."]),
        ("退款会在3.5天内到账。请先检查！好吗？", ["退款会在3.5天内到账。", "请先检查！", "好吗？"]),
        ("他说：“可以退。”然后挂了。", ["他说：“可以退。”", "然后挂了。"]),
        ("先拔掉电源；再等 30 秒。", ["先拔掉电源；再等 30 秒。"]),
        ("A line that is\nsoftly wrapped. End", ["A line that is softly wrapped.", "End"]),
        ("中文也会\n折行。", ["中文也会折行。"]),
        ("1. Open the lid. Wait.\n2. Close it.", ["1. Open the lid.", "Wait.", "2. Close it."]),
        ("1、打开盖子\n2、合上", ["1、打开盖子", "2、合上"]),
        ("See [Why? Because. Yes](a.md) now. `a. B` too.", ["See [Why? Because. Yes](a.md) now.", "`a. B` too."]),
        ("Green | Ready\nRed | Fault. Restart", ["Green | Ready", "Red | Fault.", "Restart"]),
        ("", []),
    ],
)
def test_sentences_are_what_a_reader_would_mark(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet="ab.。!?？\n \"'”1-|（)[]`", max_size=200))
def test_sentences_lose_nothing_but_white_space(text: str) -> None:
    found = sentences(text)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(sentence == sentence.strip() and sentence for sentence in found)
