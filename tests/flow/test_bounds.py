"""The least and the most of a number are not each other."""

from __future__ import annotations

import pytest

from assistant.flow.bounds import turned_bounds
from assistant.flow.check import check_sentence

ENGLISH = (
    "A home has one owner, up to 7 members and up to 10 guests. Passwords have at least 8 characters and 63 at most."
)
CHINESE = "状态灯为紫色时（最多 8 分钟）不要断电。签收后 14 天以内可退，密码不少于 8 位。"


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("It has at least 7 members.", ENGLISH),
        ("A password has at most 8 characters.", ENGLISH),
        ("A password has 63 or more.", ENGLISH),
        ("最少 8 分钟不要断电。", CHINESE.replace("不少于 8", "6")),
        ("签收后 14 天以上可退。", CHINESE),
        ("簽收後 14 天以上可退。", CHINESE),
        ("密码不超过 8 位。", CHINESE.replace("最多 8", "9")),
    ],
)
def test_turned_round(said: str, source: str) -> None:
    assert turned_bounds(said, source)


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("It has up to 7 members, no more than 10 guests.", ENGLISH),
        ("A password has 8 or more, at most 63 characters.", ENGLISH),
        ("The 7 members are friends.", ENGLISH),
        ("最长 8 分钟，簽收後 14 天之內，密碼至少 8 位。", CHINESE),
        ("It has up to 3 members.", "It has at least 3 and up to 3 members."),
    ],
)
def test_as_the_source_says_it(said: str, source: str) -> None:
    assert not turned_bounds(said, source)


def test_the_check_says_so() -> None:
    verdict = check_sentence(
        "A home has one owner, at least 7 members and up to 10 guests.", [f"# Home\n{ENGLISH}"], "en"
    )
    assert verdict.reasons == ("condition",)
