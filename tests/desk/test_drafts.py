"""A draft becomes a reply that stands by itself."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.desk.drafts import as_reply


def draft(text: str, *urls: str) -> dict[str, Any]:
    return {"text": text, "citations": [{"n": number, "url": url} for number, url in enumerate(urls, 1)]}


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        (
            draft("Press reset. [1]\n\n1. Wait. [1][2]", "/help/en/reset", "/help/en/reset"),
            "Press reset.\n\n1. Wait.\n\nhttps://help.example/help/en/reset",
        ),
        (draft("长按重置键。[1]", "/help/zh-Hans/reset"), "长按重置键。\n\nhttps://help.example/help/zh-Hans/reset"),
        (draft("See [12 items] [1]", "https://elsewhere.example/a"), "See [12 items]\n\nhttps://elsewhere.example/a"),
        (draft("No address. [1]", ""), "No address."),
    ],
)
def test_without_marks_and_with_addresses(message: dict[str, Any], reply: str) -> None:
    assert as_reply(message, "https://help.example") == reply
