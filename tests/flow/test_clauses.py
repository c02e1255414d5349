"""What a message says one after another, in both languages."""

from __future__ import annotations

import pytest

from assistant.flow.clauses import clauses


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
        ("保修多久？", ()),
    ],
)
def test_a_message_is_told_clause_by_clause_where_it_has_several(text: str, told: tuple[str, ...]) -> None:
    assert set(clauses(text)) == set(told)


def test_the_longest_come_first_and_no_more_than_four() -> None:
    text = "one red hub, two blue old hubs, three green small quiet hubs, four grey hubs fell down, five white hubs"
    found = clauses(text)
    assert len(found) == 4
    assert found[0] == "three green small quiet hubs"


def test_only_what_was_said_last_counts_and_then_even_a_single_clause() -> None:
    assert clauses("How long is the warranty?\nfor batteries of the doorbell") == ("for batteries of the doorbell",)
