"""What a message says one after another, in both languages."""

from __future__ import annotations

import time

import pytest

from assistant.flow.parts import parts_of


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("How long is the warranty?", ()),
        ("Hi! How long is the warranty?", ()),
        (
            "My dog chewed the remote last night. How long is the warranty?",
            ("My dog chewed the remote last night", "How long is the warranty"),
        ),
        (
            "we moved house so the hub is in a box and now it won't start",
            ("we moved house", "now it won't start", "the hub is in a box"),
        ),
        ("my mum is 70.5 kg, the scale says 3:30", ("my mum is 70.5 kg", "the scale says 3:30")),
        ("salt and pepper", ()),
        ("昨天换了路由器，密码也改了，摄像机看不了怎么办", ("摄像机看不了怎么办", "昨天换了路由器", "密码也改了")),
        ("昨天换了路由器,密码也改了", ("昨天换了路由器", "密码也改了")),
        ("保修多久？", ()),
        ("we moved house and i can't open the app", ("we moved house", "i can't open the app")),
        ("how long is the warranty?\nmy dog chewed it", ("how long is the warranty", "my dog chewed it")),
    ],
)
def test_a_message_is_told_clause_by_clause_where_it_has_several(text: str, told: tuple[str, ...]) -> None:
    assert set(parts_of(text)) == set(told)


def test_the_longest_come_first_and_no_more_than_four() -> None:
    text = "one red hub, two blue old hubs, three green small quiet hubs, four grey hubs fell down, five white hubs"
    found = parts_of(text)
    assert len(found) == 4
    assert found[0] == "three green small quiet hubs"


@pytest.mark.parametrize("run", ["!" * 3990, " " * 3990, "\u00a0" * 3990, " and" * 990, ",and " * 790])
def test_long_runs_take_no_longer_than_other_text(run: str) -> None:
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        parts_of(f"a{run}b")
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.1
